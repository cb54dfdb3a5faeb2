# ruff: noqa: SIM905  (tables of words read better as text)
"""XHTML and HTML to paragraphs: what a person would read aloud, without footnote marks, scripts and page numbers."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from html.parser import HTMLParser

_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details div dl dt figcaption figure footer form h1 h2 h3 "
    "h4 h5 h6 header hr li main nav ol p pre section summary table tbody td tfoot th thead tr ul".split()
)
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_UNREAD = frozenset("script style head title template svg math audio video object iframe noscript rt rp select".split())
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_NOTES = frozenset(
    "noteref footnote footnotes endnote endnotes rearnote rearnotes pagebreak toc landmarks page-list index "
    "doc-noteref doc-footnote doc-endnote doc-endnotes doc-pagebreak doc-toc doc-index doc-pagelist".split()
)
_MARKS = {"sup", "a"}
_NOTE_NUMBER = re.compile(r"[\s\[(]*(?:\d{1,4}|[ivx]{1,5}|[a-z])[\])\s]*")
_NOTE_MARK = re.compile(r"\s*(?:\[\d{1,4}\]|[*†‡§¶]+)\s*")
_SPACE = re.compile(r"[^\S\n]+")


@dataclass
class Paragraph:
    """`level` 1 to 6 for headings, 0 for text; `anchors` are the ids that lie before its end."""

    text: str = ""
    level: int = 0
    anchors: list[str] = field(default_factory=list)


def read_paragraphs(document: str, anchors: Collection[str] = ()) -> list[Paragraph]:
    """The paragraphs of a document, and where in them the wanted anchors are. Broken markup is read as far as it goes.

    The last paragraph may be empty, for anchors behind all text.
    """
    reader = _Reader(frozenset(anchors))
    reader.feed(document)
    reader.close()
    reader.end_paragraph()
    return reader.paragraphs


class _Reader(HTMLParser):
    def __init__(self, anchors: frozenset[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.wanted = anchors
        self.paragraphs: list[Paragraph] = []
        self.pieces: list[str] = []
        self.anchors: list[str] = []
        self.level = 0
        self.unread_tag = ""  # the element that is passed over, and how many of its name are open within it
        self.unread_depth = 0
        self.mark: list[str] | None = None  # what stands within <sup> or <a>, which may be the mark of a note
        self.mark_tags: list[str] = []

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._note_anchor(attrs)
        if not self.unread_tag and tag in ("br", *_BLOCKS):
            self._break(tag)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            self.handle_startendtag(tag, attrs)
        elif self.unread_tag:
            self.unread_depth += tag == self.unread_tag
        else:
            self._open(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if self.unread_tag:
            self.unread_depth -= tag == self.unread_tag
            if not self.unread_depth:
                self.unread_tag = ""
        elif tag in _MARKS and tag in self.mark_tags:
            if tag == self.mark_tags[0]:
                self._end_mark()
        elif tag in _BLOCKS:
            self._break(tag)

    def handle_data(self, data: str) -> None:
        if not self.unread_tag:
            (self.pieces if self.mark is None else self.mark).append(data)

    def end_paragraph(self) -> None:
        self._end_mark()
        text = _SPACE.sub(" ", "".join(self.pieces).replace("\n", " ").replace("\r", " ").replace("\0", "\n"))
        text = "\n".join(line.strip() for line in text.split("\n")).strip()
        if text or self.anchors:
            self.paragraphs.append(Paragraph(text, self.level, self.anchors))
            self.anchors = []
        self.pieces = []

    def _open(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self._break(tag)
            self.level = _HEADINGS.index(tag) + 1 if tag in _HEADINGS else self.level
        self._note_anchor(attrs)
        if tag in _UNREAD or _is_apart(dict(attrs)):
            self.unread_tag, self.unread_depth = tag, 1
        elif tag in _MARKS:
            self.mark = self.mark or []
            self.mark_tags.append(tag)

    def _break(self, tag: str) -> None:
        if tag == "br":
            self.pieces.append("\0")  # told from the line ends of the source, which say nothing
            return
        if tag in ("td", "th") and any(map(str.strip, self.pieces)):
            self.pieces.append(" ")
            return
        self.end_paragraph()
        self.level = 0

    def _end_mark(self) -> None:
        """What was within <sup> or <a>: read, unless it is the mark of a note. A number alone may be a power."""
        if self.mark is not None:
            inside = "".join(self.mark)
            is_number = set(self.mark_tags) == _MARKS and _NOTE_NUMBER.fullmatch(inside)
            if not is_number and not _NOTE_MARK.fullmatch(inside):
                self.pieces.append(inside)
        self.mark, self.mark_tags = None, []

    def _note_anchor(self, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("id", "name") and value in self.wanted and value is not None:
                self.end_paragraph() if self.level == 0 else None
                self.anchors.append(value)


def _is_apart(attributes: dict[str, str | None]) -> bool:
    """Is this element no part of the text: a note, a mark, a page number, or hidden?"""
    kinds = f"{attributes.get('epub:type') or ''} {attributes.get('role') or ''}".lower().split()
    style = (attributes.get("style") or "").replace(" ", "").lower()
    return (
        not _NOTES.isdisjoint(kinds)
        or "hidden" in attributes
        or attributes.get("aria-hidden") == "true"
        or "display:none" in style
    )
