"""A book spoken chapter by chapter into a folder, so that a break costs a few minutes of work at most.

<folder>/
    book.json           what was asked for, and what is done: see `BookState`
    01 - Title.mp3      one file for each chapter, whole
    .parts/<chapter>/   finished blocks of a chapter that is not done yet; gone when it is
"""

import hashlib
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from xtts_studio import events, shapes
from xtts_studio.audio.encode import SUFFIXES
from xtts_studio.audio.files import write_speech
from xtts_studio.audio.pcm import pcm16
from xtts_studio.books import Book, Chapter
from xtts_studio.books.blocks import Block, blocks
from xtts_studio.books.names import file_name
from xtts_studio.cli import console
from xtts_studio.cli.book_state import STATE, BookState, ChapterState
from xtts_studio.errors import TextError
from xtts_studio.workspace import Workspace, read_json, write_json, written_whole

PARTS = ".parts"
RATE_HZ = 24_000
_CHARACTERS_PER_S = 14
"""Of speech, about: for the progress bar only."""
_READ_BYTES = 1 << 20


class Narrator:
    """Speaks the chapters of one book."""

    def __init__(self, book: Book, state: BookState, folder: Path, workspace: Workspace) -> None:
        self.book, self.state, self.folder, self.workspace = book, state, folder, workspace
        self.kept = self.made = 0

    def narrate(self, numbers: list[int]) -> None:
        """Speaks the chapters of these numbers (from 1) that are not done yet.

        Raises what the step `speak` raises; what is done stays.
        """
        done = self._arrange()
        todo = [(number, self.book.chapters[number - 1]) for number in numbers if number not in done]
        self.kept = len(numbers) - len(todo)
        self._clean_up(done)
        self._save()
        with console.bar("Speaking") as bar:
            progress = _Progress(bar, sum(len(chapter.text) for _, chapter in todo))
            for number, chapter in todo:
                progress.title = f"{number}/{len(self.book.chapters)} {chapter.title}"
                self._narrate_chapter(number, chapter, progress)
                self.made += 1
        if len(numbers) == len(self.book.chapters):
            self._forget_others()
        with suppress(OSError):  # chapters that were not asked for may have parts there
            (self.folder / PARTS).rmdir()

    def _forget_others(self) -> None:
        """Removes chapters that the book has no more."""
        kept = list(self.state.done(self.book.chapters, self.folder).values())
        for chapter in self.state.chapters:
            if chapter not in kept and chapter.file and chapter.file not in {other.file for other in kept}:
                (self.folder / chapter.file).unlink(missing_ok=True)
        self.state.chapters = kept
        self._save()

    def _arrange(self) -> dict[int, ChapterState]:
        """Gives the chapters that are done the numbers and names that they have in the book now; returns them."""
        found = self.state.done(self.book.chapters, self.folder)
        moving: dict[str, ChapterState] = {}
        for number, done in found.items():
            chapter = self.book.chapters[number - 1]
            name = self._file(number, chapter)
            done.number, done.title = number, chapter.title
            if done.file not in (None, name):
                moving[name] = done
        current = {id(done) for done in found.values()}
        self.state.chapters = [done for done in self.state.chapters if id(done) in current or done.file not in moving]
        while moving:
            self._move_one(moving)
        return found

    def _move_one(self, moving: dict[str, ChapterState]) -> None:
        """Renames a file to a name that no other file has yet to leave; one steps aside where all wait for another."""
        held = {done.file for done in moving.values()}
        name = next((name for name in moving if name not in held), None)
        done = next(iter(moving.values())) if name is None else moving.pop(name)
        old, done.file = str(done.file), name or f".{done.file}.moving"
        (self.folder / old).replace(self.folder / done.file)
        self._save()

    def _narrate_chapter(self, number: int, chapter: Chapter, progress: "_Progress") -> None:
        fingerprint = self.state.fingerprint(chapter)
        parts = self.folder / PARTS / fingerprint
        parts.mkdir(parents=True, exist_ok=True)
        notices: list[str] = []
        chapter_blocks = blocks(chapter.text, str(self.state.settings["language"]))
        for place, block in enumerate(chapter_blocks):
            notices += self._part(
                parts / f"{place:05}", block, _seed(self.state.settings["seed"], chapter, place), progress
            )
        name = self._file(number, chapter)
        self.state.chapters = [done for done in self.state.chapters if done.file != name]  # it is written over
        self._save()
        audio_s = self._write(name, number, chapter, list(self._sound(parts, chapter_blocks)))
        self._finish(
            ChapterState(
                number=number,
                title=chapter.title,
                file=name if audio_s else None,
                fingerprint=fingerprint,
                audio_s=round(audio_s, 3),
                notices=list(dict.fromkeys(notices)),
            )
        )
        shutil.rmtree(parts, ignore_errors=True)

    def _part(self, path: Path, block: Block, seed: int, progress: "_Progress") -> list[str]:
        """Speaks a block into `<path>.pcm`, unless it is there; gives its notices."""
        sound, told = path.with_suffix(".pcm"), path.with_suffix(".json")
        if not sound.is_file():
            notices = self._speak(sound, block, seed, progress)
            write_json(told, notices)
        progress.finish(block)
        return list(read_json(told)) if told.is_file() else []

    def _speak(self, path: Path, block: Block, seed: int, progress: "_Progress") -> list[str]:
        settings = self.state.settings | {"seed": seed, "text": block.text}
        settings["precision"] = self.state.precision or settings.get("precision")
        body = console.request(shapes.SpeakRequest, **settings)
        with written_whole(path) as temporary, temporary.open("wb") as file:

            def report(event: events.Event) -> None:
                if isinstance(event, events.Sound):
                    samples = pcm16(event.samples)
                    file.write(samples)
                    progress.hear(block, len(samples) / 2 / RATE_HZ)

            try:
                result: shapes.SpeakResult = console.run("speak", body, self.workspace, "Speaking", report)
            except TextError as error:
                if error.details.get("reason") != "nothing_to_speak":
                    raise
                return [error.hint] if any(map(str.isalnum, block.text)) else []
        if self.state.precision is None:
            self.state.precision = result.precision
            self._save()
        return result.notices

    def _sound(self, parts: Path, chapter_blocks: list[Block]) -> Iterator[Path | int]:
        """The files of all parts that say something, and between them the bytes of silence."""
        pauses = {
            "paragraph": self.state.settings["paragraph_pause_ms"],
            "sentence": self.state.settings["sentence_pause_ms"],
            "": 0,
        }
        spoken = False
        for place, block in enumerate(chapter_blocks):
            path = parts / f"{place:05}.pcm"
            if not path.stat().st_size:
                continue
            if spoken and pauses[block.begins]:
                yield 2 * (pauses[block.begins] * RATE_HZ // 1000)
            spoken = True
            yield path

    def _write(self, name: str, number: int, chapter: Chapter, sound: list[Path | int]) -> float:
        """The chapter's file; gives its duration, 0 where nothing was spoken and no file is written."""
        if not sound:
            return 0.0
        tags = {"title": chapter.title, "album": self.book.title, "track": f"{number}/{len(self.book.chapters)}"}
        tags |= {"artist": self.book.author} if self.book.author else {}
        with written_whole(self.folder / name) as temporary:
            return write_speech(temporary, self.state.audio_format, RATE_HZ, _read(sound), tags)

    def _finish(self, done: ChapterState) -> None:
        """Takes a chapter as done; the file it had under another title goes."""
        outdated = [chapter for chapter in self.state.chapters if chapter.number == done.number]
        others = [chapter for chapter in self.state.chapters if chapter.number != done.number]
        self.state.chapters = sorted([*others, done], key=lambda chapter: chapter.number)
        self._save()
        for chapter in outdated:
            if chapter.file and chapter.file != done.file and chapter.file not in {other.file for other in others}:
                (self.folder / chapter.file).unlink(missing_ok=True)
        for notice in done.notices:
            console.say(f"Note: chapter {done.number}: {notice}")

    def _file(self, number: int, chapter: Chapter) -> str:
        return file_name(number, len(self.book.chapters), chapter.title) + SUFFIXES[self.state.audio_format]

    def _save(self) -> None:
        write_json(self.folder / STATE, self.state.model_dump())

    def _clean_up(self, done: dict[int, ChapterState]) -> None:
        """Removes what a killed run left: half files, and parts of chapters that are done or read otherwise now."""
        for half in [*self.folder.glob(".*.tmp"), *self.folder.glob(f"{PARTS}/*/.*.tmp")]:
            half.unlink(missing_ok=True)
        chapters = enumerate(self.book.chapters, start=1)
        wanted = {self.state.fingerprint(chapter) for number, chapter in chapters if number not in done}
        for parts in (self.folder / PARTS).glob("*"):
            if parts.name not in wanted:
                shutil.rmtree(parts, ignore_errors=True)


class _Progress:
    """How far the book is, in characters."""

    def __init__(self, bar: console.Bar, total: int) -> None:
        self.bar, self.total = bar, max(total, 1)
        self.title = ""
        self.done, self.heard_s = 0, 0.0
        self.began, self.spoken = time.monotonic(), 0

    def hear(self, block: Block, seconds: float) -> None:
        self.heard_s += seconds
        self._show(self.done + min(self.heard_s * _CHARACTERS_PER_S, len(block.text) * 0.95))

    def finish(self, block: Block) -> None:
        self.spoken += len(block.text) if self.heard_s else 0
        self.done += len(block.text)
        self.heard_s = 0.0
        self._show(self.done)

    def _show(self, characters: float) -> None:
        left = ""
        if self.spoken:
            seconds = (time.monotonic() - self.began) / self.spoken * (self.total - characters)
            left = f", about {duration(max(seconds, 0))} left"
        self.bar(events.Progress(min(characters / self.total, 1.0), self.title + left))


def duration(seconds: float) -> str:
    """`2 h 5 min`, `12 min`, `40 s`."""
    minutes = round(seconds / 60)
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes} min" if minutes else f"{seconds:.0f} s"


def _read(sound: list[Path | int]) -> Iterator[bytes]:
    for part in sound:
        if isinstance(part, int):
            yield bytes(part)
            continue
        with part.open("rb") as file:
            while block := file.read(_READ_BYTES):
                yield block


def _seed(seed: int, chapter: Chapter, place: int) -> int:
    """One for each block, the same whatever was spoken before it in this run."""
    digest = hashlib.sha256(f"{seed}\n{place}\n{chapter.text}".encode()).digest()
    return int.from_bytes(digest[:4], "big")
