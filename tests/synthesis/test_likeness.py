"""Telling one person from several, by embeddings made for the test: those of generated weights mean nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.synthesis.test_clone import make, put, tone
from xtts_studio.synthesis import likeness
from xtts_studio.synthesis.likeness import several_speakers, strangers, two_voices, windows
from xtts_studio.synthesis.process import engine
from xtts_studio.workspace import Workspace

Rows = NDArray[np.float32]


def person(number: int, stretches: int, alike: float = 0.75) -> Rows:
    """Embeddings of one person, which are alike by this cosine; of two people they are near 0."""
    random = np.random.default_rng(number)
    own = random.normal(size=512)
    own /= np.linalg.norm(own)
    rows = []
    for _ in range(stretches):
        other = random.normal(size=512)
        other -= own * (other @ own)
        rows.append(np.sqrt(alike) * own + np.sqrt(1 - alike) * other / np.linalg.norm(other))
    return np.asarray(rows, dtype=np.float32)


@pytest.mark.parametrize("alike", [0.55, 0.7, 0.85, 0.98])
@pytest.mark.parametrize("stretches", [1, 2, 5, 20])
def test_one_person_is_one(alike: float, stretches: int) -> None:
    for number in range(20):
        assert not two_voices(person(number, stretches, alike))


@pytest.mark.parametrize(("one", "other"), [(2, 2), (3, 9), (10, 10)])
def test_two_people_in_a_clip_are_two(one: int, other: int) -> None:
    for number in range(20):
        rows = np.concatenate([person(number, one), person(number + 100, other)])
        assert two_voices(np.random.default_rng(number).permutation(rows))


def test_a_cough_is_not_another_person() -> None:
    assert not two_voices(np.concatenate([person(1, 8), person(2, 1)]))


def test_noise_in_which_nothing_is_alike_is_not_two_people() -> None:
    assert not two_voices(np.concatenate([person(number, 1) for number in range(12)]))


def test_clips_of_another_person_are_named() -> None:
    own = [person(1, count) for count in (3, 1, 5)]
    assert strangers(own) == []
    assert strangers([*own, person(2, 3)]) == [4]
    assert strangers([person(2, 3), *own, person(2, 1)]) == [1, 5]
    assert strangers([person(1, 4), person(2, 4)]) == [2]
    assert strangers([person(1, 4)]) == []


def test_stretches_are_of_speech() -> None:
    rate_hz = 16_000
    assert [len(piece) for piece in windows(np.ones(rate_hz, np.float32), rate_hz)] == [rate_hz]
    samples = np.concatenate([np.ones(6 * rate_hz), np.zeros(6 * rate_hz)]).astype(np.float32)
    found = windows(samples, rate_hz)
    assert all(len(piece) == 3 * rate_hz for piece in found)
    assert 3 <= len(found) <= 4


def test_what_the_encoder_hears_is_told(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The embeddings are replaced; what becomes of them is not."""
    heard: list[list[Rows]] = [[np.concatenate([person(1, 3), person(2, 3)])], [person(1, 4), person(2, 4)], []]
    monkeypatch.setattr(likeness, "_embeddings", lambda loaded, clips: heard[0])
    mixed = make(workspace, put(workspace, "a.wav", tone(9)), name="Mixed")
    assert "more than one voice" in mixed.notices[0]
    assert mixed.score is not None
    assert mixed.score <= 50
    heard.pop(0)
    two = make(workspace, put(workspace, "a.wav", tone(9)), put(workspace, "b.wav", tone(8)), name="Two")
    assert two.notices[0].startswith("Clip 2 sounds like another person")


def test_the_encoder_itself_gives_unit_rows(workspace: Workspace, tiny_folder: Path) -> None:
    make(workspace, put(workspace, "a.wav", tone(9)), put(workspace, "b.wav", tone(1)))
    loaded = engine().model(tiny_folder)
    clips = [workspace.speaker("Reader") / name for name in ("clip_001.wav", "clip_002.wav")]
    many, one = likeness._embeddings(loaded, clips)
    assert many.shape == (5, 512)
    assert one.shape == (1, 512)
    assert np.allclose(np.linalg.norm(many, axis=1), 1, atol=1e-4)
    assert several_speakers(loaded, clips) == []
