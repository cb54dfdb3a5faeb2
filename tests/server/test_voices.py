"""Voices over HTTP, with a real worker and a tiny model."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Iterator

import numpy as np
import pytest
import soundfile

from tests.parity.published import STUDIO_VOICE
from tests.server.brief_model import write_brief_folder
from tests.studio import Studio, running
from xtts_studio.sample import RECORDING as HARBOUR

SPEAKERS = "/api/inference/speakers"


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    home = tmp_path_factory.mktemp("voices") / "workspace"
    write_brief_folder(home / "cache" / "xtts-v2")
    with running(home) as studio:
        made = studio.post(SPEAKERS, 201, data={"name": "Zoë"}, files=[("files", ("harbour.wav", beginning()))])[
            "speaker"
        ]
        assert (made["name"], made["kind"]) == ("Zoë", "clips")
        studio.post(SPEAKERS + "/studio", 201, json={"name": STUDIO_VOICE, "as_name": "Gold"})
        yield studio


def beginning() -> bytes:
    """Seven seconds of a voice."""
    samples, rate_hz = soundfile.read(HARBOUR, frames=7 * 22_050)
    file = io.BytesIO()
    soundfile.write(file, samples, rate_hz, format="WAV")
    return file.getvalue()


def spoken(studio: Studio, name: str) -> bytes:
    """What a voice says, always with the same seed."""
    body = {"text": "Ahoy.", "language": "en", "speaker": name, "seed": 3, "precision": "float32"}
    answer = studio.client.post("/api/inference/generate", json=body)
    assert answer.status_code == 200, answer.text
    return answer.content


def told(studio: Studio, answer_status: int, method: str, path: str, **options: object) -> dict[str, str]:
    answer = studio.client.request(method, path, **options)  # type: ignore[arg-type]
    assert answer.status_code == answer_status, answer.text
    error: dict[str, str] = answer.json()["error"]
    assert error["message"]
    return error


def test_a_voice_of_clips_is_judged(studio: Studio) -> None:
    (voice,) = (one for one in studio.get(SPEAKERS)["speakers"] if one["name"] == "Zoë")
    (clip,) = voice["quality"]
    assert clip["clip"] == "clip_001.wav"
    assert clip["snr_db"] > 20
    assert clip["score"] == voice["score"] > 80
    assert 0 < clip["speech_s"] <= clip["duration_s"]
    assert clip["notices"] == []


def test_published_voices_are_listed(studio: Studio) -> None:
    for _ in range(2):  # by the worker, then from what it kept
        assert studio.get("/api/inference/studio-voices") == {"names": [STUDIO_VOICE]}
    assert told(studio, 404, "POST", SPEAKERS + "/studio", json={"name": "Nobody"})["hint"]
    told(studio, 409, "POST", SPEAKERS + "/studio", json={"name": STUDIO_VOICE, "as_name": "Gold"})
    assert spoken(studio, "Gold")


def test_a_blend_speaks_without_its_parts(studio: Studio) -> None:
    body = {"name": "Half", "parts": [{"speaker": "Zoë", "weight": 1}, {"speaker": "Gold", "weight": 2}]}
    made = studio.post(SPEAKERS + "/blend", 201, json=body)["speaker"]
    assert (made["kind"], made["blend"], made["clips"]) == ("blend", body["parts"], [])
    assert spoken(studio, "Half") not in (spoken(studio, "Zoë"), spoken(studio, "Gold"))
    told(studio, 409, "POST", SPEAKERS + "/blend", json=body)
    with_stranger = {"name": "X", "parts": [{"speaker": "Zoë", "weight": 1}, {"speaker": "Nobody", "weight": 1}]}
    told(studio, 404, "POST", SPEAKERS + "/blend", json=with_stranger)
    told(studio, 422, "POST", SPEAKERS + "/blend", json={**body, "parts": body["parts"][:1]})
    told(studio, 422, "POST", SPEAKERS + "/blend", json={**body, "parts": [{"speaker": "Zoë", "weight": 0}] * 2})


@pytest.mark.parametrize("name", ["Zoë", "Gold"])
def test_a_voice_is_taken_along_as_a_file(studio: Studio, name: str) -> None:
    answer = studio.client.get(f"{SPEAKERS}/{name}/export")
    assert answer.status_code == 200
    named = answer.headers["content-disposition"]
    assert "Gold.xttsvoice" in named or "Zo%C3%AB.xttsvoice" in named
    file = [("files", ("voice.xttsvoice", answer.content))]
    assert told(studio, 409, "POST", SPEAKERS + "/import", files=file)["hint"]
    other = f"{name} again"
    made = studio.post(SPEAKERS + "/import", 201, files=file, data={"name": other})["speaker"]
    assert made["name"] == other
    if name == "Zoë":
        assert spoken(studio, other) == spoken(studio, name)
    assert list((studio.home / "data" / "incoming").iterdir()) == [], "nothing is left of the file"
    studio.client.delete(f"{SPEAKERS}/{other}")
    assert studio.post(SPEAKERS + "/import", 201, files=file, data={"name": other})["speaker"] == made


def test_what_is_no_voice_file_is_explained(studio: Studio) -> None:
    for content in (b"", b"hello", HARBOUR.read_bytes()):
        error = told(studio, 422, "POST", SPEAKERS + "/import", files=[("files", ("x.xttsvoice", content))])
        assert error["code"] == "invalid_input"
        assert "Traceback" not in str(error)
    two = [("files", ("x", b"1")), ("files", ("y", b"2"))]
    assert "one is expected" in told(studio, 422, "POST", SPEAKERS + "/import", files=two)["message"]
    told(studio, 404, "GET", SPEAKERS + "/Nobody/export")
    told(studio, 422, "GET", SPEAKERS + "/..%5Cx/export")


def test_the_first_clip_can_be_heard(studio: Studio) -> None:
    answer = studio.client.get(SPEAKERS + "/Zoë/sample")
    assert answer.headers["content-type"] == "audio/wav"
    samples, rate_hz = soundfile.read(io.BytesIO(answer.content))
    assert len(samples) / rate_hz > 3
    assert np.abs(samples).max() > 0.1
    part = studio.client.get(SPEAKERS + "/Zoë/sample", headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, b"RIFF")
    assert "no clip" in told(studio, 404, "GET", SPEAKERS + "/Gold/sample")["message"]
    told(studio, 404, "GET", SPEAKERS + "/Nobody/sample")


def test_strangers_get_nothing(studio: Studio) -> None:
    cookies = dict(studio.client.cookies)
    studio.client.cookies.clear()
    try:
        for path in ("/Zoë/sample", "/Zoë/export"):
            told(studio, 401, "GET", SPEAKERS + path)
        told(studio, 401, "POST", SPEAKERS + "/import", files=[("files", ("x", b"x"))])
    finally:
        studio.client.cookies.update(cookies)


def test_a_voice_whose_clips_changed_is_learned_anew(studio: Studio) -> None:
    shutil.copytree(studio.home / "speakers" / "Zoë", studio.home / "speakers" / "Other")
    about = studio.home / "speakers" / "Other" / "speaker.json"
    about.write_text(re.sub(r'"name": "[^"]*"', '"name": "Other"', about.read_text(encoding="utf-8")), encoding="utf-8")
    before = spoken(studio, "Other")
    clip = studio.home / "speakers" / "Other" / "clip_001.wav"
    samples, rate_hz = soundfile.read(clip)
    soundfile.write(clip, samples[::-1], rate_hz)
    assert spoken(studio, "Other") != before
