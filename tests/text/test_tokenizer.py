"""Token ids equal the reference's; every piece of any text fits the model. Needs the published vocabulary."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from tests.shared import shared
from tests.text.goldens import ENCODED, REFUSED, name
from tests.text.test_clean import need
from xtts_studio.errors import CheckpointError, TextError
from xtts_studio.text import LANGUAGES
from xtts_studio.text.tokenizer import MOST_IDS, UNKNOWN_ID, Tokenizer


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer(shared("parity/vocab.json"))


def spoken(text: str) -> str:
    return "".join(char for char in text if char.isalnum())


@pytest.mark.parametrize("case", ENCODED, ids=name)
def test_ids_equal_the_reference(case: dict[str, Any], tokenizer: Tokenizer) -> None:
    need(case["lang"])
    assert tokenizer.encode(case["text"], case["lang"]) == case["ids"]


@pytest.mark.parametrize("case", REFUSED, ids=name)
def test_what_the_reference_refuses_has_ids(case: dict[str, Any], tokenizer: Tokenizer) -> None:
    assert len(tokenizer.encode(case["text"], case["lang"])) > 10


def test_the_embedding_has_a_row_for_the_highest_id(tokenizer: Tokenizer) -> None:
    assert tokenizer.size == 6681


def test_a_short_text_is_one_piece(tokenizer: Tokenizer) -> None:
    assert tokenizer.split("  Hello there. How are you?", "en") == ["Hello there. How are you?"]


@pytest.mark.parametrize("text", ["", "   \n", "...", "— — !?", "🙂🙂", "。。", "\u0301"])
@pytest.mark.parametrize("language", ["en", "hi", "ko"])
def test_nothing_to_speak_gives_no_piece(text: str, language: str, tokenizer: Tokenizer) -> None:
    assert tokenizer.split(text, language) == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("zh", "今天天气很好我们一起去公园散步吧" * 30),
        ("ja", "今日はいい天気ですから公園に行きましょう" * 20),
        ("en", "https://example.org/" + "a-very-long-path/" * 60),
        ("en", "9" * 3000),
        ("de", "987654321987654321 " * 40),
        ("hi", "नमस्ते" * 200),
    ],
)
def test_texts_without_a_place_to_cut_fit_all_the_same(language: str, text: str, tokenizer: Tokenizer) -> None:
    need(language)
    pieces = tokenizer.split(text, language)
    assert len(pieces) > 1
    assert spoken("".join(pieces)) == spoken(text)
    for piece in pieces:
        assert len(piece) <= LANGUAGES[language].char_limit
        assert len(tokenizer.encode(piece, language)) <= MOST_IDS


@pytest.mark.parametrize("language", sorted(LANGUAGES))
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(text=st.text(max_size=700) | st.text(alphabet="ab 1290$%.,。?!\ud800दあ字값", max_size=700))
def test_every_piece_of_any_text_fits_and_nothing_spoken_is_lost(
    language: str, text: str, tokenizer: Tokenizer
) -> None:
    need(language)
    pieces = tokenizer.split(text, language)
    for piece in pieces:
        assert 0 < len(piece) <= LANGUAGES[language].char_limit
        assert len(tokenizer.encode(piece, language)) <= MOST_IDS
    assert spoken("".join(pieces)) == spoken(text) or not spoken(tokenizer.clean(text, language))


def test_an_unknown_letter_is_told_by_its_id(tokenizer: Tokenizer) -> None:
    assert UNKNOWN_ID in tokenizer.encode("ꙮ", "en")
    assert UNKNOWN_ID not in tokenizer.encode("Hello.", "en")


def test_a_file_that_is_no_vocabulary_is_named(tmp_path: Path) -> None:
    (tmp_path / "vocab.json").write_text("{}")
    for missing in (tmp_path / "vocab.json", tmp_path / "absent.json"):
        with pytest.raises(CheckpointError, match=missing.name):
            Tokenizer(missing)


def test_a_vocabulary_without_the_language_says_so(tmp_path: Path) -> None:
    (tmp_path / "vocab.json").write_text(
        '{"version":"1.0","model":{"type":"BPE","vocab":{"a":0},"merges":[]},"added_tokens":[]}'
    )
    with pytest.raises(TextError, match=r"\[en\]"):
        Tokenizer(tmp_path / "vocab.json").encode("a", "en")
