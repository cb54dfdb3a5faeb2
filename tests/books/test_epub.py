"""EPUBs as shops and people make them, and as somebody with ill will does."""

from __future__ import annotations

import io
import time
import zipfile
from pathlib import Path

import pytest

from tests.books.making import CONTAINER, nav, ncx, package, page, small_book, write_epub
from xtts_studio.books import Book, read_book
from xtts_studio.errors import BookError

NAV = '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
NCX = '<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>'
BODY = "<p>It was early. The boat left.</p>"


def titles(book: Book) -> list[str]:
    return [chapter.title for chapter in book.chapters]


def text_of(tmp_path: Path, body: str) -> str:
    book = read_book(write_epub(tmp_path / "a.epub", {"book.opf": package(["a.xhtml"]), "a.xhtml": page(body)}))
    assert len(book.chapters) == 1
    return book.chapters[0].text


def test_a_book_is_read_in_its_order_with_its_titles(tmp_path: Path) -> None:
    path = small_book(tmp_path / "a.epub", {"One": "First.\n\nSecond.", "Two & more": "Third."})
    book = read_book(path)
    assert (book.title, book.author, book.language, book.notices) == ("The Harbour", "A. Writer", "en", [])
    assert titles(book) == ["One", "Two & more"]
    assert book.chapters[0].text == "One\n\nFirst.\n\nSecond."


@pytest.mark.parametrize(
    ("code", "language"), [("en-US", "en"), ("ZH-Hant", "zh-cn"), ("pt_BR", "pt"), ("sv", None), ("", None)]
)
def test_the_language_is_the_books(code: str, language: str | None, tmp_path: Path) -> None:
    assert read_book(small_book(tmp_path / "a.epub", {"One": "First."}, code)).language == language


def test_titles_of_the_older_kind_and_anchors_in_one_document(tmp_path: Path) -> None:
    point = '<navPoint><navLabel><text>{0}</text></navLabel><content src="{1}"/>{2}</navPoint>'
    points = point.format("Part One", "a.xhtml#p1", point.format("Chapter 1", "b%20b.xhtml#one", ""))
    points += point.format("Chapter 2", "b%20b.xhtml#two", "")
    body = f'<h2 id="one">Chapter 1</h2>{BODY}<p>End of one.</p><div id="two"><h2>Chapter 2</h2>{BODY}</div>'
    files = {
        "book.opf": package(["a.xhtml", "b%20b.xhtml"], extra=NCX),
        "toc.ncx": ncx(points),
        "a.xhtml": page('<h1 id="p1">Part One</h1>'),
        "b b.xhtml": page(body),
    }
    book = read_book(write_epub(tmp_path / "a.epub", files))
    assert titles(book) == ["Chapter 1", "Chapter 2"]
    assert book.chapters[0].text.startswith("Part One\n\nChapter 1\n\nIt was early.")
    assert book.chapters[0].text.endswith("End of one.")
    assert book.chapters[1].text.startswith("Chapter 2\n\nIt was early.")


def test_sections_are_no_chapters_and_a_chapter_may_go_on_in_another_document(tmp_path: Path) -> None:
    entries = """<ol><li><a href="a.xhtml">One</a><ol><li><a href="a.xhtml#s">A section</a></li></ol></li>
        <li><span>A part</span><ol><li><a href="c.xhtml">Two</a></li></ol></li></ol>"""
    files = {
        "book.opf": package(["a.xhtml", "b.xhtml", "c.xhtml"], extra=NAV, spine='<itemref idref="nav"/>'),
        "nav.xhtml": nav(entries),
        "a.xhtml": page(f"<h1>One</h1>{BODY}<h2 id='s'>A section</h2>{BODY}"),
        "b.xhtml": page("<p>Still the first.</p>"),
        "c.xhtml": page(f"<h1>Two</h1>{BODY}"),
    }
    book = read_book(write_epub(tmp_path / "a.epub", files))
    assert titles(book) == ["One", "Two"]
    assert book.chapters[0].text.endswith("Still the first.")


def test_without_a_table_of_contents_headings_tell_the_chapters(tmp_path: Path) -> None:
    files = {
        "book.opf": package(["a.xhtml", "b.xhtml", "c.xhtml"], extra=NAV),
        "nav.xhtml": b"<nav><broken",
        "a.xhtml": page(f"<h2>One<br/>of two</h2>{BODY}"),
        "b.xhtml": page(BODY),
        "c.xhtml": page(f"<h2>Two</h2>{BODY}"),
    }
    assert titles(read_book(write_epub(tmp_path / "a.epub", files))) == ["One of two", "Two"]


