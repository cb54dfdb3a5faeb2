"""Pieces of a text: equal to the reference's, never too long, never losing anything."""

import time
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from tests.text.goldens import SPLIT, name
from xtts_studio.text import LANGUAGES, split_sentence
from xtts_studio.text.sentences import pack, sentences, wrap

CODES = st.sampled_from(sorted(LANGUAGES))
TEXTS = st.text(max_size=400) | st.text(alphabet="ab 。.!?¿“”\n1é\u0301\u0941क,、あ", max_size=400)


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("case", SPLIT, ids=name)
def test_splitting_equals_the_reference(case: dict[str, Any]) -> None:
    assert split_sentence(case["text"], case["lang"], case["limit"]) == case["out"]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Mrs. Smith met Dr. No at 5 p.m. in the U.S. by car."),
        ("en", "J. R. R. Tolkien paid 3.50 for it."),
        ("de", "Am 1. Mai kommt Hr. Müller, z.B. mit Nr. 5 dazu."),
        ("fr", "M. Dupont et Mme. Moreau vont à Paris."),
        ("es", "La Dra. Ruiz y el Sr. Gil no están."),
    ],
)
def test_a_dot_within_a_sentence_does_not_end_it(language: str, text: str) -> None:
    assert sentences(text, language) == [text]


@pytest.mark.parametrize(
    ("language", "text", "parts"),
    [
        ("en", 'He said "Go!" Then he left... Why?', ['He said "Go!"', "Then he left...", "Why?"]),
        ("en", "“No.” (She waited.) “Yes.”", ["“No.”", "(She waited.)", "“Yes.”"]),
        ("en", "A title\n\nA first line\nof text", ["A title", "A first line\nof text"]),
        ("ja", "はい。「いいえ。」と言った!本当?", ["はい。", "「いいえ。」", "と言った!", "本当?"]),
        ("hi", "यह है। वह है॥ क्या?", ["यह है।", "वह है॥", "क्या?"]),
        ("ko", "그래 네. 안녕.", ["그래 네.", "안녕."]),
        ("es", "¿Qué? ¡Ay!", ["¿Qué?", "¡ Ay!"]),
    ],
)
def test_where_sentences_end(language: str, text: str, parts: list[str]) -> None:
    assert sentences(text, language) == parts


def test_a_long_chinese_sentence_is_cut_behind_a_comma() -> None:
    assert wrap("春天来了,花都开了,鸟在唱歌", 8) == ["春天来了,", "花都开了,", "鸟在唱歌"]


def test_a_letter_is_not_parted_from_its_marks() -> None:
    assert wrap("कि" * 5, 3) == ["कि"] * 5


@given(text=TEXTS, language=CODES)
def test_sentences_lose_nothing(text: str, language: str) -> None:
    assert squeezed("".join(sentences(text, language))) == squeezed(text)


@settings(max_examples=300)
@given(text=TEXTS, language=CODES, limit=st.integers(1, 120))
def test_pieces_are_within_the_limit_and_lose_nothing(text: str, language: str, limit: int) -> None:
    pieces = pack(sentences(text, language), limit)
    assert all(0 < len(piece) <= limit for piece in pieces)
    assert squeezed("".join(pieces)) == squeezed(text)


@pytest.mark.parametrize(
    "text", ["." * 100_000 + "x", "a" * 100_000, "\n" * 100_000 + "a", "a. " * 33_000, "。" * 100_000]
)
def test_no_text_takes_quadratic_time(text: str) -> None:
    started = time.process_time()
    split_sentence(text, "en")
    assert time.process_time() - started < 4
