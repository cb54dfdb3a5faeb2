"""OpenAI's own client against a real server: a tiny model speaks in every format, a small recogniser listens."""

import csv
import io
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jiwer
import numpy as np
import openai
import pytest

from tests.compat.conftest import VOICE, program
from tests.shared import shared
from tests.studio import Studio
from xtts_studio.audio.decode import decode_file

FORMATS = {
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm;rate=24000",
}
CLIP = "LJ001-0001"
SEED = 2
"""With it the tiny model soon comes to an end, which its random weights seldom do."""


@pytest.fixture(scope="module")
def client(live: Studio) -> openai.OpenAI:
    """OpenAI's client with a key of the live server."""
    return program(live.client).openai


def test_speech_comes_in_every_format(client: openai.OpenAI, tmp_path: Path) -> None:
    def spoken(form: str) -> bytes:
        answer = client.audio.speech.create(
            model="tts-1",
            voice=VOICE,
            input="Yes.",
            response_format=form,
            extra_body={"seed": SEED},  # type: ignore[arg-type]
        )
        assert answer.response.headers["content-type"] == FORMATS[form]
        return answer.content

    with ThreadPoolExecutor(len(FORMATS)) as pool:
        made = dict(zip(FORMATS, pool.map(spoken, FORMATS), strict=True))
    sound = np.frombuffer(made["pcm"], "<i2").astype(np.float32) / 32768
    assert len(sound) > 2_400
    assert np.abs(sound).max() > 0.01
    for form in set(FORMATS) - {"pcm"}:
        path = tmp_path / f"speech.{form}"
        path.write_bytes(made[form])
        audio = decode_file(path)
        if form in ("wav", "flac"):
            assert np.array_equal(audio.mono(), sound)
        assert audio.duration_s == pytest.approx(len(sound) / 24_000, abs=0.15), form


def test_the_key_of_a_person_is_not_needed_where_there_is_a_login(live: Studio) -> None:
    assert [voice["name"] for voice in live.get("/v1/audio/voices")["voices"]] == [VOICE]


def test_a_text_that_can_not_be_spoken_is_explained(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.audio.speech.create(model="tts-1", voice=VOICE, input=" \n ", extra_body={"language": "en"})
    assert caught.value.code == "unusable_text"
    assert "Traceback" not in caught.value.response.text


@pytest.fixture(scope="module")
def recording() -> bytes:
    """Ten seconds of LJ Speech."""
    shared("models/whisper-lj")
    return shared(f"audio/ljspeech/wavs/{CLIP}.wav").read_bytes()


def heard(client: openai.OpenAI, recording: bytes, **fields: Any) -> Any:
    return client.audio.transcriptions.create(model="lj", file=(f"{CLIP}.wav", recording), **fields)


def said() -> str:
    """What is said in the recording."""
    rows = csv.reader(io.StringIO(shared("audio/ljspeech/metadata.csv").read_text("utf-8")), delimiter="|", quoting=3)
    return next(row[-1] for row in rows if row[0] == CLIP)


def plain(text: str) -> str:
    return " ".join(re.sub(r"[^a-z' ]", " ", text.lower()).split())


def test_a_recording_is_heard(client: openai.OpenAI, recording: bytes) -> None:
    text = heard(client, recording).text
    assert jiwer.wer(plain(said()), plain(text)) <= 0.15
    assert heard(client, recording, response_format="text", language="en").strip() == text
    assert heard(client, recording, language="en-US", prompt="The history of printing.", temperature=0.2).text


def test_words_and_segments_have_times(client: openai.OpenAI, recording: bytes) -> None:
    both = heard(client, recording, response_format="verbose_json", timestamp_granularities=["word", "segment"])
    assert (both.task, both.language) == ("transcribe", "english")  # what their type has, and what we add
    assert both.duration == pytest.approx(9.66, abs=0.05)
    times = [time for word in both.words for time in (word.start, word.end)]
    assert times == sorted(times)
    assert 0 <= times[0] < times[-1] <= both.duration + 0.1
    assert " ".join(word.word for word in both.words) == both.text == " ".join(one.text for one in both.segments)
    plain_json = heard(client, recording, response_format="verbose_json")
    assert plain_json.segments
    assert plain_json.words is None
    words = heard(client, recording, response_format="verbose_json", timestamp_granularities=["word"])
    assert words.words
    assert words.segments is None


def test_subtitles_say_the_same(client: openai.OpenAI, recording: bytes) -> None:
    text = heard(client, recording).text
    for form, point, head in (("srt", ",", "1\n"), ("vtt", r"\.", "WEBVTT\n\n")):
        subtitles = heard(client, recording, response_format=form)
        assert subtitles.startswith(head)
        time = rf"\d\d:\d\d:\d\d{point}\d\d\d"
        cues = re.findall(rf"^{time} --> {time}\n(.+)\n$", subtitles, re.MULTILINE)
        assert " ".join(cues) == text


def test_what_is_not_sound_is_refused_and_nothing_is_kept(
    live: Studio, client: openai.OpenAI, recording: bytes
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.audio.transcriptions.create(model="lj", file=("a.wav", b"no sound at all"))
    assert caught.value.code == "unusable_audio"
    with pytest.raises(openai.BadRequestError) as caught:
        heard(client, recording, language="xx")
    assert caught.value.param == "language"
    assert list((live.home / "data" / "incoming").glob("*")) == []


def test_the_recogniser_of_the_settings_stands_for_whisper_1(live: Studio, recording: bytes) -> None:
    client = program(live.client).openai
    before = live.get("/api/settings")["whisper_model"]
    live.client.put("/api/settings", json={"whisper_model": "lj"}).raise_for_status()
    try:
        assert client.audio.transcriptions.create(model="whisper-1", file=("a.wav", recording)).text
    finally:
        live.client.put("/api/settings", json={"whisper_model": before}).raise_for_status()
