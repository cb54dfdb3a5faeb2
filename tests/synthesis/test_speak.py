"""Speaking: the same seed says the same, pieces are the whole, models and voices are kept at hand."""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from tests.synthesis.test_clone import make, put, tone
from xtts_studio.errors import Cancelled, ModelMissing, NotFound, TextError
from xtts_studio.events import Event, Sound, ignore
from xtts_studio.shapes import SpeakRequest, SpeakResult
from xtts_studio.speakers import read_speaker
from xtts_studio.synthesis import steps
from xtts_studio.synthesis.engine import Engine
from xtts_studio.synthesis.process import forget_engine
from xtts_studio.synthesis.steps import speak
from xtts_studio.synthesis.voices import voice_of
from xtts_studio.workspace import Workspace
from xtts_studio.xtts import Sampling, Voice, Xtts
from xtts_studio.xtts.decoding import Decoder


@pytest.fixture
def reader(workspace: Workspace) -> Workspace:
    """The workspace with a voice named Reader."""
    make(workspace, put(workspace, "a.wav", tone(4)))
    return workspace


def request(**changes: object) -> SpeakRequest:
    return SpeakRequest.model_validate(
        {"text": "Yes.", "language": "en", "speaker": "Reader", "seed": 7, "precision": "float32"} | changes
    )


def spoken(workspace: Workspace, **changes: object) -> tuple[SpeakResult, list[np.ndarray]]:
    events: list[Event] = []
    result = speak(request(**changes), workspace, events.append)
    return result, [np.frombuffer(event.samples, "<f4") for event in events if isinstance(event, Sound)]


