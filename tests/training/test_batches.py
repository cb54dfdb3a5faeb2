"""Order, prompts and batches: complete, fair, and functions of seed and step alone."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, strategies as st

from xtts_studio.training.loop.batches import (
    LONGEST_PROMPT_SAMPLES,
    SHORTEST_PROMPT_SAMPLES,
    Draw,
    Example,
    Prompt,
    Prompter,
    Schedule,
    collate,
    eval_example,
)
from xtts_studio.training.material.features import TrainingClip, read_wave
from xtts_studio.xtts import loss
from xtts_studio.xtts.mel import conditioning_mel


def clip(samples: int = 50_000, group: int = 0, weight: float = 1.0) -> TrainingClip:
    """A clip of a length, of which nothing else is looked at."""
    return TrainingClip(Path("clip.wav"), torch.arange(9), torch.arange(49), samples, "", group, weight)


def clips_of(lengths: list[int], weight: float = 1.0) -> list[TrainingClip]:
    return [clip(length, weight=weight) for length in lengths]


LENGTHS = st.lists(st.integers(11_025, 255_995), min_size=1, max_size=60)


@given(LENGTHS, st.integers(1, 20), st.integers(0, 3))
def test_every_clip_once_per_epoch(lengths: list[int], effective_batch: int, epoch: int) -> None:
    schedule = Schedule(clips_of(lengths), effective_batch, seed=3)
    steps = range(epoch * schedule.steps_per_epoch, (epoch + 1) * schedule.steps_per_epoch)
    seen = [schedule.draws(step) for step in steps]
    assert {schedule.epoch(step) for step in steps} == {epoch}
    assert Counter(draw.clip for draws in seen for draw in draws) == Counter(range(len(lengths)))
    assert sorted(len(draws) for draws in seen)[1:] == [effective_batch] * (len(seen) - 1)
    assert all(
        [lengths[draw.clip] for draw in draws] == sorted((lengths[draw.clip] for draw in draws), reverse=True)
        for draws in seen
    )


@given(st.integers(1, 40), st.floats(0.05, 4), st.integers(1, 9))
def test_a_weight_is_how_often_a_clip_is_seen(count: int, weight: float, effective_batch: int) -> None:
    schedule = Schedule([*clips_of([60_000] * count, weight), *clips_of([50_000] * 10)], effective_batch, seed=1)
    epoch = [draw.clip for step in range(schedule.steps_per_epoch) for draw in schedule.draws(step)]
    seen = Counter(epoch)
    assert sum(seen[number] for number in range(count)) == round(weight * count)
    assert all(int(weight) <= seen[number] <= int(weight) + 1 for number in range(count))
    assert all(seen[number] == 1 for number in range(count, count + 10))


def test_in_the_long_run_every_clip_of_a_small_weight_is_seen() -> None:
    schedule = Schedule(clips_of([50_000] * 10, 0.3), 1, seed=1)
    seen = {draw.clip for step in range(20 * schedule.steps_per_epoch) for draw in schedule.draws(step)}
    assert seen == set(range(10))


def test_order_differs_by_epoch_and_seed_and_by_nothing_else() -> None:
    def order(seed: int, epoch: int) -> list[int]:
        schedule = Schedule(clips_of([50_000] * 50), 1, seed)
        return [draw.clip for step in range(50) for draw in schedule.draws(50 * epoch + step)]

    assert order(1, 0) == order(1, 0)
    assert order(1, 0) != order(1, 1)
    assert order(1, 0) != order(2, 0)


def test_clips_of_a_step_are_of_about_one_length() -> None:
    lengths = np.random.default_rng(0).integers(20_000, 250_000, 400).tolist()
    schedule = Schedule(clips_of(lengths), 4, seed=1)
    padded = sum(4 * lengths[schedule.draws(step)[0].clip] for step in range(100))
    assert padded < 1.1 * sum(lengths)


@given(st.integers(11_025, 255_995), st.integers(0, 5), st.integers(0, 100))
def test_training_prompt_is_a_slice_of_3_to_6_s_or_half_the_clip(samples: int, epoch: int, place: int) -> None:
    prompter = Prompter([clip(samples)], "same", 1)
    example = prompter.example(Draw(0, place), epoch)
    prompt = example.prompt
    length = prompt.stop - prompt.start
    assert 0 <= prompt.start < prompt.stop <= samples
    assert SHORTEST_PROMPT_SAMPLES <= length <= LONGEST_PROMPT_SAMPLES or length == samples // 2
    assert length == samples // 2 or samples >= SHORTEST_PROMPT_SAMPLES
    assert prompt == prompter.example(Draw(0, place), epoch).prompt


def test_prompts_come_from_anywhere_and_change_from_epoch_to_epoch() -> None:
    prompter = Prompter([clip(250_000)], "same", 1)
    prompts = [prompter.example(Draw(0, 0), epoch).prompt for epoch in range(200)]
    assert len(set(prompts)) > 190
    assert min(prompt.start for prompt in prompts) < 5_000
    assert max(prompt.stop for prompt in prompts) > 245_000


def test_prompts_of_other_clips_are_of_the_same_dataset() -> None:
    clips = [clip(100_000 + number, group=number % 2) for number in range(10)]
    for source, own in (("same", 1.0), ("other", 0.0), ("both", 0.5)):
        prompter = Prompter(clips, source, 1)  # type: ignore[arg-type]
        examples = [prompter.example(Draw(place % 10, place), epoch) for epoch in range(20) for place in range(10)]
        assert all(example.prompter.group == example.clip.group for example in examples)
        share = sum(example.prompter is example.clip for example in examples) / len(examples)
        assert share == pytest.approx(own, abs=0.1)
    alone = Prompter([clip()], "other", 1).example(Draw(0, 0), 0)
    assert alone.prompter is alone.clip


@given(st.data())
def test_counted_targets_are_those_of_the_loss(data: st.DataObject) -> None:
    """`Example.targets` says without a model what `loss` keeps."""
    samples = data.draw(st.integers(11_025, 255_995))
    start = data.draw(st.integers(0, samples - 1))
    stop = data.draw(st.integers(start + 1, samples))
    one = replace(clip(samples), codes=torch.ones(math.ceil(samples / 1024), dtype=torch.long))
    other = replace(one)
    for prompter in (one, other):
        example = Example(one, Prompt(start, stop), prompter)
        kept = _kept(example)
        assert example.targets(1024) == kept


def _kept(example: Example) -> tuple[int, int]:
    gpt = SimpleNamespace(
        config=SimpleNamespace(
            code_stride_samples=1024, start_audio_token=1024, stop_audio_token=1025, start_text_token=261,
            stop_text_token=0,
        )
    )  # fmt: skip
    wav_lengths, codes = torch.tensor([example.clip.samples]), example.clip.codes[None]
    own = example.prompter is example.clip
    hidden = torch.tensor([[example.prompt.start, example.prompt.stop] if own else [0, 0]])
    audio = loss.audio_sequences(gpt, codes, wav_lengths)  # type: ignore[arg-type]
    audio = loss.without_prompts(gpt, audio, wav_lengths, hidden, "correct")  # type: ignore[arg-type]
    ids = example.clip.text_ids
    text = loss.text_sequences(gpt, ids[None], torch.tensor([len(ids)]))  # type: ignore[arg-type]
    return tuple(int((part.targets != loss.IGNORED).sum()) for part in (text, audio))  # type: ignore[return-value]


@pytest.mark.parametrize(("samples", "stop"), [(200_000, 99_225), (99_225, 99_225), (99_224, 49_612), (11_025, 5_512)])
def test_eval_prompt(samples: int, stop: int) -> None:
    prompt = eval_example(clip(samples)).prompt
    assert (prompt.start, prompt.stop) == (0, stop)


def test_collate(features: list[TrainingClip]) -> None:
    clips, stats = features[:2], torch.linspace(1, 2, 80)
    prompter = Prompter(clips, "same", 1)
    examples = [prompter.example(Draw(number, number), 0) for number in range(2)]
    prompts = [example.prompt for example in examples]
    batch = collate(examples, stats)
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
