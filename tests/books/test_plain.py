"""Text and Markdown files: where chapters begin, and which letters the bytes are."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from xtts_studio.books import Book, read_book
from xtts_studio.books.blocks import MOST_CHARACTERS, blocks
from xtts_studio.books.encodings import decode, is_text
from xtts_studio.books.names import file_name
from xtts_studio.errors import BookError

PARAGRAPHS = "It was early in the morning.\nThe boat left.\n\nNobody saw it, and nobody asked.\n\n"


def read(tmp_path: Path, text: str, name: str = "a.txt") -> Book:
    (tmp_path / name).write_text(text, encoding="utf-8")
    return read_book(tmp_path / name)


def titles(book: Book) -> list[str]:
    return [chapter.title for chapter in book.chapters]


@pytest.mark.parametrize(
    "headings",
    [
        ["Chapter 1", "Chapter 2", "Chapter 3"],
        ["CHAPTER ONE", "CHAPTER TWO", "Epilogue"],
        ["Chapter I: The Boat", "Chapter II: The Sea"],
        ["Глава 1", "Глава 2. Море", "Эпилог"],
        ["Kapitel 1", "Kapitel 2"],
        ["Chapitre 1", "Chapitre 2"],
        ["第一章 出发", "第二章"],
        ["제 1 장", "제 2 장"],
        ["الفصل الأول", "الفصل الثاني"],
        ["अध्याय 1", "अध्याय 2"],
        ["1", "2", "3"],
        ["I.", "II.", "III."],
        ["THE BOAT", "THE SEA"],
    ],
)
def test_chapters_begin_at_their_headings(headings: list[str], tmp_path: Path) -> None:
    book = read(tmp_path, "\n\n".join(f"{heading}\n\n{PARAGRAPHS}" for heading in headings))
    assert titles(book) == [heading.rstrip(".") for heading in headings]
    assert book.chapters[0].text.startswith(headings[0])


def test_a_title_on_a_line_of_its_own(tmp_path: Path) -> None:
    book = read(tmp_path, f"Foreword to all.\n\nChapter 1\nThe Boat\n\n{PARAGRAPHS}Chapter 2\nThe Sea\n\n{PARAGRAPHS}")
    assert titles(book) == ["a", "Chapter 1: The Boat", "Chapter 2: The Sea"]


def test_short_lines_behind_wide_gaps_are_headings_where_there_are_no_others(tmp_path: Path) -> None:
    book = read(tmp_path, f"\n\n\nThe Boat\n\n{PARAGRAPHS}\n\n\nThe Sea\n\n{PARAGRAPHS}")
    assert titles(book) == ["The Boat", "The Sea"]


@pytest.mark.parametrize(
    "text", [PARAGRAPHS * 3, "Part of him wanted to go.\n\n" * 2 + PARAGRAPHS, "A line.\n\nNO!\n\nB."]
)
def test_a_text_without_headings_is_one_chapter(text: str, tmp_path: Path) -> None:
    assert titles(read(tmp_path, text)) == ["a"]


def test_a_table_of_contents_is_not_read_twice(tmp_path: Path) -> None:
    book = read(tmp_path, f"Chapter 1\n\nChapter 2\n\nChapter 1\n\n{PARAGRAPHS}Chapter 2\n\n{PARAGRAPHS}")
    assert titles(book) == ["Chapter 1", "Chapter 2"]
    assert book.chapters[0].text.count("Chapter 1") == 1


def test_the_licence_around_a_text_is_left_out(tmp_path: Path) -> None:
    mark = "*** {} OF THE PROJECT GUTENBERG EBOOK A BOOK ***"
    book = read(tmp_path, f"Terms.\n\n{mark.format('START')}\n\nHello.\n\n{mark.format('END')}\n\nMore terms.")
    assert book.chapters[0].text == "Hello."
    assert "licence" in book.notices[0]


def test_markdown_is_read_as_it_is_seen(tmp_path: Path) -> None:
    text = """---
title: A Book
lang: de
---
# A Title

## One

