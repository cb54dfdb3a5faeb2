"""xtts-api-server's routes as SillyTavern calls them: from a page of another origin, without a header, in its order."""

import io
import wave
from typing import Any
from urllib.parse import quote

import httpx
import numpy as np
import pytest

from tests.compat.conftest import VOICE, Program, newest, program
from tests.studio import Studio

ORIGIN = {"Origin": "http://127.0.0.1:8000", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}
SLIDERS = {
    "temperature": "0.65",
    "speed": "1.1",
    "length_penalty": "1",
    "repetition_penalty": "5.5",
    "top_p": "0.8",
    "top_k": "40",
    "enable_text_splitting": True,
    "stream_chunk_size": "200",
}
"""As it sends them: its sliders' values are strings."""


def tavern(program: Program) -> httpx.Client:
    """SillyTavern, with a base address that has the key in it. It may send the token of another server along."""
    headers = {**ORIGIN, "Authorization": "Bearer of-its-extras-server"}
    return httpx.Client(base_url=f"{program.url}/xtts/key/{program.secret}", headers=headers, timeout=120)


def post(client: httpx.Client, path: str, body: dict[str, Any], status: int = 200) -> Any:
    answer = client.post(path, json=body, headers={"Cache-Control": "no-cache"})
    assert answer.status_code == status, answer.text
    assert answer.headers["access-control-allow-origin"] == "*"
    return answer.json()


def test_a_session_of_sillytavern(live: Studio) -> None:
    key = program(live.client, settings={"seed": 9})  # soon at an end, which random weights seldom are
    other = program(live.client)
    with tavern(key) as client:
        voices = client.get("/speakers").json()
        assert [voice["voice_id"] for voice in voices] == [voice["name"] for voice in voices] == [VOICE]
        sample = httpx.get(voices[0]["preview_url"], headers=ORIGIN)  # by <audio>: no header but its own
        with wave.open(io.BytesIO(sample.content)) as file:
            assert file.getnframes() > 0

        assert post(client, "/set_tts_settings", SLIDERS) == {"message": "Settings successfully applied"}
        settings = client.get("/get_tts_settings").json()
        assert settings == {
            "temperature": 0.65,
            "speed": 1.1,
            "length_penalty": 1.0,
            "repetition_penalty": 5.5,
            "top_p": 0.8,
            "top_k": 40,
            "enable_text_splitting": True,
            "stream_chunk_size": 200,
        }

        body = {"text": "Yes.", "speaker_wav": VOICE, "language": "en"}
        whole = client.post("/tts_to_audio/", json=body)
        assert whole.status_code == 200, whole.text
        assert whole.headers["content-type"] == "audio/wav"
        assert "output.wav" in whole.headers["content-disposition"]
        with wave.open(io.BytesIO(whole.content)) as file:
            assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (24_000, 1, 2)
            assert file.getnframes() > 2_400
        said = newest(live.client)
        assert [said["settings"][name] for name in ("temperature", "top_k", "speed", "split")] == [0.65, 40, 1.1, True]

        with client.stream("GET", "/tts_stream/", params=body) as stream:
            assert (stream.status_code, stream.headers["content-type"]) == (200, "audio/x-wav")
            assert "content-length" not in stream.headers
            content = stream.read()
        assert content[:4] == b"RIFF"
        assert np.abs(np.frombuffer(content[44:], "<i2")).max() > 0
    with tavern(other) as client:
        assert client.get("/get_tts_settings").json()["temperature"] == 0.75
    assert live.client.get(f"/api/keys/{other.key_id}").json()["key"]["defaults"]["settings"]["temperature"] is None
    assert key.secret not in live.log.read_text(encoding="utf-8")


def test_a_slash_too_many_in_the_base_address_does_no_harm(person: httpx.Client) -> None:
    key = program(person)
    for base in (f"/xtts/key/{key.secret}/", "/xtts/"):
        assert key.http.get(f"{base}/speakers_list").json() == [VOICE, "Zoë"]


