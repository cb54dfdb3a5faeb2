"""The front door: seeds, streaming, long texts, cloning, and what bad input gets."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from tests.parity.conftest import Sized
from tests.parity.published import STUDIO_VOICE, write_published_folder
from xtts_studio.errors import AudioError, CheckpointError, InvalidInput, StudioError, TextError
from xtts_studio.xtts import Sampling, Voice, Xtts
from xtts_studio.xtts.vocoder import VocoderStream

TEXT = "Good morning. How are you today?"


@pytest.fixture
def model(tiny: Sized) -> Xtts:
    return tiny.model


@pytest.fixture
def voice(model: Xtts) -> Voice:
    return model.studio_voices[STUDIO_VOICE]


def speak(model: Xtts, voice: Voice, text: str = TEXT, **options: Any) -> NDArray[np.float32]:
    return model.speak(text, voice, "en", **{"seed": 3, "max_new_codes": 30, **options})


def test_the_same_seed_gives_the_same_speech(model: Xtts, voice: Voice) -> None:
    first = speak(model, voice)
    assert first.dtype == np.float32
    assert first.ndim == 1
    assert np.array_equal(first, speak(model, voice))
    assert not np.array_equal(first, speak(model, voice, seed=4))


def test_without_a_seed_no_two_are_alike(model: Xtts, voice: Voice) -> None:
    assert not np.array_equal(speak(model, voice, seed=None), speak(model, voice, seed=None))


def test_greedy_speech_needs_no_seed(model: Xtts, voice: Voice) -> None:
    assert np.array_equal(speak(model, voice, seed=1, greedy=True), speak(model, voice, seed=2, greedy=True))


def test_speech_is_the_concatenated_stream(model: Xtts, voice: Voice) -> None:
    pieces = list(model.stream(TEXT, voice, "en", seed=3, max_new_codes=30))
    assert len(pieces) > 1
    assert np.array_equal(np.concatenate(pieces), speak(model, voice))


@pytest.mark.parametrize("stream_codes", [1, 7, 100])
def test_how_the_stream_is_cut_makes_no_difference(model: Xtts, voice: Voice, stream_codes: int) -> None:
    pieces = model.stream(TEXT, voice, "en", seed=3, max_new_codes=30, stream_codes=stream_codes)
    np.testing.assert_allclose(np.concatenate(list(pieces)), speak(model, voice), atol=1e-5, rtol=0)


def test_streaming_vocodes_every_latent_once(model: Xtts, voice: Voice, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reference vocodes all latents so far again for each chunk, so that long speech gets ever slower."""
    fed: list[int] = []
    feed = VocoderStream.feed

    def counting(self: VocoderStream, latents: torch.Tensor, last: bool = False) -> torch.Tensor:
        fed.append(latents.shape[1])
        return feed(self, latents, last)

    monkeypatch.setattr(VocoderStream, "feed", counting)
    pieces = list(model.stream("Hello.", voice, "en", greedy=True, max_new_codes=60, stream_codes=10))
    assert len(np.concatenate(pieces)) == int(4 * sum(fed) * 24_000 / 22_050) * 256
    assert max(fed) == 10


def test_the_first_piece_comes_before_the_last_code(model: Xtts, voice: Voice) -> None:
    steps: list[int] = []
    hook = model.gpt.gpt.h[0].register_forward_hook(lambda *_: steps.append(1))
    stream = model.stream("Hello.", voice, "en", greedy=True, max_new_codes=100)
    try:
        next(stream)
        assert len(steps) <= 2 * 20
    finally:
        hook.remove()
        assert isinstance(stream, Iterator)


def test_pieces_of_a_text_do_not_depend_on_each_other(model: Xtts, voice: Voice) -> None:
    """The first sentence sounds the same whatever follows it."""
    short, more = "A first sentence, " * 8 + "ends.", " Another, " * 20 + "ends."
    alone, together = speak(model, voice, short, max_new_codes=12), speak(model, voice, short + more, max_new_codes=12)
    assert len(together) > len(alone)
    assert np.array_equal(together[: len(alone)], alone)


def test_faster_speech_is_shorter(model: Xtts, voice: Voice) -> None:
    slow, fast = (len(speak(model, voice, speed=speed)) for speed in (0.8, 1.25))
    assert slow / fast == pytest.approx(1.25 / 0.8, rel=0.03)


@pytest.mark.parametrize("split", [True, False])
@pytest.mark.parametrize("text", ["a word " * 1000, "x" * 3000, "12345678 " * 100])
def test_no_text_is_too_long(model: Xtts, text: str, split: bool) -> None:
    pieces = model.text_ids(text, "en", split=split)
    assert len(pieces) > 1
    assert all(len(ids) < model.config.max_text_tokens for ids in pieces)


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "—"])
def test_nothing_to_say_is_refused(model: Xtts, voice: Voice, text: str) -> None:
    with pytest.raises(TextError):
        speak(model, voice, text)


@pytest.mark.parametrize("speed", [0, -1, float("nan"), float("inf")])
def test_impossible_speeds_are_refused(model: Xtts, voice: Voice, speed: float) -> None:
    with pytest.raises(InvalidInput, match="speed"):
        speak(model, voice, speed=speed)


