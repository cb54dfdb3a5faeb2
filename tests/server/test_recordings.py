"""Recordings over HTTP: uploads good and bad, sizes, duplicates, ranges, outlines, deletion."""

import hashlib
import socket
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from tests.server.conftest import UPLOAD_LIMIT_BYTES, Running, error, files, upload, wav


def incoming(server: Running) -> list[Path]:
    """What is left of uploads on their way in; those in parts have folders, and are tested elsewhere."""
    return [path for path in server.studio.workspace.incoming.glob("*") if path.is_file()]


def test_several_files_at_once_become_recordings(server: Running, client: httpx.Client) -> None:
    answer = client.post("/api/data/upload", files=files(("a.wav", wav(hz=101)), ("b.wav", wav(hz=102))))
    assert answer.status_code == 201
    recordings = answer.json()["recordings"]
    assert [one["name"] for one in recordings] == ["a.wav", "b.wav"]
    assert recordings[0]["sha256"] == hashlib.sha256(wav(hz=101)).hexdigest()
    assert recordings[0]["duration_s"] == pytest.approx(0.5, abs=0.01)
    assert recordings[0]["size_bytes"] == len(wav(hz=101))
    assert answer.json()["rejected"] == []
    assert incoming(server) == []


def test_a_file_that_is_here_already_gives_its_recording_with_a_notice(client: httpx.Client) -> None:
    first = upload(client, hz=111)
    answer = client.post("/api/data/upload", files=files(("other name.wav", wav(hz=111))))
    assert answer.status_code == 201
    [again] = answer.json()["recordings"]
    assert again["id"] == first
    assert "already" in again["notices"][-1]
    kept = client.get(f"/api/data/recordings/{first}").json()["recording"]
    assert kept["notices"] == []


def test_the_good_files_are_kept_and_the_bad_one_is_explained(server: Running, client: httpx.Client) -> None:
    sent = files(("good.wav", wav(hz=121)), ("bad.wav", b"no sound at all"), ("empty.wav", b""))
    answer = client.post("/api/data/upload", files=sent)
    assert answer.status_code == 201
    body = answer.json()
    assert [one["name"] for one in body["recordings"]] == ["good.wav"]
    assert [one["name"] for one in body["rejected"]] == ["bad.wav", "empty.wav"]
    assert all(one["error"]["code"] == "unusable_audio" for one in body["rejected"])
    assert incoming(server) == []


def test_when_no_file_is_usable_the_answer_is_an_error(server: Running, client: httpx.Client) -> None:
    answer = client.post("/api/data/upload", files=files(("a.wav", b"text"), ("b.wav", b"text too")))
    told = error(answer, 422, "unusable_audio")
    assert [one["name"] for one in told["details"]["rejected"]] == ["a.wav", "b.wav"]
    assert incoming(server) == []


def test_a_file_over_the_limit_is_refused(server: Running, client: httpx.Client) -> None:
    sent = files(("good.wav", wav(hz=131)), ("big.wav", b"RIFF" + bytes(UPLOAD_LIMIT_BYTES)))
    told = error(client.post("/api/data/upload", files=sent), 413, "too_large")
    assert "big.wav" in told["message"]
    assert told["details"]["limit_bytes"] == UPLOAD_LIMIT_BYTES
    assert incoming(server) == []


def test_the_limit_holds_while_the_file_is_still_coming(server: Running, client: httpx.Client) -> None:
    """The answer comes, and room on disk is given back, without the end of an upload that has none."""
    cookie = f"xtts_studio_session={client.cookies['xtts_studio_session']}"
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        head = (
            f"POST /api/data/upload HTTP/1.1\r\nHost: {host}:{port}\r\nCookie: {cookie}\r\n"
            "Transfer-Encoding: chunked\r\nContent-Type: multipart/form-data; boundary=xx\r\n\r\n"
        )
        part = b'--xx\r\nContent-Disposition: form-data; name="files"; filename="endless.wav"\r\n\r\n'
        connection.sendall(head.encode() + b"%x\r\n" % len(part) + part + b"\r\n")
        block = bytes(1024 * 1024)
        status = b""
        connection.settimeout(0.05)
        for _ in range(400):
            try:
                connection.settimeout(5)
                connection.sendall(b"%x\r\n" % len(block) + block + b"\r\n")
                connection.settimeout(0.001)
                status += connection.recv(1000)
            except TimeoutError:
                continue
            except OSError:
                break
            if status:
                break
    assert b" 413 " in status
    assert incoming(server) == []


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"{}"),
        ("multipart/form-data", b"--x\r\n"),
        ("multipart/form-data; boundary=x", b"this is no form"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\ncut',
        ),
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--\r\n'),
        ("", b""),
    ],
)
def test_a_body_that_is_no_form_with_files_is_refused(
    server: Running, client: httpx.Client, kind: str, body: bytes
) -> None:
    error(client.post("/api/data/upload", content=body, headers={"Content-Type": kind}), 422, "invalid_input")
    assert incoming(server) == []


