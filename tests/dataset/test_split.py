"""Train and evaluation sides: stable, never empty where that can be."""

from hypothesis import given, strategies as st

from xtts_studio.dataset.split import split
from xtts_studio.shapes import Chunk


def _chunks(count: int, recording: str = "r") -> list[Chunk]:
    return [
        Chunk(file=f"chunks/{i}.wav", recording=recording, start_s=7.0 * i, end_s=7.0 * i + 6, duration_s=6)
        for i in range(count)
    ]


@given(st.integers(0, 60), st.floats(0.01, 0.99), st.text(max_size=5))
def test_every_chunk_is_on_one_side_and_no_side_is_empty(count: int, fraction: float, recording: str) -> None:
    chunks = _chunks(count, recording)
    train, evaluation = split(chunks, fraction)
    assert sorted(train + evaluation, key=chunks.index) == chunks
    if count >= 2:
        assert train
        assert evaluation


@given(st.integers(2, 60), st.integers(0, 60), st.floats(0.01, 0.99))
def test_chunks_stay_on_their_side_when_more_come(count: int, more: int, fraction: float) -> None:
    chunks = _chunks(count + more)
    before, after = split(chunks[:count], fraction)[1], split(chunks, fraction)[1]
    assert [chunk for chunk in after if chunk in chunks[:count]] == before


def test_about_the_fraction_is_evaluated() -> None:
    assert 110 < len(split(_chunks(1000), 0.15)[1]) < 190


def test_without_a_fraction_all_are_trained_on() -> None:
    assert split(_chunks(10), 0.0) == (_chunks(10), [])
    assert split(_chunks(1), 0.5) == (_chunks(1), [])
