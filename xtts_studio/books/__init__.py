"""Books: EPUB, text and Markdown files to chapters of plain text."""

from pathlib import Path

from xtts_studio.books.book import Book, Chapter
from xtts_studio.errors import BookError

__all__ = ["Book", "BookError", "Chapter", "read_book"]

MOST_BYTES = 256 * 1024**2


def read_book(path: Path, language: str | None = None) -> Book:
    """The book in a file; chapters are never empty. Raises `BookError` where it can't be read.

    The language, where it is known, helps with a text that doesn't say how it is encoded.
    """
    if not path.is_file():
        raise BookError(f"{str(path)!r} is no file.", hint="Name an EPUB, text or Markdown file.")
    with path.open("rb") as file:
        begins = file.read(8)
    if begins.startswith(b"PK\x03\x04") or path.suffix.lower() == ".epub":
        from xtts_studio.books.epub import read_epub

        return read_epub(path)
    if begins.startswith((b"%PDF", b"\xd0\xcf\x11\xe0", b"{\\rtf", b"TPZ")) or path.suffix.lower() in (
        ".mobi",
        ".azw3",
    ):
        raise BookError(f"{path.name!r} is neither EPUB, text nor Markdown.", hint="Convert it to EPUB first.")
    return _read_plain(path, language)


def _read_plain(path: Path, language: str | None) -> Book:
    from xtts_studio.books.encodings import decode, is_text
    from xtts_studio.books.plain import read_markdown, read_text

    if path.stat().st_size > MOST_BYTES:
        raise BookError(f"{path.name!r} is larger than {MOST_BYTES // 1024**2} MB; no text is that long.")
    data = path.read_bytes()
    if not is_text(data):
        raise BookError(f"{path.name!r} is no text.", hint="Name an EPUB, text or Markdown file.")
    text, notice = decode(data, language=language)
    read = read_markdown if path.suffix.lower() in (".md", ".markdown") else read_text
    book = read(text, path)
    if not book.chapters:
        raise BookError(f"{path.name!r} has no text that can be read.")
    book.notices.extend([notice] if notice else [])
    return book
