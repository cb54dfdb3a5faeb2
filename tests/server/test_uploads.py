"""Uploads in parts: any split and any interruption give the same recording; nothing is taken that should not be."""

import hashlib
import os
import shutil
import socket
import time
from collections import namedtuple
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings, strategies as st

from tests.server.conftest import UPLOAD_LIMIT_BYTES, Running, error, upload as upload_whole, wav
from xtts_studio.server import uploads
from xtts_studio.server.routes import uploads as routes
from xtts_studio.server.uploads import Uploads

ROUTE = "/api/data/uploads"


def begin(client: httpx.Client, content: bytes, name: str = "tone.wav") -> str:
    """Begins an upload of `content`; gives its address."""
    answer = client.post(ROUTE, json={"name": name, "size_bytes": len(content)})
    assert answer.status_code == 201, answer.text
    told = answer.json()["upload"]
    assert (told["name"], told["size_bytes"], told["received_bytes"]) == (name, len(content), 0)
    return f"{ROUTE}/{told['id']}"


def send(client: httpx.Client, at: str, offset: int, part: bytes) -> httpx.Response:
    return client.patch(at, params={"offset": offset}, content=part)


def received(client: httpx.Client, at: str) -> int:
    count: int = client.get(at).json()["upload"]["received_bytes"]
    return count


def folders(server: Running) -> list[Path]:
    return list(server.studio.workspace.incoming.glob("upload-*"))


def half_a_part(server: Running, at: str, offset: int, sent: bytes, announced: int) -> socket.socket:
    """A connection on which a part of `announced` bytes was begun, and only `sent` has come so far."""
    host, port = server.url.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)), timeout=30)
    cookie = f"xtts_studio_session={server.studio.logins.token()}"
    head = f"PATCH {at}?offset={offset} HTTP/1.1\r\nHost: {host}:{port}\r\nCookie: {cookie}\r\n"
    connection.sendall(f"{head}Content-Length: {announced}\r\n\r\n".encode() + sent)
    return connection


def until_free(server: Running) -> None:
    """Until the server has noticed that a connection ended."""
    deadline = time.monotonic() + 10
    while server.studio.uploads._busy:
        assert time.monotonic() < deadline
        time.sleep(0.005)


def begun(server: Running) -> None:
    """Until the server works on a part."""
    deadline = time.monotonic() + 10
    while not server.studio.uploads._busy:
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_parts_become_a_recording(server: Running, client: httpx.Client) -> None:
    content = wav(hz=701)
    at = begin(client, content, "tone one.wav")
    for offset in range(0, len(content), 3000):
        answer = send(client, at, offset, content[offset : offset + 3000])
        assert answer.status_code == 200, answer.text
        assert answer.json()["upload"]["received_bytes"] == min(len(content), offset + 3000)
        assert answer.json()["upload"] == client.get(at).json()["upload"]
    answer = client.post(f"{at}/finish")
    assert answer.status_code == 201, answer.text
    recording = answer.json()["recording"]
    assert recording["sha256"] == hashlib.sha256(content).hexdigest()
    assert (recording["name"], recording["size_bytes"]) == ("tone one.wav", len(content))
    assert client.get(f"/api/data/recordings/{recording['id']}/audio").content == content
    assert len(client.get(f"/api/data/recordings/{recording['id']}/peaks", params={"buckets": 10}).content) == 20


