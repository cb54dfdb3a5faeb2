"""Words that are written beside words that are heard."""

import random
import time
from itertools import pairwise

import pytest
from hypothesis import given, settings, strategies as st

from xtts_studio.transcription.alignment import align
from xtts_studio.transcription.comparing import agreement, tokens_of

_WORDS = st.lists(st.sampled_from(["a", "the", "book", "books", "print", "printed", "of", "type"]), max_size=40)


@given(_WORDS, _WORDS)
@settings(max_examples=300, deadline=None)
def test_pairs_rise_in_both(written: list[str], heard: list[str]) -> None:
    pairs = align(written, heard)
    assert all(a < c and b < d for (a, b), (c, d) in pairwise(pairs))
    assert all(0 <= a < len(written) and 0 <= b < len(heard) for a, b in pairs)


@given(_WORDS)
@settings(max_examples=100, deadline=None)
def test_the_same_words_are_paired_one_by_one(words: list[str]) -> None:
    assert align(words, words) == [(index, index) for index in range(len(words))]


def test_hours_of_words_are_aligned_in_a_moment() -> None:
    """Ten hours; words missing, words added, words heard otherwise, and common ones everywhere."""
    chance = random.Random(7)
    vocabulary = [f"w{index}" for index in range(5000)]

    def word() -> str:
        return vocabulary[min(4999, int(chance.paretovariate(0.6)))]

    written, heard, truth = [word() for _ in range(90_000)], [], set()
    for index, one in enumerate(written):
        what = chance.random()
        if what < 0.03:
            continue
        if what < 0.08:
            heard.append(word())
            continue
        truth.add((index, len(heard)))
        heard += [one] if what < 0.97 else [one, word()]
    began_s = time.monotonic()
    pairs = align(written, heard)
    assert time.monotonic() - began_s < 10
    assert len(truth.intersection(pairs)) > 0.97 * len(truth)


@pytest.mark.parametrize(
    ("first", "second", "language"),
    [
        ("It was 12 o'clock, Dr. Smith!", "it was twelve o’clock dr smith", "en"),
        ("Das waren 3 Bücher.", "das waren drei bücher", "de"),
        ("今日は、いい天気。", "今日はいい天気", "ja"),
        ("well-known", "well known", None),
    ],
)
def test_spelling_makes_no_difference(first: str, second: str, language: str | None) -> None:
    assert tokens_of(first, language) == tokens_of(second, language)
    assert agreement(tokens_of(first, language), tokens_of(second, language)) == 1
