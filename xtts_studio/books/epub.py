"""EPUB 2 and 3 to chapters: the reading order of the package, titles of its table of contents or of headings."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree.ElementTree import Element

from xtts_studio.books.archive import Archive, protected, resolved
from xtts_studio.books.book import Book, Chapter, spoken_language, tidy_chapters
from xtts_studio.books.encodings import declared_encoding, decode
from xtts_studio.books.html import Paragraph, read_paragraphs
from xtts_studio.errors import BookError

_CONTAINER, _ENCRYPTION = "META-INF/container.xml", "META-INF/encryption.xml"
# Fonts are often scrambled, which is no protection of the text.
_FONT_SCRAMBLING = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
_TEXT_TYPES = ("application/xhtml+xml", "text/html", "text/x-oeb1-document", "application/x-dtbook+xml")
_TOC_DEPTH = 2


def read_epub(path: Path) -> Book:
    """The book in an EPUB file. Raises `BookError` for one that is broken, protected or has no text."""
    with closing(Archive(path)) as archive:
        _refuse_protected(archive)
        package = _Package(archive)
        titles = _Titles(package)
        chapters, notices = _chapters(package, titles)
    if not chapters:
        raise BookError(f"{path.name!r} has no text that can be read.", hint="A book of scanned pages has none.")
    return Book(
        title=package.metadata("title") or path.stem,
        author=", ".join(package.all_metadata("creator")),
        language=spoken_language(package.metadata("language")),
        chapters=chapters,
        notices=notices,
    )


def _refuse_protected(archive: Archive) -> None:
    if _ENCRYPTION not in archive:
        return
    for element in _all(archive.xml(_ENCRYPTION), "EncryptedData"):
        methods = {method.get("Algorithm") for method in _all(element, "EncryptionMethod")}
        if not methods <= set(_FONT_SCRAMBLING):
            raise protected()


@dataclass(frozen=True)
class _Item:
    path: str
    media_type: str
    properties: str


class _Package:
    """The package document: what belongs to the book, and in which order it is read."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        roots = [root.get("full-path") for root in _all(archive.xml(_CONTAINER), "rootfile")]
        if not roots or not roots[0]:
            raise BookError("The EPUB doesn't say where its contents are.", hint="Fetch it again.")
        self.path = resolved("", roots[0])[0]
        self.root = archive.xml(self.path)
        self.items = {
            item.get("id", ""): _Item(
                resolved(self.path, item.get("href", ""))[0], item.get("media-type", ""), item.get("properties", "")
            )
            for item in _all(self.root, "item")
        }

    def metadata(self, name: str) -> str:
        return next(iter(self.all_metadata(name)), "")

    def all_metadata(self, name: str) -> list[str]:
        texts = (" ".join("".join(element.itertext()).split()) for element in _all(self.root, name))
        return [text for text in texts if text]

    def reading_order(self) -> list[str]:
        """The paths of the text documents that are read one after the other, without the table of contents."""
        order = (
            self.items.get(ref.get("idref", "")) for ref in _all(self.root, "itemref") if ref.get("linear") != "no"
        )
        return [
            item.path
            for item in order
            if item and item.media_type in _TEXT_TYPES and "nav" not in item.properties.split()
        ]

    def nav(self) -> str | None:
        return next((item.path for item in self.items.values() if "nav" in item.properties.split()), None)

    def ncx(self) -> str | None:
        return next((i.path for i in self.items.values() if i.media_type == "application/x-dtbncx+xml"), None)