@pytest.fixture(autouse=True)
def few_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Random weights seldom say that they are done; a second of sound is enough."""
    join = Decoder.join
    monkeypatch.setattr(Decoder, "join", lambda *given: join(*given[:4], 24))


def test_pieces_are_the_whole_and_the_seed_decides(reader: Workspace) -> None:
    result, pieces = spoken(reader)
    assert len(pieces) > 1
    assert result.audio_s == pytest.approx(sum(map(len, pieces)) / 24_000)
    assert (result.seed, result.sample_rate_hz, result.sentences) == (7, 24_000, ["Yes."])
    again = spoken(reader)[1]
    assert np.array_equal(np.concatenate(pieces), np.concatenate(again))
    other = spoken(reader, seed=8)[1]
    assert not np.array_equal(np.concatenate(pieces), np.concatenate(other))
    _check_against_the_model(reader, np.concatenate(pieces))


def _check_against_the_model(workspace: Workspace, found: np.ndarray) -> None:
    model = Xtts.load(workspace.cache / "xtts-v2", device="cpu")
    voice = Voice.load(next(workspace.speaker("Reader").glob("voice-*.safetensors")))
    sampling = Sampling(0.75, 50, 0.85, 5.0)
    whole = model.speak("Yes.", voice, "en", seed=7, sampling=sampling)
    np.testing.assert_allclose(found, whole, atol=1e-4)


@pytest.mark.parametrize("loudness_lufs", [None, -20])
def test_where_each_sentence_lies_is_told(reader: Workspace, loudness_lufs: float | None) -> None:
    text = "[pause 100ms] Yes. [pause 250ms] No. [pause 50ms]"
    result, pieces = spoken(reader, text=text, loudness_lufs=loudness_lufs)
    whole = np.concatenate(pieces)
    assert result.sentences == ["Yes.", "No."]
    assert result.spans is not None
    (first, first_end), (second, second_end) = result.spans
    assert (first, second - first_end, len(whole) - second_end) == (2400, 6000, 1200)
    silence = np.concatenate([whole[:first], whole[first_end:second], whole[second_end:]])
    assert not silence.any()
    alone = spoken(reader, text="Yes.", loudness_lufs=loudness_lufs, split=False, paragraph_pause_ms=0)[1]
    assert np.array_equal(whole[first:first_end], np.concatenate(alone))


def test_a_seed_is_drawn_and_told(reader: Workspace) -> None:
    result, pieces = spoken(reader, seed=None)
    same = spoken(reader, seed=result.seed)[1]
    assert np.array_equal(np.concatenate(pieces), np.concatenate(same))


def test_speed_and_sampling_matter(reader: Workspace) -> None:
    plain = spoken(reader)[0]
    assert spoken(reader, speed=2.0)[0].audio_s == pytest.approx(plain.audio_s / 2, rel=0.1)
    hot, cold = (np.concatenate(spoken(reader, temperature=value)[1]) for value in (1.9, 0.05))
    assert not np.array_equal(hot, cold)


def test_sentences_are_told(reader: Workspace) -> None:
    text = "It was a quiet evening, and nobody came. " * 8
    result, _ = spoken(reader, text=text)
    assert len(result.sentences) > 1
    assert " ".join(result.sentences) == text.strip()


@pytest.mark.parametrize("text", ["   ", "...", "\n\n", "— —"])
def test_text_with_nothing_to_speak(reader: Workspace, text: str) -> None:
    with pytest.raises(TextError, match="nothing in it"):
        spoken(reader, text=text)


def test_unknown_voice_and_model(reader: Workspace) -> None:
    with pytest.raises(NotFound, match="'Nobody'"):
        spoken(reader, speaker="Nobody")
    with pytest.raises(NotFound, match="'none'"):
        spoken(reader, model="none")
    (reader.cache / "xtts-v2").unlink()
    with pytest.raises(ModelMissing):
        spoken(reader)


def test_cancel_stops_between_pieces(reader: Workspace) -> None:
    heard = []

    def cancel(event: Event) -> None:
        if isinstance(event, Sound):
            heard.append(event)
            raise Cancelled

    with pytest.raises(Cancelled):
        speak(request(), reader, cancel)
    assert len(heard) == 1


def test_model_and_voice_are_loaded_once(reader: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    forget_engine()
    loads, clones = [], []
    load, clone = Xtts.load, Xtts.clone
    monkeypatch.setattr(Xtts, "load", lambda *given, **options: (loads.append(given), load(*given, **options))[1])
    monkeypatch.setattr(Xtts, "clone", lambda *given, **options: (clones.append(given), clone(*given, **options))[1])
    spoken(reader)
    spoken(reader)
    assert (len(loads), len(clones)) == (1, 0)  # the voice was made with the clips
    next(reader.speaker("Reader").glob("voice-*")).write_bytes(b"damaged")
    spoken(reader)
    assert (len(loads), len(clones)) == (1, 1)


def test_engine_keeps_two_models_and_notices_new_weights(tiny_folder: Path, tmp_path: Path) -> None:
    folders = [shutil.copytree(tiny_folder, tmp_path / name) for name in "abc"]
    with closing(Engine("cpu")) as engine:
        first, second = engine.model(folders[0]), engine.model(folders[1])
        assert engine.model(folders[0]) is first
        engine.model(folders[2])  # the second was used longest ago
        assert engine.model(folders[0]) is first
        assert engine.model(folders[1]) is not second
        os.utime(folders[0] / "model.pth", ns=(1, 1))
        assert engine.model(folders[0]) is not first


def test_voices_are_shared_by_models_that_make_them_alike(tiny_folder: Path, reader: Workspace) -> None:
    """A fine-tuned model has a voice of its own unless its conditioning is the base model's."""
    base = steps.engine().model(reader.cache / "xtts-v2")
    with closing(Engine("cpu")) as first, closing(Engine("cpu")) as second:
        other, changed = first.model(tiny_folder), second.model(tiny_folder)
        assert base.voice_key == other.voice_key
        changed.model.gpt.conditioning_perceiver.latents.data += 1
        assert changed.voice_key != base.voice_key
        voice_of(changed, reader, read_speaker(reader, "Reader"))
    assert len(list(reader.speaker("Reader").glob("voice-*.safetensors"))) == 2


def test_nothing_is_told_but_sound_and_progress(reader: Workspace) -> None:
    events: list[Event] = []
    speak(request(), reader, events.append)
    assert {type(event).__name__ for event in events} == {"Progress", "Sound"}
    assert speak(request(), reader, ignore).seed == 7