def test_an_unknown_language_is_refused(model: Xtts, voice: Voice) -> None:
    with pytest.raises(StudioError, match="xx"):
        model.speak("Hello.", voice, "xx")


def test_a_voice_of_another_size_is_refused(model: Xtts) -> None:
    with pytest.raises(InvalidInput, match="gpt_latent has shape"):
        speak(model, Voice(torch.zeros(1, 32, 1024), torch.zeros(1, 512, 1)))


def tone(seconds: float, rate_hz: int = 24_000) -> tuple[NDArray[np.float32], int]:
    time_s = np.arange(int(seconds * rate_hz)) / rate_hz
    return (0.3 * np.sin(2 * np.pi * 150 * time_s) * np.sin(2 * np.pi * 3 * time_s)).astype(np.float32), rate_hz


def test_a_voice_from_samples(model: Xtts) -> None:
    wave, rate_hz = tone(2)
    voice = model.clone([(wave, rate_hz)])
    stereo = model.clone([(np.stack([wave, wave]), rate_hz)])
    assert voice.gpt_latent.shape == (1, 32, 128)
    assert voice.speaker_embedding.shape == (1, 512, 1)
    assert not voice.gpt_latent.requires_grad
    torch.testing.assert_close(stereo.gpt_latent, voice.gpt_latent)


@pytest.mark.parametrize("normalize", [True, False])
def test_silence_and_very_short_references(model: Xtts, normalize: bool) -> None:
    silence = np.zeros(48_000, np.float32), 24_000
    assert torch.isfinite(model.clone([silence], normalize=normalize).gpt_latent).all()
    with pytest.raises(AudioError, match=r"0\.10 s"):
        model.clone([tone(0.1)])
    with pytest.raises(AudioError):
        model.clone([(np.zeros(0, np.float32), 24_000)])
    assert model.clone([tone(0.34)]).gpt_latent.isfinite().all()


def test_references_that_can_not_be_used(model: Xtts, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="No reference"):
        model.clone([])
    with pytest.raises(AudioError, match="not numbers"):
        model.clone([(np.full(48_000, np.nan, np.float32), 24_000)])
    (tmp_path / "text.wav").write_text("no sound", encoding="utf-8")
    with pytest.raises(AudioError):
        model.clone([tmp_path / "text.wav"])


def test_the_dvae_is_asked_for_only_when_used(published_tiny: Path, tmp_path: Path) -> None:
    for file in ("config.json", "model.pth", "vocab.json"):
        (tmp_path / file).symlink_to(published_tiny / file)
    model = Xtts.load(tmp_path, device="cpu")
    with pytest.raises(CheckpointError, match="dvae"):
        _ = model.dvae
    assert model.studio_voices == {}
    assert Xtts.load(published_tiny, device="cpu").dvae.encode(torch.zeros(1, 80, 16)).shape == (1, 4)


@pytest.mark.parametrize("wrong", [{"device": "toaster"}, {"device": "cpu", "dtype": "float8"}])
def test_unknown_devices_and_precisions_are_refused(published_tiny: Path, wrong: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        Xtts.load(published_tiny, **wrong)


def test_bfloat16_says_nearly_the_same(model: Xtts, voice: Voice, published_tiny: Path) -> None:
    """Reduced precision is judged by the codes it would choose after the same history."""
    half = Xtts.load(published_tiny, device="cpu", dtype="bfloat16")
    ids = model.text_ids(TEXT, "en")[0]
    codes = torch.arange(3, 63)
    chosen = []
    for each in (model, half):
        with torch.inference_mode():
            prefix = each.gpt.prefix(voice.gpt_latent, ids)
            embedded = torch.cat([prefix[None], each.gpt.embed_codes(codes[None], start=1)], dim=1)
            hidden = each.gpt.final_norm(each.gpt.gpt(embedded))[0, len(prefix) :]
            chosen.append(each.gpt.audio_logits(hidden).argmax(dim=-1))
    assert (chosen[0] == chosen[1]).float().mean() > 0.9
    assert np.isfinite(speak(half, voice)).all()


def test_precision_changes_no_voice(model: Xtts, published_tiny: Path) -> None:
    half = Xtts.load(published_tiny, device="cpu", dtype="bfloat16")
    assert torch.equal(half.clone([tone(2)]).gpt_latent, model.clone([tone(2)]).gpt_latent)


def test_models_of_other_weights_speak_otherwise(model: Xtts, voice: Voice, tmp_path: Path) -> None:
    other = Xtts.load(write_published_folder(tmp_path / "other", salt="other"), device="cpu")
    assert not np.array_equal(speak(other, voice, greedy=True), speak(model, voice, greedy=True))


def test_nothing_in_a_piece_is_lost_at_its_end(model: Xtts, voice: Voice) -> None:
    """N codes give floor(4 N · 24 000 / 22 050) · 256 samples, streamed or not."""
    lengths = [len(speak(model, voice, "Hello.", greedy=True, max_new_codes=codes)) for codes in (1, 2, 19, 20, 21)]
    assert lengths == [int(4 * codes * 24_000 / 22_050) * 256 for codes in (1, 2, 19, 20, 21)]
    assert all(shorter < longer for shorter, longer in pairwise(lengths))


def test_default_sampling_is_the_configuration(model: Xtts) -> None:
    assert model.default_sampling == Sampling()
