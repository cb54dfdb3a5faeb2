"""Which targets count in training. The reference's numbers are in tests/parity/test_train.py."""

import pytest
import torch
from torch import Tensor

from tests.parity.conftest import Sized
from xtts_studio.xtts.gpt import Gpt
from xtts_studio.xtts.loss import IGNORED, Sequences, audio_sequences, text_sequences, without_prompts

WAV_LENGTHS = torch.tensor([10 * 1024, 6 * 1024 + 1, 4 * 1024])  # 10, 7 and 4 codes
PROMPTS = torch.tensor([[2 * 1024, 5 * 1024], [1000, 3000], [0, 2048]])  # codes 2-4, 0-2, 0-1


@pytest.fixture
def gpt(tiny: Sized) -> Gpt:
    return tiny.model.gpt


def codes() -> Tensor:
    return torch.arange(30).view(3, 10)


def kept(sequences: Sequences) -> list[list[int]]:
    return [(row != IGNORED).nonzero().flatten().tolist() for row in sequences.targets]


def test_each_sample_keeps_its_codes_and_four_stops(gpt: Gpt) -> None:
    audio = audio_sequences(gpt, codes(), WAV_LENGTHS)
    stop = gpt.config.stop_audio_token
    assert audio.inputs.shape == audio.targets.shape == (3, 15)
    assert audio.targets[1].tolist() == [10, 11, 12, 13, 14, 15, 16, stop, stop, stop, stop, *[IGNORED] * 4]
    assert audio.inputs[1, :9].tolist() == [gpt.config.start_audio_token, 10, 11, 12, 13, 14, 15, 16, stop]
    assert audio.visible.sum(dim=1).tolist() == [14, 11, 8]


def test_codes_may_be_fewer_or_more_than_the_recordings_say(gpt: Gpt) -> None:
    """The DVAE at times gives one code more; its codes are cut or filled to the longest recording."""
    more = audio_sequences(gpt, torch.cat([codes(), codes()], dim=1), WAV_LENGTHS)
    assert torch.equal(more.targets, audio_sequences(gpt, codes(), WAV_LENGTHS).targets)


def test_text_ends_with_one_stop_that_is_learned(gpt: Gpt) -> None:
    text = text_sequences(gpt, torch.tensor([[30, 31, 32], [40, 0, 0]]), torch.tensor([3, 1]))
    start, stop = gpt.config.start_text_token, gpt.config.stop_text_token
    assert text.inputs.tolist() == [[start, 30, 31, 32, stop], [start, 40, stop, stop, stop]]
    assert text.targets.tolist() == [[30, 31, 32, stop, IGNORED], [40, stop, *[IGNORED] * 3]]
    assert text.visible.sum(dim=1).tolist() == [4, 2]


def test_correct_mask_ignores_the_codes_under_every_prompt_and_no_others(gpt: Gpt) -> None:
    audio = audio_sequences(gpt, codes(), WAV_LENGTHS)
    masked = without_prompts(gpt, audio, WAV_LENGTHS, PROMPTS, "correct")
    assert kept(masked) == [[0, 1, *range(5, 14)], list(range(3, 11)), list(range(2, 8))]


def test_a_prompt_never_hides_the_stops(gpt: Gpt) -> None:
    audio = audio_sequences(gpt, codes(), WAV_LENGTHS)
    whole = torch.tensor([[0, 99_225]] * 3)
    masked = without_prompts(gpt, audio, WAV_LENGTHS, whole, "correct")
    assert kept(masked) == [list(range(10, 14)), list(range(7, 11)), list(range(4, 8))]


def test_reference_mask_loses_the_last_sample_and_spares_the_others(gpt: Gpt) -> None:
    """The defect that the correct mask repairs: 3 to 6 s from the start, divided by 256, cover the whole clip."""
    audio = audio_sequences(gpt, codes(), WAV_LENGTHS)
    prompts = torch.tensor([[0, 66_150]] * 3)
    masked = kept(without_prompts(gpt, audio, WAV_LENGTHS, prompts, "reference"))
    assert masked[:2] == kept(audio)[:2]
    assert masked[2] == []


def test_every_sample_is_learned_from_with_the_correct_mask(tiny: Sized) -> None:
    """The same recording last in the batch or first, its share of the loss is the same."""
    gpt, ids = tiny.model.gpt, torch.tensor([[30, 31, 32], [40, 41, 42]])
    lengths, wavs, prompts = torch.tensor([3, 3]), WAV_LENGTHS[:2], PROMPTS[:2]
    mels = torch.randn(2, 1, 80, 40, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        there = gpt.loss(ids, lengths, codes()[:2], wavs, mels, prompts)
        back = gpt.loss(*(batch.flip(0) for batch in (ids, lengths, codes()[:2], wavs, mels, prompts)))
    torch.testing.assert_close(there.total, back.total, atol=1e-4, rtol=0)


def test_nothing_given_to_the_loss_is_changed(tiny: Sized) -> None:
    """The reference divides the prompt ranges in place, so that a second look at a batch masks something else."""
    prompts = PROMPTS[:2].clone()
    mels = torch.zeros(2, 1, 80, 40)
    ids, lengths = torch.tensor([[30, 31], [40, 41]]), torch.tensor([2, 2])
    with torch.no_grad():
        tiny.model.gpt.loss(ids, lengths, codes()[:2], WAV_LENGTHS[:2], mels, prompts, "reference")
    assert torch.equal(prompts, PROMPTS[:2])
