"""OpenAI's own client against a server with stand-ins: streams, events, names, errors."""

import base64
import io
import json
import time
import wave
from typing import Any

import httpx
import openai
import pytest

from tests.compat.conftest import VOICE, newest, program
from tests.jobs.waiting import until
from tests.server.conftest import Running, wav


def speech(client: openai.OpenAI, **fields: Any) -> bytes:
    return client.audio.speech.create(**{"model": "tts-1", "voice": VOICE, "input": "one", **fields}).content


def told(caught: pytest.ExceptionInfo[openai.APIStatusError]) -> dict[str, Any]:
    """The error as it came over the wire, which must have OpenAI's shape."""
    body = caught.value.response.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"message", "type", "param", "code"}
    assert body["error"]["message"]
    error: dict[str, Any] = body["error"]
    return error


def test_sound_comes_while_it_is_made(person: httpx.Client) -> None:
    began, arrived = time.monotonic(), []
    streaming = program(person).openai.audio.speech.with_streaming_response
    with streaming.create(model="tts-1", voice=VOICE, input="slowly " * 4, response_format="pcm") as answer:
        assert "content-length" not in answer.headers
        assert answer.headers["content-type"].startswith("audio/pcm")
        size = 0
        for piece in answer.iter_bytes():
            arrived.append(time.monotonic() - began)
            size += len(piece)
    assert arrived[-1] - arrived[0] > 0.6
    assert size == 4 * 12_000 * 2


def test_events_carry_the_same_sound(person: httpx.Client) -> None:
    client = program(person).openai
    fields: dict[str, Any] = {"model": "tts-1", "voice": VOICE, "input": "one two three", "response_format": "wav"}
    events = []
    with client.audio.speech.with_streaming_response.create(**fields, stream_format="sse") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        events = [json.loads(line.removeprefix("data: ")) for line in answer.iter_lines() if line.startswith("data: ")]
    assert {event["type"] for event in events[:-1]} == {"speech.audio.delta"}
    assert b"".join(base64.b64decode(event["audio"]) for event in events[:-1]) == speech(client, **fields)
    usage = events[-1]["usage"]
    assert events[-1]["type"] == "speech.audio.done"
    assert (usage["input_tokens"], usage["output_tokens"]) == (13, round(1.5 * 24_000 / 1024))
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
    assert 0 < events[-1]["real_time_factor"] < 100


@pytest.mark.parametrize(("sent", "shown"), [("mine-1", "mine-1"), ("<b>" + "a" * 5000, None), ("a" * 65, None)])
def test_the_queue_shows_names_of_its_form_only(person: httpx.Client, sent: str, shown: str | None) -> None:
    streaming = program(person).openai.audio.speech.with_streaming_response
    fields: dict[str, Any] = {"model": "tts-1", "voice": VOICE, "input": "slowly " * 20}
    with streaming.create(**fields, extra_headers={"X-Request-Id": sent}):
        asked = person.get("/api/inference/queue").json()["requests"]
    assert shown in {one["id"] for one in asked}
    assert sent == shown or sent not in {one["id"] for one in asked}


def test_without_a_stream_a_file_knows_its_length(person: httpx.Client) -> None:
    client = program(person).openai
    made = speech(client, input="one two", response_format="wav", extra_body={"stream": False})
    with wave.open(io.BytesIO(made)) as file:
        assert file.getnframes() == 24_000
    assert len(made) == 44 + 48_000


def test_an_error_in_the_middle_is_an_event(person: httpx.Client) -> None:
    streaming = program(person).openai.audio.speech.with_streaming_response
    with streaming.create(model="tts-1", voice=VOICE, input="one broken", stream_format="sse") as answer:
        events = [json.loads(line.removeprefix("data: ")) for line in answer.iter_lines() if line.startswith("data: ")]
    assert events[-1] == {
        "type": "error",
        "error": {
            "message": "The voice broke. Say something else.",
            "type": "invalid_request_error",
            "param": None,
            "code": "unusable_audio",
        },
    }


def test_who_stops_listening_to_events_stops_the_speaking(quick: Running, person: httpx.Client) -> None:
    until(lambda: quick.studio.places.queue().running == 0)  # those of other tests who have gone
    streaming = program(person).openai.audio.speech.with_streaming_response
    with streaming.create(model="tts-1", voice=VOICE, input="slowly " * 400, stream_format="sse") as answer:
        assert next(answer.iter_lines())
        assert quick.studio.places.queue().running == 1
    until(lambda: quick.studio.places.queue().running == 0)


def test_an_error_at_the_start_has_its_status(person: httpx.Client) -> None:
    for fields in ({}, {"extra_body": {"stream": False}}, {"stream_format": "sse"}):
        with pytest.raises(openai.BadRequestError) as caught:
            speech(program(person).openai, input="broken", **fields)
        assert told(caught)["code"] == "unusable_audio"


def test_a_request_says_more_than_its_key_and_its_key_more_than_the_text(person: httpx.Client) -> None:
    german = "Die Schiffe kommen mit der Flut am Abend."
    speech(program(person).openai, input=german)
    assert newest(person)["language"] == "de"
    client = program(person, language="fr", settings={"temperature": 0.3, "top_k": 7, "speed": 2.0}).openai
    speech(client, input=german)
    assert newest(person)["language"] == "fr"
    assert (newest(person)["settings"]["temperature"], newest(person)["settings"]["speed"]) == (0.3, 2.0)
    speech(client, input=german, speed=0.5, extra_body={"language": "pt-BR", "seed": 11, "temperature": 0.9})
    found = newest(person)
    assert (found["language"], found["seed"]) == ("pt", 11)
    assert [found["settings"][name] for name in ("temperature", "top_k", "speed")] == [0.9, 7, 0.5]