def test_lists_and_folders(person: httpx.Client) -> None:
    client = program(person).http
    assert client.get("/xtts/speakers_list").json() == [VOICE, "Zoë"]
    preview = client.get("/xtts/speakers").json()[1]["preview_url"]
    assert preview == f"{client.base_url}/xtts/sample/Zo%C3%AB.wav"
    languages = client.get("/xtts/languages").json()["languages"]
    assert (len(languages), languages["English"], languages["Chinese"]) == (17, "en", "zh-cn")
    folders = client.get("/xtts/get_folders").json()
    assert set(folders) == {"speaker_folder", "output_folder", "model_folder"}
    assert not any(folder.startswith("/") for folder in folders.values())
    assert client.get("/xtts/get_tts_settings").json() == {
        "temperature": 0.75,
        "length_penalty": 1.0,
        "repetition_penalty": 5.0,
        "top_k": 50,
        "top_p": 0.85,
        "speed": 1.0,
        "enable_text_splitting": True,
        "stream_chunk_size": 100,
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("stream_chunk_size", 19),
        ("stream_chunk_size", "401"),
        ("temperature", 0),
        ("temperature", "1.1"),
        ("speed", 2.1),
        ("repetition_penalty", 11),
        ("top_p", 0),
        ("top_k", 101),
        ("top_k", "many"),
        ("length_penalty", None),
    ],
)
def test_settings_beyond_their_range_are_refused_and_nothing_changes(
    person: httpx.Client, name: str, value: object
) -> None:
    with tavern(program(person)) as client:
        before = client.get("/get_tts_settings").json()
        assert name in post(client, "/set_tts_settings", {**SLIDERS, name: value}, 400)["detail"]
        assert client.get("/get_tts_settings").json() == before


def test_their_slowest_becomes_ours(person: httpx.Client) -> None:
    with tavern(program(person)) as client:
        post(client, "/set_tts_settings", {**SLIDERS, "speed": 0.2})
        assert client.get("/get_tts_settings").json()["speed"] == 0.25
        assert client.post("/tts_to_audio", json={"text": "one", "speaker_wav": VOICE}).status_code == 200


def test_models_are_switched_for_one_key(live: Studio) -> None:
    one, other = program(live.client), program(live.client, model="xtts-v2")
    with tavern(one) as client:
        assert client.get("/get_models_list").json() == ["xtts-v2"]
        assert "in use" in post(client, "/switch_model", {"model_name": "xtts-v2"}, 400)["detail"]
        assert "xtts-v2" in post(client, "/switch_model", {"model_name": "v2.0.2"}, 400)["detail"]
        model = live.home / "data" / "models" / "tuned"
        model.mkdir(parents=True)
        for name in ("config.json", "vocab.json", "model.pth"):
            (model / name).symlink_to(live.home / "cache" / "xtts-v2" / name)
        assert post(client, "/switch_model", {"model_name": "tuned"}) == {"message": "Model switched to tuned"}
    defaults = [live.client.get(f"/api/keys/{key.key_id}").json()["key"]["defaults"]["model"] for key in (one, other)]
    assert defaults == ["tuned", "xtts-v2"]


@pytest.mark.parametrize("name", [VOICE, "Reader.wav", "speakers/Reader.wav", r"C:\voices\Reader.wav", "/x/reader"])
def test_a_voice_is_named_in_many_ways(person: httpx.Client, name: str) -> None:
    with tavern(program(person)) as client:
        answer = client.post("/tts_to_audio/", json={"text": "one", "speaker_wav": name, "language": "EN"})
        assert answer.status_code == 200, answer.text
    assert (newest(person)["speaker"], newest(person)["language"]) == (VOICE, "en")


@pytest.mark.parametrize("name", ["female", "../../studio.db", "/etc/passwd", "..", ""])
def test_other_voices_and_files_are_refused(person: httpx.Client, name: str) -> None:
    with tavern(program(person)) as client:
        body = {"text": "one", "speaker_wav": name, "language": "en"}
        assert "Voices: Reader, Zoë." in post(client, "/tts_to_audio/", body, 400)["detail"]
        assert client.get("/tts_stream/", params=body).status_code == 400
        assert client.get(f"/sample/{quote(name, safe='')}").status_code == 404


def test_speech_to_a_file_goes_to_the_history_alone(person: httpx.Client) -> None:
    with tavern(program(person)) as client:
        body = {"text": "one", "speaker_wav": VOICE, "language": "en", "file_name_or_path": "/tmp/anywhere.wav"}
        told = post(client, "/tts_to_file", body)
    assert told["output_path"] == f"data/history/{newest(person)['id']}.wav"


def test_folders_can_not_be_set(person: httpx.Client) -> None:
    with tavern(program(person)) as client:
        before = client.get("/get_folders").json()
        assert "message" in post(client, "/set_output", {"output_folder": "/tmp"})
        assert "message" in post(client, "/set_speaker_folder", {"speaker_folder": "/tmp"})
        assert client.get("/get_folders").json() == before


def test_what_does_not_fit_is_explained(person: httpx.Client) -> None:
    with tavern(program(person)) as client:
        body = {"text": "one", "speaker_wav": VOICE, "language": "sv"}
        assert "sv" in post(client, "/tts_to_audio/", body, 400)["detail"]
        assert "text" in post(client, "/tts_to_audio/", {"speaker_wav": VOICE}, 400)["detail"]
        assert client.get("/nothing").status_code == 404
        assert client.get("/tts_to_audio/").status_code == 405
