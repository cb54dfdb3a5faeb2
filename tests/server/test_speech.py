"""Speech and voices over HTTP: whole, streamed, broken off, kept in the history."""

import gc
import io
import time
import wave
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import av
import httpx
import numpy as np
import pytest
from starlette.requests import Request
from starlette.responses import StreamingResponse

from tests.jobs.waiting import until
from tests.server.conftest import Running, error, files, wav
from xtts_studio.jobs.database import history as history_table

BODY: dict[str, Any] = {"text": "one two three", "language": "en", "speaker": "anna"}


def samples(content: bytes) -> np.ndarray[Any, np.dtype[np.int16]]:
    """The 16-bit samples of a WAV file whose header may not know its length."""
    assert content[:4] == b"RIFF"
    assert content[36:40] == b"data"
    return np.frombuffer(content[44:], "<i2")


def decoded(content: bytes) -> tuple[np.ndarray[Any, np.dtype[Any]], int]:
    """Samples and rate of a file of any format."""
    with av.open(io.BytesIO(content), "r") as container:
        rate_hz = container.streams.audio[0].rate
        return np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)]), rate_hz


def history(client: httpx.Client) -> dict[str, Any]:
    body: dict[str, Any] = client.get("/api/inference/history").json()
    return body


def test_speech_comes_whole_with_its_numbers(client: httpx.Client) -> None:
    answer = client.post("/api/inference/generate", json={**BODY, "seed": 42})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "audio/wav"
    assert answer.headers["x-seed"] == "42"
    assert float(answer.headers["x-audio-seconds"]) == 1.5
    assert float(answer.headers["x-real-time-factor"]) > 0
    with wave.open(io.BytesIO(answer.content)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (24_000, 1, 2)
        assert file.getnframes() == 36_000
    assert samples(answer.content).max() == 32_767
    assert samples(answer.content).min() == -32_768


def test_without_a_seed_one_is_chosen_told_and_used(client: httpx.Client) -> None:
    answers = [client.post("/api/inference/generate", json=BODY) for _ in range(2)]
    seeds = [answer.headers["x-seed"] for answer in answers]
    assert seeds[0] != seeds[1]
    assert [str(one["seed"]) for one in history(client)["speech"][:2]] == seeds[::-1]


def test_streamed_speech_comes_as_it_is_made_and_equals_the_whole(client: httpx.Client) -> None:
    body = {**BODY, "text": "slowly slowly slowly slowly", "seed": 1}
    began, arrived, content = time.monotonic(), [], b""
    with client.stream("POST", "/api/inference/generate", json={**body, "stream": True}) as answer:
        assert answer.status_code == 200
        assert answer.headers["x-seed"] == "1"
        assert "content-length" not in answer.headers
        for piece in answer.iter_bytes():
            arrived.append(time.monotonic() - began)
            content += piece
    assert arrived[-1] - arrived[0] > 0.6
    whole = client.post("/api/inference/generate", json=body)
    assert np.array_equal(samples(content), samples(whole.content))


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("name", "media_type", "begins"),
    [
        ("wav", "audio/wav", b"RIFF"),
        ("flac", "audio/flac", b"fLaC"),
        ("mp3", "audio/mpeg", b""),
        ("opus", "audio/ogg", b"OggS"),
        ("aac", "audio/aac", b"\xff\xf1"),
        ("pcm", "audio/pcm;rate=24000", b""),
    ],
)
def test_speech_comes_in_every_format(
    client: httpx.Client, name: str, media_type: str, begins: bytes, stream: bool
) -> None:
    body = {**BODY, "seed": 7, "format": name, "stream": stream}
    answer = client.post("/api/inference/generate", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == media_type
    assert answer.content.startswith(begins)
    kept = client.get(f"/api/inference/history/{answer.headers['x-speech-id']}/audio", params={"format": name})
    assert kept.headers["content-type"] == media_type
    if not stream:
        assert kept.content == answer.content
    plain = samples(client.get(f"/api/inference/history/{answer.headers['x-speech-id']}/audio").content)
    if name == "pcm":
        assert np.array_equal(np.frombuffer(answer.content, "<i2"), plain)
    else:
        heard, rate_hz = decoded(answer.content)
        exact = name in ("wav", "flac")
        assert len(heard) / rate_hz == pytest.approx(1.5, abs=0 if exact else 0.15)
        assert not exact or np.array_equal(heard, plain)


def test_numbers_tell_how_it_went(client: httpx.Client) -> None:
    body = {**BODY, "text": "slowly slowly"}
    whole = client.post("/api/inference/generate", json=body).headers
    streamed = client.post("/api/inference/generate", json={**body, "stream": True}).headers
    for headers in (whole, streamed):
        assert 0 < float(headers["x-first-sound-seconds"]) < 30
        assert headers["x-queue-position"] == "0"
    assert whole["x-precision"] == "float32"
    assert "x-precision" not in streamed
    spoken_s = float(whole["x-real-time-factor"]) * float(whole["x-audio-seconds"])
    assert 0 < float(whole["x-first-sound-seconds"]) < spoken_s
    for headers, row in zip((streamed, whole), history(client)["speech"][:2], strict=True):
        assert row["id"] == headers["x-speech-id"]
        assert row["first_sound_s"] == pytest.approx(float(headers["x-first-sound-seconds"]), abs=0.001)
        assert (row["precision"], row["sentences"], row["notices"]) == ("float32", ["slowly", "slowly"], [])


def test_speech_from_before_these_numbers_is_still_shown(server: Running, client: httpx.Client) -> None:
    request = {"text": "old", "language": "en", "speaker": "anna", "model": "xtts-v2", "temperature": 0.5, "seed": 3}
    row = {
        "id": "old",
        "request": request,
        "seed": 3,
        "audio_s": 1.0,
        "wall_s": 2.0,
        "created_at": "2026-01-01T00:00:00Z",
    }
    with server.studio.store._engine.begin() as connection:
        connection.execute(history_table.insert().values(**row))
    shown = next(one for one in history(client)["speech"] if one["id"] == "old")
    assert (shown["first_sound_s"], shown["precision"], shown["sentences"]) == (None, None, [])
    assert shown["settings"] == {"temperature": 0.5}
    assert client.delete("/api/inference/history/old").status_code == 204


def test_what_was_said_is_kept(client: httpx.Client) -> None:
    for stream in (False, True):
        answer = client.post("/api/inference/generate", json={**BODY, "temperature": 0.3, "stream": stream})
        newest = history(client)["speech"][0]
        assert newest["id"] == answer.headers["x-speech-id"]
        assert (newest["text"], newest["speaker"], newest["model"]) == ("one two three", "anna", "xtts-v2")
        assert newest["audio_s"] == 1.5
        assert newest["settings"]["temperature"] == 0.3
        kept = client.get(f"/api/inference/history/{newest['id']}/audio")
        assert np.array_equal(samples(kept.content), samples(answer.content))
        part = client.get(f"/api/inference/history/{newest['id']}/audio", headers={"Range": "bytes=0-3"})
        assert (part.status_code, part.content) == (206, b"RIFF")


def test_history_is_paged_and_forgotten(client: httpx.Client) -> None:
    speech_id = client.post("/api/inference/generate", json=BODY).headers["x-speech-id"]
    page = client.get("/api/inference/history", params={"limit": 1}).json()
    assert [one["id"] for one in page["speech"]] == [speech_id]
    assert client.delete(f"/api/inference/history/{speech_id}").status_code == 204
    error(client.get(f"/api/inference/history/{speech_id}/audio"), 404, "not_found")
    error(client.delete(f"/api/inference/history/{speech_id}"), 404, "not_found")
    error(client.get("/api/inference/history/..%2F..%2Fx/audio"), 404, "not_found")


def test_history_is_searched_in_any_script(client: httpx.Client) -> None:
    for text in ("Zebra один", "ЗЕБРА два", "zebra'%_\\ three"):
        assert client.post("/api/inference/generate", json={**BODY, "text": text}).status_code == 200

    def found(words: str) -> list[str]:
        page = client.get("/api/inference/history", params={"q": words}).json()
        assert page["total"] == len(page["speech"])
        return [one["text"] for one in page["speech"]]

    assert found("ZEBRA") == ["zebra'%_\\ three", "Zebra один"]
    assert found("зебра") == ["ЗЕБРА два"]
    assert found("anna ОДИН zeb") == ["Zebra один"]
    assert found("zebra'%_\\") == ["zebra'%_\\ three"]
    assert found("zebra absent") == []


@pytest.mark.parametrize("stream", [False, True])
def test_an_error_before_the_first_sound_has_its_status(client: httpx.Client, stream: bool) -> None:
    before = history(client)["total"]
    answer = client.post("/api/inference/generate", json={**BODY, "text": "broken", "stream": stream})
    assert error(answer, 422, "unusable_audio")["hint"] == "Say something else."
    assert history(client)["total"] == before


def test_an_error_in_the_middle_of_a_stream_breaks_it_off(server: Running, client: httpx.Client) -> None:
    before = history(client)["total"]
    body = {**BODY, "text": "one broken", "stream": True}
    with pytest.raises(httpx.RemoteProtocolError):
        client.post("/api/inference/generate", json=body)
    assert history(client)["total"] == before
    assert client.post("/api/inference/generate", json=BODY).status_code == 200


def left_behind(server: Running) -> Iterator[str]:
    return (path.name for path in server.studio.workspace.history.glob(".*"))


def busy(server: Running) -> bool:
    return any(info.role == "inference" and info.state == "busy" for info in server.studio.backend.workers())


def leave_early(client: httpx.Client, body: dict[str, Any]) -> None:
    """Goes away in the middle: of waiting, or of a stream."""
    if not body["stream"]:
        with pytest.raises(httpx.ReadTimeout):
            client.post("/api/inference/generate", json=body, timeout=1.5)
        return
    with client.stream("POST", "/api/inference/generate", json=body) as answer:
        for _ in zip(range(3), answer.iter_bytes(), strict=False):
            continue


@pytest.mark.parametrize("stream", [False, True])
def test_speaking_stops_when_the_caller_leaves(server: Running, client: httpx.Client, stream: bool) -> None:
    leave_early(client, {**BODY, "text": "slowly " * 300, "stream": stream})
    until(lambda: not busy(server), within_s=10)
    assert list(left_behind(server)) == []
    assert client.post("/api/inference/generate", json=BODY).status_code == 200


@pytest.mark.parametrize("route", ["whole", "unsent"])
def test_an_error_on_the_way_frees_the_worker_at_once(
    server: Running, client: httpx.Client, route: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it comes while a whole is made, or before a stream's first piece is sent."""

    async def fail(*_: Any) -> Any:
        raise RuntimeError("the connection broke")

    if route == "whole":
        monkeypatch.setattr(Request, "receive", property(lambda _: fail))
    else:
        monkeypatch.setattr(StreamingResponse, "__call__", fail)
    gc.disable()  # closing must not be left to the collector
    try:
        body = {**BODY, "text": "slowly " * 300, "stream": route == "unsent"}
        with suppress(httpx.HTTPError):
            assert client.post("/api/inference/generate", json=body, timeout=10).status_code == 500
        until(lambda: not busy(server), within_s=5)
    finally:
        gc.enable()
    assert list(left_behind(server)) == []
    monkeypatch.undo()
    with server.user() as another:  # the server has ended the first one's connection
        assert another.post("/api/inference/generate", json=BODY).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        {"text": ""},
        {"language": "xx"},
        {"temperature": 0},
        {"top_p": 1.5},
        {"speed": 100},
        {"seed": -1},
        {"format": "mp4"},
        {"unknown": 1},
    ],
)
def test_settings_that_can_not_be_are_named(client: httpx.Client, change: dict[str, Any]) -> None:
    told = error(client.post("/api/inference/generate", json={**BODY, **change}), 422, "invalid_input")
    assert told["details"]["fields"][0]["field"] == next(iter(change))