def test_what_is_no_text_is_not_read(tmp_path: Path) -> None:
    body = """<section epub:type="toc"><p>No.</p></section><p>A wo<b>rd</b><a epub:type="noteref" href="#n">1</a> and
        <sup><a href="#n">2</a></sup> x<sup>2</sup>, <i>more</i><a href="#n">[3]</a>.
        <span epub:type="pagebreak">9</span></p>
        <aside epub:type="footnote" id="n"><p>No.</p><aside><p>No.</p></aside></aside><p hidden="hidden">No.</p>
        <p style="display: none">No.</p><p><ruby>漢<rp>(</rp><rt>No.</rt><rp>)</rp></ruby>&nbsp;and &eacute;<br/>
        line</p><svg><text>No.</text></svg><table><tr><td>a</td><td>b</td></tr></table>
        <img alt="No."/><div>Last<p>one.</p></div>"""
    assert text_of(tmp_path, body) == "A word and x2, more.\n\n漢 and é\nline\n\na b\n\nLast\n\none."


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "windows-1251", "iso-8859-1"])
def test_documents_say_their_encoding(encoding: str, tmp_path: Path) -> None:
    word = "Привет" if encoding != "iso-8859-1" else "façade"
    document = page("<p>WORD</p>", "ascii").decode().replace("ascii", encoding).replace("WORD", word).encode(encoding)
    files = {"book.opf": package(["a.xhtml"]), "a.xhtml": document}
    assert read_book(write_epub(tmp_path / "a.epub", files)).chapters[0].text == word


def test_a_document_that_is_missing_is_told(tmp_path: Path) -> None:
    files = {"book.opf": package(["a.xhtml", "gone.xhtml"]), "a.xhtml": page(BODY)}
    book = read_book(write_epub(tmp_path / "a.epub", files))
    assert len(book.chapters) == 1
    assert "gone.xhtml" in book.notices[0]


def _scrambled(algorithm: str) -> bytes:
    return f"""<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><e:EncryptedData
        xmlns:e="http://www.w3.org/2001/04/xmlenc#"><e:EncryptionMethod Algorithm="{algorithm}"/></e:EncryptedData>
        </encryption>""".encode()


def test_a_protected_book_is_refused_but_scrambled_fonts_are_not(tmp_path: Path) -> None:
    files = {"book.opf": package(["a.xhtml"]), "a.xhtml": page(BODY)}
    fonts = {"../META-INF/encryption.xml": _scrambled("http://www.idpf.org/2008/embedding")}
    assert read_book(write_epub(tmp_path / "a.epub", files | fonts)).chapters
    whole = {"../META-INF/encryption.xml": _scrambled("http://www.w3.org/2001/04/xmlenc#aes128-cbc")}
    with pytest.raises(BookError, match="DRM"):
        read_book(write_epub(tmp_path / "b.epub", files | whole))


def test_a_bomb_does_not_unpack(tmp_path: Path) -> None:
    files = {"book.opf": package(["a.xhtml"]), "a.xhtml": page("<p>" + "a" * 40_000_000 + "</p>")}
    path = write_epub(tmp_path / "a.epub", files)
    assert path.stat().st_size < 100_000
    started = time.process_time()
    with pytest.raises(BookError, match="unpacks to more than 32 MB"):
        read_book(path)
    assert time.process_time() - started < 5


def test_entities_that_multiply_are_refused(tmp_path: Path) -> None:
    laughs = b"<!DOCTYPE package [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'>]>"
    opf = package(["a.xhtml"]).replace(b'<?xml version="1.0"?>', b'<?xml version="1.0"?>' + laughs)
    with pytest.raises(BookError, match="entities"):
        read_book(write_epub(tmp_path / "a.epub", {"book.opf": opf, "a.xhtml": page(BODY)}))


def _cut(path: Path) -> bytes:
    return path.read_bytes()[:-40]


def test_what_is_no_book_is_told_in_sentences(tmp_path: Path) -> None:
    good = write_epub(tmp_path / "good.epub", {"book.opf": package(["a.xhtml"]), "a.xhtml": page(BODY)})
    (tmp_path / "cut.epub").write_bytes(_cut(good))
    (tmp_path / "text.epub").write_bytes(b"Not a book.")
    (tmp_path / "empty.epub").write_bytes(b"")
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7")
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w") as archive:
        archive.writestr("a.txt", "Hello.")
    (tmp_path / "other.epub").write_bytes(plain.getvalue())
    write_epub(tmp_path / "blank.epub", {"book.opf": package(["a.xhtml"]), "a.xhtml": page("<img src='a.png'/>")})
    write_epub(tmp_path / "opf.epub", {"book.opf": b"<package><"})
    write_epub(tmp_path / "lost.epub", {}, CONTAINER)
    for name in (
        "cut.epub",
        "text.epub",
        "empty.epub",
        "a.pdf",
        "other.epub",
        "blank.epub",
        "opf.epub",
        "lost.epub",
        "x",
    ):
        with pytest.raises(BookError) as error:
            read_book(tmp_path / name)
        assert error.value.message.endswith((".", "!"))


@pytest.mark.parametrize("damaged", range(0, 1200, 40))
def test_a_damaged_byte_is_a_book_or_an_error(damaged: int, tmp_path: Path) -> None:
    path = small_book(tmp_path / "a.epub", {"One": "First.", "Two": "Second."})
    data = bytearray(path.read_bytes())
    data[damaged % len(data)] ^= 0xFF
    path.write_bytes(data)
    try:
        assert read_book(path).chapters
    except BookError as error:
        message = error.message
        assert message
