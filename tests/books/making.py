"""Small EPUBs, made file by file."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

CONTAINER = """<?xml version="1.0"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>"""


def page(body: str, encoding: str = "utf-8") -> bytes:
    """An XHTML document."""
    document = f"""<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops">
<head><title>Unread</title><style>p {{ color: red }}</style><script src="x.js"/></head><body>{body}</body></html>"""
    return document.encode(encoding, "xmlcharrefreplace")


def nav(entries: str) -> bytes:
    """A table of contents as EPUB 3 has it."""
    return page(
        f'<nav epub:type="landmarks"><ol><li><a href="x">No</a></li></ol></nav><nav epub:type="toc">{entries}</nav>'
    )


def ncx(points: str) -> bytes:
    """A table of contents as EPUB 2 has it."""
    return f"""<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap>{points}</navMap></ncx>""".encode()


def package(documents: Sequence[str], language: str = "en-GB", extra: str = "", spine: str = "") -> bytes:
    """A package document with these documents in reading order."""
    items = "".join(
        f'<item id="d{n}" href="{name}" media-type="application/xhtml+xml"/>' for n, name in enumerate(documents)
    )
    order = "".join(f'<itemref idref="d{n}"/>' for n in range(len(documents)))
    return f"""<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>The Harbour</dc:title><dc:creator>A. Writer</dc:creator>
<dc:language>{language}</dc:language></metadata><manifest>{items}{extra}</manifest><spine>{order}{spine}</spine>
</package>""".encode()


def write_epub(path: Path, files: Mapping[str, bytes], container: str | None = CONTAINER) -> Path:
    """An EPUB of files below OEBPS; `../` leads out of it."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        if container is not None:
            archive.writestr("META-INF/container.xml", container)
        for name, data in files.items():
            archive.writestr(name.removeprefix("../") if name.startswith("../") else f"OEBPS/{name}", data)
    return path


def small_book(path: Path, chapters: Mapping[str, str], language: str = "en-GB") -> Path:
    """A book of chapters: their titles and their paragraphs, parted by empty lines."""
    pages = {
        f"c{number}.xhtml": page(
            f"<h1>{title}</h1>" + "".join(f"<p>{paragraph}</p>" for paragraph in text.split("\n\n"))
        )
        for number, (title, text) in enumerate(chapters.items(), start=1)
    }
    entries = "".join(f'<li><a href="{name}">{title}</a></li>' for name, title in zip(pages, chapters, strict=True))
    item = '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
    return write_epub(
        path, {"book.opf": package(list(pages), language, item), "nav.xhtml": nav(f"<ol>{entries}</ol>"), **pages}
    )