Some *words* and a [link](http://x.y "t"), ![No.](a.png) `code`[^1] [pause 500ms] and <b>bold</b>.

- first
- second

> quoted

| a | b |
|---|---|
| c | d |

```
No.
```

## Two

Second
---

Text.

[^1]: A note.
"""
    book = read(tmp_path, text, "a.md")
    assert (book.title, book.language) == ("A Book", "de")
    assert titles(book) == ["One", "Two", "Second"] or titles(book) == ["One", "Second"]
    body = "Some words and a link,  code [pause 500ms] and bold.\n\nfirst\n\nsecond\n\nquoted\n\na, b\n\nc, d"
    assert book.chapters[0].text == f"A Title\n\nOne\n\n{body}"
    assert book.notices == ["The code in the text is left out."]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_unicode_is_read_whatever_its_form(encoding: str) -> None:
    text = "A façade, and Привет.\n" * 20
    assert decode(text.encode(encoding))[0] == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Вот первая глава этой книги, в которой ничего не происходит. " * 20, "cp1251"),
        ("C’était déjà l’été, et le garçon était là, près de la fenêtre. " * 20, "cp1252"),
        ("Zażółć gęślą jaźń. Był to piękny dzień, więc poszedł. " * 20, "cp1250"),
        ("Bugün hava çok güzel, dışarı çıkalım. Şimdi değil, yarın gideriz. " * 20, "cp1254"),
        ("他说今天天气很好,我们去公园吧。" * 20, "gb18030"),
    ],
)
def test_older_encodings_are_guessed_and_told(text: str, encoding: str) -> None:
    language = {"cp1252": "fr", "cp1250": "pl", "cp1254": "tr"}.get(encoding)
    read_as, notice = decode(text.encode(encoding), language=language)
    assert read_as == text
    assert notice is not None
    assert "not UTF-8" in notice


@given(data=st.binary(max_size=300))
def test_any_bytes_are_some_text(data: bytes) -> None:
    assert isinstance(decode(data)[0], str)


@pytest.mark.parametrize("content", [b"", b" \n", b"...", b"\xff\xfe"])
def test_nothing_to_read_is_told(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(content)
    with pytest.raises(BookError, match="no text"):
        read_book(tmp_path / "a.txt")


@given(text=st.text(alphabet="ab. \n", max_size=400), most=st.integers(5, 80))
def test_blocks_lose_nothing_and_are_short(text: str, most: int) -> None:
    found = blocks(text, "en", most)
    assert "".join("".join(block.text for block in found).split()) == "".join(text.split())
    assert all(0 < len(block.text) <= most for block in found)


def test_blocks_are_whole_paragraphs_where_they_can_be() -> None:
    paragraph = "A sentence of this book. " * 40
    text = "\n\n".join([paragraph.strip()] * 6 + ["[pause 2s]", "b " * MOST_CHARACTERS])
    found = blocks(text, "en")
    assert [block.begins for block in found] == ["", "paragraph", "paragraph", "", "sentence"]
    assert found[0].text == "\n\n".join([paragraph.strip()] * 2)
    assert found[2].text.endswith("[pause 2s]")


@given(title=st.text(max_size=300), number=st.integers(1, 500))
def test_every_title_is_a_name_for_a_file(title: str, number: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    name = file_name(number, 500, title)
    assert name.startswith(f"{number:03} - ")
    assert "/" not in name
    path = tmp_path_factory.getbasetemp() / f"{name}.mp3"
    path.touch()
    path.unlink()


def test_sound_is_no_book(tmp_path: Path) -> None:
    for name, content in (("random.wav", random.Random(1).randbytes(5000)), ("zeros.txt", bytes(64))):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(BookError):
            read_book(tmp_path / name)


def test_texts_of_any_alphabet_are_texts() -> None:
    for text in ("Café au lait", "Привет, мир", "你好", "שלום"):
        for encoding in ("utf-8", "utf-16"):
            assert is_text(text.encode(encoding)), (text, encoding)
    assert is_text("Привет, мир".encode("cp1251"))