def test_what_other_clients_send_is_tolerated(person: httpx.Client) -> None:
    extras = {"instructions": "Cheerful!", "lang_code": "a", "download_format": None, "user": "x", "seed": None}
    assert speech(program(person).openai, response_format="wav", extra_body=extras)[:4] == b"RIFF"
    assert speech(program(person).openai, response_format="wav", voice={"id": VOICE})[:4] == b"RIFF"
    assert speech(program(person).openai, model="tts-1-hd-1106", response_format="wav")[:4] == b"RIFF"


def test_voices_are_never_guessed(person: httpx.Client) -> None:
    for name in ("alloy", "Bob", "../Reader", ""):
        with pytest.raises(openai.BadRequestError) as caught:
            speech(program(person).openai, voice=name)
        error = told(caught)
        assert (error["param"], error["code"], error["type"]) == ("voice", "voice_not_found", "invalid_request_error")
        assert "Reader, Zoë" in error["message"]
    client = program(person, voice="Zoë", voices={"alloy": VOICE}).openai
    speech(client, voice="alloy")
    assert newest(person)["speaker"] == VOICE
    speech(client, voice="zoë")
    assert newest(person)["speaker"] == "Zoë"
    with pytest.raises(openai.BadRequestError):
        speech(client, voice="nova")


def test_a_key_may_have_a_voice_of_its_own(person: httpx.Client) -> None:
    own = program(person, voice="Zoë")
    assert own.http.post("/v1/audio/speech", json={"input": "one", "model": "tts-1"}).status_code == 200
    assert newest(person)["speaker"] == "Zoë"
    assert program(person).http.post("/v1/audio/speech", json={"input": "one"}).status_code == 400


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"input": ""}, "input"),
        ({"response_format": "ogg"}, "response_format"),
        ({"speed": 5}, "speed"),
        ({"extra_body": {"language": "sv"}}, "language"),
        ({"extra_body": {"temperature": 9}}, "temperature"),
        ({"extra_body": {"stream_format": "x"}}, "stream_format"),
    ],
)
def test_a_field_that_does_not_fit_is_named(person: httpx.Client, fields: dict[str, Any], param: str) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        speech(program(person).openai, **fields)
    assert (told(caught)["param"], told(caught)["type"]) == (param, "invalid_request_error")


def test_unknown_models_and_addresses_are_not_found(person: httpx.Client) -> None:
    client = program(person).openai
    with pytest.raises(openai.NotFoundError) as caught:
        speech(client, model="tts-9")
    assert (told(caught)["param"], told(caught)["code"]) == ("model", "model_not_found")
    assert "gpt-4o-mini-tts" in told(caught)["message"]
    with pytest.raises(openai.NotFoundError) as caught:
        client.models.retrieve("none")
    assert told(caught)["code"] == "model_not_found"
    with pytest.raises(openai.NotFoundError) as caught:
        client.embeddings.create(model="x", input="y")
    assert told(caught)["code"] == "not_found"


def test_a_wrong_key_is_an_authentication_error(quick: Running, person: httpx.Client) -> None:
    client = program(person)
    person.delete(f"/api/keys/{client.key_id}")
    for one in (client.openai, openai.OpenAI(base_url=f"{quick.url}/v1", api_key="sk-none", max_retries=0)):
        with pytest.raises(openai.AuthenticationError) as caught:
            one.models.list()
        assert told(caught)["code"] == "invalid_api_key"


def test_lists_are_as_their_readers_want_them(person: httpx.Client) -> None:
    client = program(person)
    voices = client.http.get("/v1/audio/voices").json()
    assert voices["voices"] == voices["data"] == [{"id": name, "name": name} for name in (VOICE, "Zoë")]
    assert voices["object"] == "list"
    models = client.http.get("/v1/audio/models").json()
    assert [model["id"] for model in models["models"]][-3:] == ["tts-1", "tts-1-hd", "gpt-4o-mini-tts"]
    listed = client.openai.models.list().data
    assert {"tts-1", "whisper-1"} <= {model.id for model in listed}
    assert client.openai.models.retrieve("tts-1").object == "model"


def test_a_voice_is_made_and_spoken_with(person: httpx.Client) -> None:
    client = program(person)
    files = {"audio_sample": ("sample.wav", wav())}
    made = client.http.post("/v1/audio/voices", data={"name": "New", "consent": "cons_1"}, files=files).json()
    assert (made["object"], made["id"], made["name"]) == ("audio.voice", "New", "New")
    speech(client.openai, voice={"id": "New"})
    assert person.delete("/api/inference/speakers/New").status_code == 204
    for data, sent, param in (({}, files, "name"), ({"name": "x"}, {}, "audio_sample")):
        refused = client.http.post("/v1/audio/voices", data=data, files=sent or {"other": (None, "")})
        assert (refused.status_code, refused.json()["error"]["param"]) == (400, param)


def test_without_a_recogniser_a_transcription_says_how_to_get_one(person: httpx.Client) -> None:
    client = program(person).openai
    with pytest.raises(openai.NotFoundError) as caught:
        client.audio.transcriptions.create(model="whisper-1", file=("a.wav", wav()))
    assert told(caught)["code"] == "model_missing"
    assert "models pull base" in told(caught)["message"]
    for fields, param in (({"response_format": "xml"}, "response_format"), ({"temperature": 2}, "temperature")):
        with pytest.raises(openai.BadRequestError) as refused:
            client.audio.transcriptions.create(model="whisper-1", file=("a.wav", wav()), **fields)  # type: ignore[arg-type]
        assert told(refused)["param"] == param