def test_finishing_twice_is_harmless(server: Running, client: httpx.Client) -> None:
    content = wav(hz=702)
    at = begin(client, content)
    send(client, at, 0, content)
    first, again = (client.post(f"{at}/finish") for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["recording"] == again.json()["recording"]
    error(send(client, at, len(content), b"more"), 409, "conflict")
    assert received(client, at) == len(content)
    assert client.delete(f"/api/data/recordings/{first.json()['recording']['id']}").status_code == 204
    error(client.post(f"{at}/finish"), 404, "not_found")


def test_the_same_bytes_again_give_the_recording_that_is_there(server: Running, client: httpx.Client) -> None:
    known = upload_whole(client, hz=703)
    content = wav(hz=703)
    at = begin(client, content, "other name.wav")
    send(client, at, 0, content)
    recording = client.post(f"{at}/finish").json()["recording"]
    assert recording["id"] == known
    assert "already" in recording["notices"][-1]
    assert not list(server.studio.workspace.incoming.glob("upload-*/bytes"))


EVENTS = st.tuples(st.sampled_from(["send", "cut", "wrong", "restart"]), st.floats(0, 1))


@settings(max_examples=25, deadline=None)
@given(hz=st.integers(800, 3000), happens=st.lists(EVENTS, max_size=8))
def test_any_split_and_any_interruptions_give_the_same_recording(
    server: Running, hz: int, happens: list[tuple[str, float]]
) -> None:
    """Whole parts, parts cut off in the middle, parts at wrong places, and a server that starts anew."""
    content = wav(0.3, hz=hz)
    with server.user() as client:
        at = begin(client, content)
        for what, share in [*happens, ("send", 1.0)]:
            _happens(server, client, at, content, what, share)
        assert received(client, at) == len(content)
        while (answer := client.post(f"{at}/finish")).status_code == 409:  # a part that was cut off is still there
            until_free(server)
        recording = answer.json()["recording"]
        assert recording["sha256"] == hashlib.sha256(content).hexdigest()
        assert client.get(f"/api/data/recordings/{recording['id']}/audio").content == content
        client.delete(f"/api/data/recordings/{recording['id']}")


def _happens(server: Running, client: httpx.Client, at: str, content: bytes, what: str, share: float) -> None:
    """One event of an upload; `share` is how much of what is missing it is about."""
    offset = received(client, at)
    end = offset + round(share * (len(content) - offset))
    if what == "send":
        _sent(client, at, content, end)
    elif what == "cut":
        half_a_part(server, at, offset, content[offset:end], len(content) - offset).close()
    elif what == "wrong":
        assert error(send(client, at, len(content) + 1, b"?"), 409, "conflict")
    else:
        until_free(server)
        server.studio.uploads = Uploads(server.studio.workspace, UPLOAD_LIMIT_BYTES)


def _sent(client: httpx.Client, at: str, content: bytes, end: int) -> None:
    """Sends up to `end` as a page does: where an earlier part is still being dealt with, it asks how far it came."""
    deadline = time.monotonic() + 20
    while (offset := received(client, at)) < end:
        assert time.monotonic() < deadline
        answer = send(client, at, offset, content[offset:end])
        assert answer.status_code in (200, 409), answer.text
        time.sleep(0.01 * (answer.status_code == 409))


def test_of_a_part_that_is_cut_off_counts_what_arrived(
    server: Running, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "_WRITE_BYTES", 1)  # so that a test can see them arrive
    content = wav(hz=704)
    at = begin(client, content)
    with half_a_part(server, at, 0, content[:5000], len(content)):
        deadline = time.monotonic() + 10
        while received(client, at) < 5000:
            assert time.monotonic() < deadline
    until_free(server)
    assert received(client, at) == 5000
    assert send(client, at, 5000, content[5000:]).status_code == 200
    assert client.post(f"{at}/finish").json()["recording"]["sha256"] == hashlib.sha256(content).hexdigest()


def test_a_part_of_which_nothing_more_comes_ends(
    server: Running, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A network that is gone without a word must not keep its upload busy for ever."""
    monkeypatch.setattr(routes, "SILENCE_S", 0.2)
    monkeypatch.setattr(routes, "DRAIN_S", 0.2)
    content = wav(hz=705)
    at = begin(client, content)
    with half_a_part(server, at, 0, content[:4000], len(content)):
        begun(server)
        until_free(server)
        assert received(client, at) == 4000
        assert send(client, at, 4000, content[4000:]).status_code == 200


def test_one_request_at_a_time(server: Running, client: httpx.Client) -> None:
    content = wav(hz=706)
    at = begin(client, content)
    with half_a_part(server, at, 0, content[:1000], len(content)) as connection:
        begun(server)
        told = error(send(client, at, 0, content), 409, "conflict")
        assert "Another request" in told["message"]
        error(client.post(f"{at}/finish"), 409, "conflict")
        connection.sendall(content[1000:])
        assert b" 200 " in connection.recv(1000)
    assert client.post(f"{at}/finish").json()["recording"]["sha256"] == hashlib.sha256(content).hexdigest()


def test_what_is_not_whole_is_not_finished(client: httpx.Client) -> None:
    content = wav(hz=707)
    at = begin(client, content)
    send(client, at, 0, content[:1234])
    told = error(client.post(f"{at}/finish"), 409, "conflict")
    assert told["details"] == {"received_bytes": 1234, "missing_bytes": len(content) - 1234}


@pytest.mark.parametrize("chunked", [False, True])
def test_more_than_was_announced_is_refused(server: Running, client: httpx.Client, chunked: bool) -> None:
    """Whether the part says how long it is or not; nothing of it is kept, and the right bytes can still come."""
    content = wav(hz=708 + chunked)
    at = begin(client, content)
    send(client, at, 0, content[:100])
    part: Any = content[100:] + b"surplus"
    answer = client.patch(at, params={"offset": 100}, content=iter([part[:50], part[50:]]) if chunked else part)
    told = error(answer, 422, "invalid_input")
    assert told["details"]["size_bytes"] == len(content)
    assert received(client, at) == 100
    assert send(client, at, 100, content[100:]).status_code == 200
    assert client.post(f"{at}/finish").json()["recording"]["sha256"] == hashlib.sha256(content).hexdigest()


def test_the_limit_holds_before_anything_is_written(server: Running, client: httpx.Client) -> None:
    before = folders(server)
    answer = client.post(ROUTE, json={"name": "big.wav", "size_bytes": UPLOAD_LIMIT_BYTES + 1})
    told = error(answer, 413, "too_large")
    assert told["details"]["limit_bytes"] == UPLOAD_LIMIT_BYTES
    assert folders(server) == before


def test_a_full_disk_is_noticed_before_anything_is_written(
    server: Running, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = wav(hz=711)
    at = begin(client, content)
    before = folders(server)
    usage = namedtuple("usage", "total used free")
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda folder: usage(1, 1, 64 * 1024**2 + 100))
        error(client.post(ROUTE, json={"name": "a.wav", "size_bytes": 101}), 507, "disk_full")
        error(send(client, at, 0, content), 507, "disk_full")
    assert folders(server) == before
    assert received(client, at) == 0
    assert send(client, at, 0, content).status_code == 200


@pytest.mark.parametrize(
    "body", [{"name": "a.wav"}, {"name": "", "size_bytes": 5}, {"name": "a.wav", "size_bytes": 0}, {"size_bytes": 5}]
)
def test_an_upload_needs_a_name_and_a_size(client: httpx.Client, body: dict[str, Any]) -> None:
    error(client.post(ROUTE, json=body), 422, "invalid_input")


def test_a_cancelled_upload_is_gone_with_its_bytes(server: Running, client: httpx.Client) -> None:
    content = wav(hz=712)
    before = set(folders(server))
    at = begin(client, content)
    send(client, at, 0, content[:5000])
    assert len(set(folders(server)) - before) == 1
    assert client.delete(at).status_code == 204
    assert set(folders(server)) == before
    for answer in (client.get(at), client.delete(at), send(client, at, 5000, content), client.post(f"{at}/finish")):
        error(answer, 404, "not_found")


def test_cancelling_comes_before_a_part_that_arrives(server: Running, client: httpx.Client) -> None:
    """A page that cancels has ended its request, but the server may not know that yet."""
    content = wav(hz=713)
    before = set(folders(server))
    at = begin(client, content)
    with half_a_part(server, at, 0, content[:1000], len(content)) as connection:
        begun(server)
        assert client.delete(at).status_code == 204
        connection.sendall(content[1000:])
        assert b" 404 " in connection.recv(1000)
    assert set(folders(server)) == before


def test_what_is_no_sound_is_refused_and_removed(server: Running, client: httpx.Client) -> None:
    before = set(folders(server))
    at = begin(client, b"no sound at all", "page.mp3")
    send(client, at, 0, b"no sound at all")
    told = error(client.post(f"{at}/finish"), 422, "unusable_audio")
    assert "page.mp3" in told["message"]
    assert set(folders(server)) == before
    error(client.get(at), 404, "not_found")


def test_unfinished_ones_are_listed_newest_first(server: Running, client: httpx.Client) -> None:
    content = wav(hz=714)
    first, second, third = (begin(client, content, f"{index}.wav") for index in range(3))
    send(client, second, 0, content[:10])
    send(client, third, 0, content)
    client.post(f"{third}/finish")
    body = client.get(ROUTE, params={"limit": 2}).json()
    assert [f"{ROUTE}/{one['id']}" for one in body["uploads"]] == [second, first]
    assert [one["received_bytes"] for one in body["uploads"]] == [10, 0]
    assert body["total"] >= 2
    for at in (first, second):
        client.delete(at)


def test_abandoned_ones_are_removed_on_start(server: Running, client: httpx.Client) -> None:
    old, fresh = begin(client, b"old"), begin(client, b"fresh")
    for path in [folder := server.studio.workspace.incoming / f"upload-{old[-24:]}", *folder.iterdir()]:
        os.utime(path, times=(0, time.time() - uploads.ABANDONED_AFTER_S - 60))
    server.studio.uploads.clear_abandoned()
    error(client.get(old), 404, "not_found")
    assert received(client, fresh) == 0
    client.delete(fresh)


@pytest.mark.parametrize("name", ["..", "../../etc", "%2e%2e", "a b", "x" * 200, "unknown"])
def test_ids_are_not_paths(client: httpx.Client, name: str) -> None:
    for answer in (client.get(f"{ROUTE}/{name}/finish/.."), client.patch(f"{ROUTE}/{name}", params={"offset": 0})):
        assert answer.status_code in (404, 405, 422)


@pytest.mark.parametrize("name", ["../../../escape.wav", "..\\..\\escape.wav", "/etc/passwd"])
def test_a_name_with_folders_stays_a_name(client: httpx.Client, name: str) -> None:
    answer = client.post(ROUTE, json={"name": name, "size_bytes": 5})
    told = answer.json()["upload"]
    assert "/" not in told["name"]
    assert "\\" not in told["name"]
    client.delete(f"{ROUTE}/{told['id']}")


def test_nobody_uploads_without_a_login(stranger: httpx.Client) -> None:
    error(stranger.post(ROUTE, json={"name": "a.wav", "size_bytes": 5}), 401, "not_signed_in")
    error(stranger.get(ROUTE), 401, "not_signed_in")
    error(stranger.patch(f"{ROUTE}/abc", params={"offset": 0}), 401, "not_signed_in")