@dataclass
class _Titles:
    """The table of contents: titles by path and anchor, of EPUB 3's nav or else EPUB 2's ncx."""

    package: _Package
    found: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for read, path in ((self._read_nav, self.package.nav()), (self._read_ncx, self.package.ncx())):
            if path is not None and path in self.package.archive and not self.found:
                try:
                    read(path)
                except BookError:  # a book can be read without its table of contents
                    self.found.clear()

    def of(self, path: str) -> dict[str, str]:
        """Titles of a document by anchor; "" for its beginning."""
        return self.found.get(path, {})

    def _read_nav(self, path: str) -> None:
        root = self.package.archive.xml(path)
        navs = [nav for nav in _all(root, "nav") if "toc" in (_attribute(nav, "type") or "").split()]
        for nav in navs[:1] or list(_all(root, "nav"))[:1]:
            self._read_list(path, nav, 1)

    def _read_list(self, path: str, parent: Element, depth: int, within: str | None = None) -> None:
        for entry in (entry for listed in parent if _name(listed) == "ol" for entry in listed):
            link = next((child for child in entry if _name(child) == "a"), None)
            leads_to = within
            if link is not None:
                leads_to = self._add(path, link.get("href", ""), "".join(link.itertext()), within)
            if depth < _TOC_DEPTH:
                self._read_list(path, entry, depth + 1, leads_to)

    def _read_ncx(self, path: str) -> None:
        for entry_map in _all(self.package.archive.xml(path), "navMap"):
            self._read_points(path, entry_map, 1)

    def _read_points(self, path: str, parent: Element, depth: int, within: str | None = None) -> None:
        for point in (child for child in parent if _name(child) == "navPoint"):
            label = next((child for child in point if _name(child) == "navLabel"), None)
            content = next((child for child in point if _name(child) == "content"), None)
            leads_to = within
            if label is not None and content is not None:
                leads_to = self._add(path, content.get("src", ""), "".join(label.itertext()), within)
            if depth < _TOC_DEPTH:
                self._read_points(path, point, depth + 1, leads_to)

    def _add(self, base: str, link: str, title: str, within: str | None) -> str:
        """Gives the document that an entry leads to. One within its parent's document is a section, no chapter."""
        path, anchor = resolved(base, link)
        title = " ".join(title.split())
        if title and path != within:
            self.found.setdefault(path, {}).setdefault(anchor, title)
        return path


def _chapters(package: _Package, titles: _Titles) -> tuple[list[Chapter], list[str]]:
    chapters: list[Chapter] = []
    notices: list[str] = []
    for path in package.reading_order():
        try:
            data = package.archive.read(path)
        except BookError as error:
            if path in package.archive:
                raise
            notices.append(f"{error.message} It is left out.")
            continue
        document, notice = decode(data, declared_encoding(data))
        notices += [f"{path}: {notice}"] if notice else []
        _add_document(chapters, document, titles, path)
    return tidy_chapters(chapters), notices


def _add_document(chapters: list[Chapter], document: str, titles: _Titles, path: str) -> None:
    """Adds the chapters of a document; text before its first title goes on with the chapter before."""
    of_document = titles.of(path)
    paragraphs = read_paragraphs(document, of_document)
    for number, (title, part) in enumerate(_parts(paragraphs, of_document)):
        text = "\n\n".join(paragraph.text for paragraph in part if paragraph.text)
        if (
            number == 0 and title is None and not titles.found
        ):  # nothing tells of chapters: a document with a heading is one
            title = next((paragraph.text for paragraph in part[:3] if paragraph.level), None)
        if title is None and chapters:
            chapters[-1] = Chapter(chapters[-1].title, f"{chapters[-1].text}\n\n{text}".strip())
        else:
            chapters.append(Chapter(title or "", text))


def _parts(paragraphs: list[Paragraph], titles: dict[str, str]) -> Iterator[tuple[str | None, list[Paragraph]]]:
    """The paragraphs of each title; None for those before the first."""
    title = titles.get("")
    part: list[Paragraph] = []
    for paragraph in paragraphs:
        begun = next((titles[anchor] for anchor in paragraph.anchors if anchor in titles), None)
        if begun is not None and (part or title is None or begun != title):
            if part or title is not None:
                yield title, part
            title, part = begun, []
        part.append(paragraph)
    yield title, part


def _all(root: Element, name: str) -> Iterable[Element]:
    """Elements of a name, whatever their namespace."""
    return (element for element in root.iter() if _name(element) == name)


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _attribute(element: Element, name: str) -> str | None:
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), None)