@pytest.mark.parametrize("number", ["NaN", "Infinity"])
def test_what_is_no_finite_number_is_refused(client: httpx.Client, number: str) -> None:
    """Python's reader of JSON takes them, though JSON has them not."""
    content = f'{{"recording_id": "x", "start_s": {number}}}'
    headers = {"Content-Type": "application/json"}
    told = error(client.post("/api/data/analyze", content=content, headers=headers), 422, "invalid_input")
    assert told["details"]["fields"][0]["field"] == "start_s"


def test_a_voice_is_made_listed_and_deleted(server: Running, client: httpx.Client) -> None:
    answer = client.post("/api/inference/speakers", data={"name": "Zoë"}, files=files(("ref.wav", wav())))
    assert answer.status_code == 201, answer.text
    assert answer.json()["speaker"]["name"] == "Zoë"
    assert "Zoë" in [one["name"] for one in client.get("/api/inference/speakers").json()["speakers"]]
    assert list(server.studio.workspace.incoming.glob("*")) == []
    assert client.delete("/api/inference/speakers/Zoë").status_code == 204
    error(client.delete("/api/inference/speakers/Zoë"), 404, "not_found")


@pytest.mark.parametrize(
    ("fields", "content", "code"),
    [
        ({}, wav(), "invalid_input"),
        ({"name": "../x"}, wav(), "invalid_input"),
        ({"name": "con"}, wav(), "invalid_input"),
        ({"name": "a"}, b"text", "unusable_audio"),
    ],
)
def test_a_voice_that_can_not_be_made_is_explained(
    server: Running, client: httpx.Client, fields: dict[str, str], content: bytes, code: str
) -> None:
    answer = client.post("/api/inference/speakers", data=fields, files=files(("ref.wav", content)))
    error(answer, 422, code)
    assert list(server.studio.workspace.incoming.glob("*")) == []
