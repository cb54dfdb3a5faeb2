"""The recipe: whatever is asked of whatever data, it fills what is open, leaves what is given, and says why."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from xtts_studio.errors import InvalidInput
from xtts_studio.shapes import Choice, TrainingFacts, TrainingPlan, TrainRequest
from xtts_studio.training.plan.bases import PUBLISHED_BYTES
from xtts_studio.training.plan.recipe import plan, settled

OPEN = (
    "epochs",
    "effective_batch",
    "learning_rate",
    "lr_schedule",
    "warmup_steps",
    "prompts",
    "save_every_steps",
    "early_stop_after",
)
LEFT_TO_THE_PROBE = ("batch_size", "gradient_checkpointing")
PLENTY = 10**12

requests = st.fixed_dictionaries(
    {"dataset": st.just("harbour"), "name": st.just("mine")},
    optional={
        "method": st.sampled_from(["full", "lora"]),
        "epochs": st.integers(1, 1000),
        "max_steps": st.integers(1, 100_000),
        "effective_batch": st.integers(1, 300),
        "batch_size": st.integers(1, 64),
        "grad_accumulation": st.integers(1, 64),
        "learning_rate": st.floats(1e-7, 1e-2),
        "lr_schedule": st.sampled_from(["cosine", "constant"]),
        "warmup_steps": st.integers(0, 1000),
        "prompts": st.sampled_from(["same", "other", "both"]),
        "gradient_checkpointing": st.booleans(),
        "save_every_steps": st.integers(1, 1000),
        "keep_every_steps": st.integers(1, 1000),
        "early_stop_after": st.integers(0, 10),
        "audition": st.booleans(),
    },
)


@st.composite
def data(draw: st.DrawFn) -> TrainingFacts:
    """Datasets of one clip to a hundred thousand."""
    clips = draw(st.one_of(st.integers(1, 50), st.integers(1, 100_000)))
    evaluated = draw(st.integers(0, clips // 2))
    weight = draw(st.sampled_from([0.1, 0.5, 1.0, 3.0]))
    return TrainingFacts(
        clips=clips,
        eval_clips=evaluated,
        clips_per_epoch=max(1, round(weight * (clips - evaluated))),
        speech_s=clips * draw(st.floats(0.5, 11.6)),
        longest_s=11.6,
        languages=["en"],
        in_vocabulary=draw(st.booleans()),
    )


def of(clips: int, seconds: float = 6.0, in_vocabulary: bool = True) -> TrainingFacts:
    """A dataset of so many clips, a seventh of them for evaluation."""
    return TrainingFacts(
        clips=clips,
        eval_clips=clips // 7,
        clips_per_epoch=clips - clips // 7,
        speech_s=clips * seconds,
        longest_s=seconds,
        languages=["en"],
        in_vocabulary=in_vocabulary,
    )


def planned(facts: TrainingFacts, free_bytes: int = PLENTY, **asked: Any) -> TrainingPlan:
    request = TrainRequest.model_validate({"dataset": "harbour", "name": "mine"} | asked)
    return plan(request, facts, PUBLISHED_BYTES, free_bytes)


def choice(plan: TrainingPlan, setting: str) -> Choice:
    return next(choice for choice in plan.choices if choice.setting == setting)


@settings(max_examples=300, deadline=None)
@given(requests, data())
def test_every_plan_is_whole_and_keeps_what_was_asked(asked: dict[str, Any], facts: TrainingFacts) -> None:
    request = TrainRequest.model_validate(asked)
    found = plan(request, facts, PUBLISHED_BYTES, PLENTY)
    then = settled(request, found)
    changed = {name for name, value in asked.items() if getattr(then, name) != value}
    assert changed <= {"batch_size"}
    if changed:
        assert then.batch_size == then.effective_batch < asked["batch_size"]
        assert any("was lowered" in notice for notice in found.notices)
    assert all(getattr(then, name) is not None for name in OPEN)
    assert all(getattr(then, name) is None for name in LEFT_TO_THE_PROBE if name not in asked)
    assert found.settings == then.model_dump()
    assert {one.setting for one in found.choices} == {*OPEN, *LEFT_TO_THE_PROBE}
    assert all(one.reason.endswith(".") and 5 < len(one.reason) < 140 for one in found.choices)


@settings(max_examples=300, deadline=None)
@given(requests, data())
def test_a_plan_of_a_plan_is_the_same_plan(asked: dict[str, Any], facts: TrainingFacts) -> None:
    request = TrainRequest.model_validate(asked)
    first = plan(request, facts, PUBLISHED_BYTES, PLENTY)
    assert plan(request, facts, PUBLISHED_BYTES, PLENTY) == first
    then = settled(request, first)
    again = plan(then, facts, PUBLISHED_BYTES, PLENTY)
    assert settled(then, again) == then
    assert (again.steps_per_epoch, again.total_steps) == (first.steps_per_epoch, first.total_steps)
    assert again.disk_bytes == first.disk_bytes


@settings(max_examples=300, deadline=None)
@given(data(), st.sampled_from(["full", "lora"]))
def test_what_the_recipe_chooses_is_sensible(facts: TrainingFacts, method: str) -> None:
    found = planned(facts, method=method)
    then = found.settings
    assert 1 <= then["epochs"] <= 40
    assert found.total_steps == found.steps_per_epoch * then["epochs"] <= 50_000
    assert found.steps_per_epoch * then["effective_batch"] >= facts.clips_per_epoch
    assert found.steps_per_epoch >= min(8, facts.clips_per_epoch)
    assert 0 <= then["warmup_steps"] <= found.total_steps / 10 + 1
    assert 5e-6 <= then["learning_rate"] <= 2e-4
    assert 1 <= then["save_every_steps"] <= min(200, found.steps_per_epoch)
    assert then["prompts"] == ("same" if facts.clips - facts.eval_clips < 8 else "both")


def test_more_speech_is_seen_less_often_in_larger_batches() -> None:
    sizes = (20, 120, 500, 1_500, 5_000, 50_000)
    found = [planned(of(clips)).settings for clips in sizes]
    epochs, batches = [one["epochs"] for one in found], [one["effective_batch"] for one in found]
    assert epochs == sorted(epochs, reverse=True)
    assert batches == sorted(batches)
    assert len(set(epochs)) > 3
    assert len(set(batches)) > 3


def test_an_adapter_learns_faster_and_longer() -> None:
    full, lora = (planned(of(300), method=method).settings for method in ("full", "lora"))
    assert 20 <= lora["learning_rate"] / full["learning_rate"] <= 40
    assert lora["epochs"] > full["epochs"]


def test_a_language_the_base_does_not_know_is_told_and_gets_more_epochs() -> None:
    known, unknown = planned(of(300)), planned(of(300, in_vocabulary=False))
    assert unknown.settings["epochs"] == 2 * known.settings["epochs"]
    assert any("new_tokens" in notice for notice in unknown.notices)
    assert not known.notices


def test_reasons_name_what_they_go_by() -> None:
    found = planned(of(120), learning_rate=1e-5)
    assert choice(found, "epochs").reason.startswith("12 minutes of speech: 10 epochs")
    assert choice(found, "learning_rate").reason == "You chose it."
    assert "103 clips an epoch" in choice(found, "effective_batch").reason


@pytest.mark.parametrize(
    ("asked", "clips_a_step"),
    [
        ({"batch_size": 3}, 3),
        ({"grad_accumulation": 5}, 20),
        ({"batch_size": 3, "grad_accumulation": 5}, 15),
        ({"batch_size": 3, "grad_accumulation": 5, "effective_batch": 15}, 15),
        ({"batch_size": 3, "grad_accumulation": 5, "effective_batch": 7}, 7),
    ],
)
def test_batches_are_multiplied_unless_the_clips_of_a_step_are_given(asked: dict[str, int], clips_a_step: int) -> None:
    found = planned(of(300), **asked)
    assert found.settings["effective_batch"] == clips_a_step
    assert any("decides" in notice for notice in found.notices) == (clips_a_step == 7)


def test_steps_asked_for_are_reached() -> None:
    found = planned(of(300), max_steps=5000)
    assert found.total_steps == 5000
    assert found.settings["epochs"] * found.steps_per_epoch >= 5000
    assert planned(of(300), max_steps=5000, epochs=1).total_steps == found.steps_per_epoch


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"method": "lora", "new_tokens": 100}, "method 'full'"),
        ({"more_datasets": [{"dataset": "harbour"}]}, "'harbour' is named more than once"),
        ({"batch_size": 256, "grad_accumulation": 1024}, "4096 are the most"),
    ],
)
def test_contradictions_are_refused(asked: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        planned(of(300), **asked)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"learning_rate": 0.01}, "high for this method"),
        ({"warmup_steps": 900_000}, "never gets to its height"),
        ({"audition": False, "early_stop_after": 3}, "no effect"),
        ({"max_steps": 3}, "don't see every clip"),
    ],
)
def test_what_makes_little_sense_is_told(asked: dict[str, Any], told: str) -> None:
    assert any(told in notice for notice in planned(of(300), **asked).notices)


def test_room_on_the_disk_is_asked_for_by_what_is_written() -> None:
    full = planned(of(300)).disk_bytes
    gpt = 0.95 * PUBLISHED_BYTES
    assert 7 * gpt < full < 7 * gpt + PUBLISHED_BYTES
    kept = planned(of(300), keep_every_steps=100, max_steps=1000).disk_bytes
    assert kept - planned(of(300), max_steps=1000).disk_bytes == pytest.approx(10 * gpt, rel=0.01)
    adapter = planned(of(300), method="lora", audition=False).disk_bytes
    assert 250e6 < adapter < 300e6  # 31 MB of weights: twice with both moments, the best, the model
    assert planned(of(300), model_precision="float32").disk_bytes - full == pytest.approx(PUBLISHED_BYTES / 2, abs=2)
    assert planned(of(300), new_tokens=8000).disk_bytes > full


def test_a_disk_that_may_become_full_is_told() -> None:
    assert any("GB left" in notice for notice in planned(of(300), free_bytes=10**9).notices)