@pytest.mark.parametrize("value", ["", "x"])
def test_a_form_of_very_many_text_fields_is_refused(server: Running, client: httpx.Client, value: str) -> None:
    answer = client.post("/api/data/upload", data={"again": [value] * 60}, files=files(("a.wav", wav())))
    assert "50 text fields" in error(answer, 413, "too_large")["message"]
    assert incoming(server) == []


@pytest.mark.parametrize("name", ["../../../escape.wav", "..\\..\\escape.wav", "/etc/passwd", "a/b/c.wav"])
def test_a_name_with_folders_stays_a_name(server: Running, client: httpx.Client, name: str) -> None:
    sound = wav(hz=140 + len(name))
    [recording] = client.post("/api/data/upload", files=files((name, sound))).json()["recordings"]
    assert "/" not in recording["name"]
    assert "\\" not in recording["name"]
    outside = [path for path in server.studio.workspace.home.parent.rglob("*escape*") if path.is_file()]
    assert outside == []


def test_recordings_are_listed_in_pages_newest_first(client: httpx.Client) -> None:
    ids = [upload(client, hz=hz) for hz in (201, 202, 203)]
    body = client.get("/api/data/recordings", params={"limit": 2}).json()
    assert [one["id"] for one in body["recordings"]] == [ids[2], ids[1]]
    assert (body["limit"], body["offset"]) == (2, 0)
    assert body["total"] >= 3
    body = client.get("/api/data/recordings", params={"limit": 2, "offset": 2}).json()
    assert body["recordings"][0]["id"] == ids[0]
    error(client.get("/api/data/recordings", params={"limit": 0}), 422, "invalid_input")


def test_the_sound_comes_whole_or_in_ranges(client: httpx.Client) -> None:
    path = f"/api/data/recordings/{upload(client, hz=301)}/audio"
    whole = client.get(path)
    assert whole.status_code == 200
    assert whole.headers["content-type"].startswith("audio/")
    assert whole.headers["accept-ranges"] == "bytes"
    assert whole.headers["x-content-type-options"] == "nosniff"
    part = client.get(path, headers={"Range": "bytes=10-19"})
    assert part.status_code == 206
    assert part.content == whole.content[10:20]
    assert part.headers["content-range"] == f"bytes 10-19/{len(whole.content)}"
    assert client.get(path, headers={"Range": f"bytes={len(whole.content)}-"}).status_code == 416


def test_the_outline_has_a_pair_for_each_bucket(client: httpx.Client) -> None:
    path = f"/api/data/recordings/{upload(client, hz=311)}/peaks"
    outline = client.get(path, params={"buckets": 20})
    assert outline.headers["content-type"] == "application/octet-stream"
    assert len(outline.content) == 40
    assert len(client.get(path, params={"buckets": 5, "start_s": 0.1, "end_s": 0.3}).content) == 10
    error(client.get(path, params={"buckets": 0}), 422, "invalid_input")


def test_a_deleted_recording_is_gone(client: httpx.Client) -> None:
    path = f"/api/data/recordings/{upload(client, hz=321)}"
    assert client.delete(path).status_code == 204
    error(client.get(path), 404, "not_found")
    error(client.delete(path), 404, "not_found")
    error(client.get(f"{path}/audio"), 404, "not_found")
    error(client.get(f"{path}/peaks"), 404, "not_found")


@pytest.mark.parametrize("sent", ["..", "../..", "../../../etc/passwd", "..\\..", "%00", ".hidden", "a b"])
def test_an_id_that_leads_elsewhere_is_refused(server: Running, client: httpx.Client, sent: str) -> None:
    answer = client.get(f"{server.url}/api/data/recordings/{quote(sent, safe='')}/audio")
    assert answer.status_code in (404, 422)
    error(answer, answer.status_code, "not_found" if answer.status_code == 404 else "invalid_input")


def test_a_recording_says_whether_it_has_a_transcript_of_its_own(client: httpx.Client) -> None:
    recording_id = upload(client, hz=733)
    path = f"/api/data/recordings/{recording_id}"

    def told() -> list[bool]:
        listed = client.get("/api/data/recordings", params={"limit": 1000}).json()["recordings"]
        alone = client.get(path).json()["recording"]
        return [one["has_transcript"] for one in (alone, *listed) if one["id"] == recording_id]

    assert told() == [False, False]
    assert client.put(f"{path}/transcript", params={"name": "said.txt"}, content=b"Good morning.").status_code == 200
    assert told() == [True, True]
    assert client.delete(f"{path}/transcript").status_code == 204
    assert told() == [False, False]


def test_the_sample_is_a_recording_and_only_once(server: Running, client: httpx.Client) -> None:
    first, second = (client.post("/api/data/sample") for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    recording = first.json()["recording"]
    assert recording["duration_s"] == pytest.approx(38.07, abs=0.01)
    assert second.json()["recording"]["id"] == recording["id"]
    assert "here already" in second.json()["recording"]["notices"][-1]
    assert not list(server.studio.workspace.incoming.glob("*"))
