"""What every kind of book becomes."""

from dataclasses import dataclass, field

from xtts_studio.text.languages import LANGUAGES


@dataclass(frozen=True)
class Chapter:
    """A chapter: its title, and its text with an empty line between paragraphs. The text begins with its heading."""

    title: str
    text: str


@dataclass(frozen=True)
class Book:
    """`language` is one that can be spoken ("en", "zh-cn"), or None where the file doesn't say."""

    title: str
    chapters: list[Chapter]
    author: str = ""
    language: str | None = None
    notices: list[str] = field(default_factory=list)


def spoken_language(code: str | None) -> str | None:
    """`en-US` -> `en`, `zh` -> `zh-cn`; None for a language that can't be spoken."""
    row = LANGUAGES.get((code or "").strip().lower().replace("_", "-").split("-")[0])
    return row.tag if row else None


def tidy_chapters(chapters: list[Chapter]) -> list[Chapter]:
    """Chapters that have something to say. One that is only a heading ("Part One") opens the one after it, unless its
    title comes again later: then it is a line of a table of contents."""
    titles = [chapter.title for chapter in chapters]
    done: list[Chapter] = []
    opening = ""
    for number, chapter in enumerate(chapters):
        text = chapter.text.strip()
        if _says_nothing(text):
            continue
        if len(text) <= len(chapter.title) + 100 and _is_heading(chapter) and number + 1 < len(chapters):
            if chapter.title not in titles[number + 1 :]:
                opening += text + "\n\n"
            continue
        done.append(Chapter(short_title(chapter.title), opening + text))
        opening = ""
    if opening and done:
        done[-1] = Chapter(done[-1].title, f"{done[-1].text}\n\n{opening.strip()}")
    return done or ([Chapter("", opening.strip())] if opening else [])


def short_title(title: str, most: int = 120) -> str:
    """On one line, and not endless."""
    title = " ".join(title.split())
    return title if len(title) <= most else title[: most - 1].rstrip() + "…"


def _says_nothing(text: str) -> bool:
    return not any(map(str.isalnum, text))


def _is_heading(chapter: Chapter) -> bool:
    """Does the text say no more than the title?"""
    return _letters(chapter.title).startswith(_letters(chapter.text[: len(chapter.title) + 100]))


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()
