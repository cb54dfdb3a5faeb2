"""Text and Markdown files to chapters."""

import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from xtts_studio.books.book import Book, Chapter, short_title, spoken_language, tidy_chapters

_GAP = re.compile(r"\n[^\S\n]*+\n\s*+")
_WIDE_GAP = re.compile(r"\n(?:[^\S\n]*+\n){2,}+")
_PARTS = (
    "chapter|part|book|volume|act|letter|prologue|epilogue|introduction|preface|foreword|afterword|appendix|interlude|"
    "kapitel|teil|buch|band|prolog|epilog|einleitung|vorwort|nachwort|chapitre|partie|livre|tome|prologue|épilogue|"
    "capítulo|parte|libro|livro|prólogo|epílogo|introducción|introdução|capitolo|prologo|epilogo|introduzione|"
    "rozdział|część|księga|wstęp|bölüm|kısım|giriş|глава|часть|книга|том|пролог|эпилог|введение|предисловие|hoofdstuk|"
    "deel|boek|proloog|epiloog|kapitola|část|kniha|předmluva|fejezet|rész|könyv|előszó|الفصل|الباب|الجزء|अध्याय|भाग|खंड"
)
_NAMED = re.compile(rf"(?:{_PARTS})\b.{{0,80}}|\d{{1,3}}\. (?:fejezet|rész)\b.{{0,80}}", re.IGNORECASE)
_ASIAN = re.compile(
    r"第\s?[0-9０-９〇零一二三四五六七八九十百千两]{1,8}\s?[章回节節部卷話话編篇幕].{0,60}|제\s?\d{1,4}\s?[장부편화].{0,60}"
)
_NUMERAL = re.compile(r"(?:\d{1,3}|[IVXLC]{1,8})\.?")
_ENDS_A_SENTENCE = re.compile(r"[.,;:!?…。！？][\"'”’»)]*$")
_GUTENBERG = re.compile(r"\*\*\* ?(START|END) OF (?:THE|THIS) PROJECT GUTENBERG EBOOK[^\n]*")
_FRONT_MATTER = re.compile(r"---\n(.{0,5000}?)\n(?:---|\.\.\.)\n", re.DOTALL)
_FIELD = re.compile(r"(title|author|lang|language):\s*[\"']?(.*?)[\"']?\s*")
_MOST_HEADING = 100


def read_text(text: str, path: Path) -> Book:
    """Chapters begin at headings: "Chapter 1", "Глава 1", "第一章"; where there are none, at numerals that stand alone;
    else at short lines behind two empty ones. A text without any is one chapter."""
    text, notices = _without_licence(text.replace("\r\n", "\n").replace("\r", "\n").strip())
    after_wide_gap = {block.strip() for block in _after_wide_gaps(text)}
    blocks = [block.strip() for block in _GAP.split(text) if block.strip()]

    def is_short_line(block: str) -> bool:
        lines = block in after_wide_gap or block.isupper()
        return lines and "\n" not in block and len(block) <= 60 and not _ENDS_A_SENTENCE.search(block)

    kinds: tuple[Callable[[str], bool], ...] = (_is_named, _is_numeral, is_short_line)
    for is_heading in kinds:
        headings = [number for number, block in enumerate(blocks) if is_heading(block)]
        if len(headings) > 1 and (is_heading is _is_named or len(headings) * 2 <= len(blocks)):
            break
    else:
        headings = [number for number, block in enumerate(blocks) if _is_named(block)]
    chapters = [Chapter("", "\n\n".join(blocks[: headings[0] if headings else None]))]
    for start, end in pairwise([*headings, len(blocks)]):
        title = ": ".join(line.strip(" .:") for line in blocks[start].split("\n"))
        chapters.append(Chapter(title, "\n\n".join(blocks[start:end])))
    return Book(title=path.stem, chapters=_opened(tidy_chapters(chapters), path.stem), notices=notices)


