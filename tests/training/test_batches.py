"""Order, prompts and batches: complete, fair, and functions of seed and step alone."""

from __future__ import annotations

from collections import Counter

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from xtts_studio.training.batches import (
    LONGEST_PROMPT_SAMPLES,
    SHORTEST_PROMPT_SAMPLES,
    Schedule,
    collate,
    eval_prompt,
    training_prompt,
)
from xtts_studio.training.features import TrainingClip, read_wave
from xtts_studio.xtts.mel import conditioning_mel


@given(st.integers(1, 60), st.integers(1, 9), st.integers(1, 5), st.integers(0, 3))
def test_every_clip_once_per_epoch(clips: int, batch_size: int, accumulation: int, epoch: int) -> None:
    schedule = Schedule(clips, batch_size, accumulation, seed=3)
    steps = range(epoch * schedule.steps_per_epoch, (epoch + 1) * schedule.steps_per_epoch)
    batches = [batch for step in steps for batch in schedule.batches(step)]
    assert {schedule.epoch(step) for step in steps} == {epoch}
    assert Counter(clip for batch in batches for clip in batch) == Counter(range(clips))
    assert all(0 < len(batch) <= batch_size for batch in batches)
    assert all(0 < len(schedule.batches(step)) <= accumulation for step in steps)


def test_order_differs_by_epoch_and_seed_and_by_nothing_else() -> None:
    def order(seed: int, epoch: int) -> list[int]:
        schedule = Schedule(50, 50, 1, seed)
        return schedule.batches(epoch)[0]

    assert order(1, 0) == order(1, 0)
    assert order(1, 0) != order(1, 1)
    assert order(1, 0) != order(2, 0)


@given(st.integers(11_025, 255_995), st.integers(0, 5), st.integers(0, 100))
def test_training_prompt_is_a_slice_of_3_to_6_s_or_half_the_clip(samples: int, epoch: int, clip: int) -> None:
    prompt = training_prompt(samples, 1, epoch, clip)
    length = prompt.stop - prompt.start
    assert 0 <= prompt.start < prompt.stop <= samples
    assert SHORTEST_PROMPT_SAMPLES <= length <= LONGEST_PROMPT_SAMPLES or length == samples // 2
    assert length == samples // 2 or samples >= SHORTEST_PROMPT_SAMPLES
    assert prompt == training_prompt(samples, 1, epoch, clip)


def test_prompts_come_from_anywhere_and_change_from_epoch_to_epoch() -> None:
    prompts = [training_prompt(250_000, 1, epoch, 0) for epoch in range(200)]
    assert len(set(prompts)) > 190
    assert min(prompt.start for prompt in prompts) < 5_000
    assert max(prompt.stop for prompt in prompts) > 245_000


@pytest.mark.parametrize(("samples", "stop"), [(200_000, 99_225), (99_225, 99_225), (99_224, 49_612), (11_025, 5_512)])
def test_eval_prompt(samples: int, stop: int) -> None:
    assert (eval_prompt(samples).start, eval_prompt(samples).stop) == (0, stop)


def test_collate(features: list[TrainingClip]) -> None:
    clips, stats = features[:2], torch.linspace(1, 2, 80)
    prompts = [training_prompt(clip.samples, 1, 0, number) for number, clip in enumerate(clips)]
    batch = collate(clips, prompts, stats)
    assert batch.size == 2
    assert batch.cond_mels.shape == (2, 1, 80, 517)
    assert batch.cond_idxs.tolist() == [[prompt.start, prompt.stop] for prompt in prompts]
    for number, clip in enumerate(clips):
        ids = batch.text_ids[number]
        assert ids[: len(clip.text_ids)].tolist() == clip.text_ids.tolist()
        assert not ids[len(clip.text_ids) :].any()
        assert batch.audio_codes[number, : len(clip.codes)].tolist() == clip.codes.tolist()
    alone = torch.zeros(1, LONGEST_PROMPT_SAMPLES)
    slice_ = read_wave(clips[1].path)[prompts[1].start : prompts[1].stop]
    alone[0, : len(slice_)] = slice_
    assert torch.allclose(batch.cond_mels[1, 0], conditioning_mel(alone, stats)[0], atol=1e-5)
