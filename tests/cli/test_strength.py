"""`--strength` as it is typed: how much of its fine-tuning a model speaks with, and a book too."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.adapters import made_adapter, write_adapter
from tests.books.making import small_book
from tests.cli.conftest import Typist
from xtts_studio.books import Chapter
from xtts_studio.cli.book_state import BookState

VOICE = ("--voice", "Reader", "--seed", "5")
TEXT = "The small boat left the harbour."


@pytest.fixture
def adapter(speaker: Typist) -> str:
    """The name of one that the person has."""
    made = made_adapter(speaker.home / "cache" / "xtts-v2", 1)
    return write_adapter(speaker.home / "data" / "models" / "anna", made).name


@pytest.mark.usefixtures("few_codes")
def test_an_adapter_at_strengths(speaker: Typist, adapter: str, output: Path) -> None:
    wishes = {
        "base": (),
        "whole": ("--model", adapter),
        "none": ("--model", adapter, "--strength", "0"),
        "half": ("--model", adapter, "--strength", "0.5"),
    }
    for name, options in wishes.items():
        speaker.enters("speak", TEXT, *VOICE, *options, "-o", str(output / f"{name}.wav"))
    sounds = {name: (output / f"{name}.wav").read_bytes() for name in wishes}
    assert sounds["none"] == sounds["base"]
    assert len({sounds[name] for name in ("base", "half", "whole")}) == 3
    told = speaker.is_told("speak", TEXT, *VOICE, "--strength", "2", "-o", str(output / "a.wav"))
    assert told.startswith("--strength: ")


@pytest.mark.usefixtures("few_codes")
def test_a_book_remembers_its_strength(speaker: Typist, adapter: str, output: Path, tmp_path: Path) -> None:
    book = ("book", str(small_book(tmp_path / "a.epub", {"One": "It was early."})), "-o", str(output))
    speaker.enters(*book, *VOICE, "--model", adapter, "--strength", "0.5")
    sound = (output / "01 - One.mp3").read_bytes()
    assert json.loads((output / "book.json").read_text(encoding="utf-8"))["settings"]["strength"] == 0.5
    assert "strength was 0.5, now 1.0" in speaker.is_told(*book, "--strength", "1")
    speaker.enters(*book, "--strength", "1", "--again")
    assert (output / "01 - One.mp3").read_bytes() != sound
    write_adapter(speaker.home / "data" / "models" / "anna", made_adapter(speaker.home / "cache" / "xtts-v2", 2))
    card = speaker.home / "data" / "models" / "anna" / "card.json"
    card.write_text(card.read_text(encoding="utf-8").replace("2030", "2031"), encoding="utf-8")
    assert "the model of that name is another one now" in speaker.is_told(*book)


def test_a_book_begun_before_there_were_strengths_goes_on() -> None:
    """Its chapters are known by what they were made with, which was strength 1."""
    chapter = Chapter("One", "Hi.")

    def fingerprint(**settings: float) -> str:
        return BookState(
            title="", source="", audio_format="mp3", settings={"seed": 1, **settings}, voice="", model=""
        ).fingerprint(chapter)

    assert fingerprint() == fingerprint(strength=1.0) != fingerprint(strength=0.5)