def read_markdown(text: str, path: Path) -> Book:
    """Chapters begin at the headings of the highest level that comes twice or more. Code and HTML are left out."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    fields: dict[str, str] = {}
    if front := _FRONT_MATTER.match(text):
        fields = {found[1]: found[2] for line in front[1].split("\n") if (found := _FIELD.fullmatch(line))}
        text = text[front.end() :]
    paragraphs, notices = _markdown_paragraphs(text)
    levels = [level for level, _ in paragraphs if level]
    level = next((level for level in sorted(set(levels)) if levels.count(level) > 1), min(levels, default=0))
    title = fields.get("title") or next((words for own, words in paragraphs if own and own < level), "")
    chapters = [Chapter("", "")]
    for own, words in paragraphs:
        if own and own <= level:
            chapters.append(Chapter(words, words))
        else:
            chapters[-1] = Chapter(chapters[-1].title, f"{chapters[-1].text}\n\n{words}".strip())
    return Book(
        title=short_title(title) or path.stem,
        chapters=_opened(tidy_chapters(chapters), title or path.stem),
        author=fields.get("author", ""),
        language=spoken_language(fields.get("language") or fields.get("lang")),
        notices=notices,
    )


def _opened(chapters: list[Chapter], title: str) -> list[Chapter]:
    """Text before the first heading is named after the book."""
    return [Chapter(chapter.title or short_title(title), chapter.text) for chapter in chapters]


def _is_named(block: str) -> bool:
    first, *others = block.split("\n")
    is_short = len(others) <= 2 and len(block) <= _MOST_HEADING
    # "Part of him wanted to go." begins as a heading does.
    return bool(
        is_short
        and (
            _ASIAN.fullmatch(first.strip())
            or (_NAMED.fullmatch(first.strip()) and not first.rstrip().endswith((",", ";")))
        )
        and (_looks_titled(first.strip()))
    )


def _looks_titled(line: str) -> bool:
    """Is a number, a name in capitals or nothing behind the first word?"""
    words = line.split()
    if len(words) == 1 or not words[0][0].isascii() or line[0].isdigit():
        return True
    second = words[1].strip(".:—–-")
    numbered = bool(re.fullmatch(r"\d{1,4}|[IVXLCivxlc]{1,8}", second)) or second == ""
    return numbered or (line[0].isupper() and second[:1].isupper())


def _is_numeral(block: str) -> bool:
    first, *others = block.split("\n")
    return _NUMERAL.fullmatch(first.strip()) is not None and len(others) <= 1 and len(block) <= _MOST_HEADING


def _after_wide_gaps(text: str) -> list[str]:
    """The blocks that two or more empty lines stand before."""
    return [_GAP.split(part.strip(), maxsplit=1)[0] for part in _WIDE_GAP.split(text) if part.strip()]


def _without_licence(text: str) -> tuple[str, list[str]]:
    """Project Gutenberg's books carry a licence before and after the text."""
    marks = {found[1]: found for found in _GUTENBERG.finditer(text)}
    start, end = marks.get("START"), marks.get("END")
    if start is None or (end is not None and end.start() < start.end()):
        return text, []
    return text[start.end() : end.start() if end else None].strip(), ["The licence around the text is left out."]


def _markdown_paragraphs(text: str) -> tuple[list[tuple[int, str]], list[str]]:
    """Paragraphs with their heading's level, 0 for text."""
    paragraphs: list[tuple[int, str]] = []
    left_out: set[str] = set()
    level, cells = 0, [""]
    for token in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text):
        match token.type:
            case "heading_open":
                level = int(token.tag[1:])
            case "tr_open":
                cells = []
            case "inline" if token.level and _in_row(cells):
                cells.append(_inline(token))
            case "tr_close":
                paragraphs.append((0, ", ".join(filter(None, cells))))
                cells = [""]
            case "inline":
                paragraphs.append((level, _inline(token)))
                level = 0
            case "fence" | "code_block":
                left_out.add("code")
            case "html_block" if re.sub(r"<!--.*?-->|\s", "", token.content, flags=re.DOTALL):
                left_out.add("HTML")
            case _:
                pass
    notices = [f"The {what} in the text is left out." for what in sorted(left_out)]
    return [(level, words) for level, words in paragraphs if words], notices


def _in_row(cells: list[str]) -> bool:
    return cells != [""]


def _inline(token: Token) -> str:
    """What is read of a line: pictures, HTML and marks of notes are not."""
    pieces = []
    for child in token.children or []:
        if child.type in ("text", "code_inline"):
            pieces.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            pieces.append("\n")
    return re.sub(r"\[\^[^\]\n]{1,40}\]:?", "", "".join(pieces)).strip()
