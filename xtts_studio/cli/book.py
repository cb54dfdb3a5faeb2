"""`book`: a whole book to a folder of chapters, going on after a break where it stopped."""

import hashlib
import secrets
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from filelock import FileLock, Timeout
from rich.table import Table

from xtts_studio import shapes, speakers
from xtts_studio.books import Book, read_book
from xtts_studio.cli import console, options
from xtts_studio.cli.book_state import BookState, read_state
from xtts_studio.cli.narration import Narrator, duration
from xtts_studio.errors import Cancelled, Conflict, InvalidInput, StudioError
from xtts_studio.models import find_whole, find_xtts
from xtts_studio.workspace import Workspace

_LOCK = ".book.lock"


def book(
    file: Annotated[Path, typer.Argument(help="An EPUB, text or Markdown file.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder for the chapters; made if there is none.")
    ] = None,
    voice: Annotated[
        str | None, typer.Option(help="A voice of the workspace, or an audio file with the voice to clone.")
    ] = None,
    language: Annotated[str | None, typer.Option(help="Language of the book; as the EPUB says when left out.")] = None,
    audio_format: options.Format = None,
    chapters: Annotated[str | None, typer.Option(help="Only these chapters, by number: 3, or 2-5, or 1,4-6.")] = None,
    list_only: Annotated[bool, typer.Option("--list", help="Show the chapters and speak nothing.")] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Speak chapters again that were made with other settings.")
    ] = False,
    model: options.Model = None,
    temperature: options.Temperature = None,
    speed: options.Speed = None,
    top_k: options.TopK = None,
    top_p: options.TopP = None,
    repetition_penalty: options.RepetitionPenalty = None,
    length_penalty: options.LengthPenalty = None,
    seed: options.Seed = None,
    split: options.Split = None,
    sentence_pause_ms: options.SentencePause = None,
    paragraph_pause_ms: options.ParagraphPause = None,
    loudness_lufs: options.Loudness = None,
    precision: options.Precision = None,
    strength: options.Strength = None,
) -> None:
    """Speak a whole book, each chapter to a file (MP3 unless told otherwise).

    Typed again after a break it goes on where it stopped: chapters that are done stay, and of the one that was being
    spoken all but the last minutes. Voice and settings are remembered in the folder and need not be repeated.
    """
    contents = read_book(file, language)
    for notice in contents.notices:
        console.say(f"Note: {notice}")
    numbers = _numbers(chapters, len(contents.chapters))
    if list_only:
        _list(contents)
        return
    if output is None:
        raise InvalidInput(
            "--output is missing.", hint="Name the folder for the chapters, or look at them with --list."
        )
    given = {
        "language": language,
        "speaker": voice,
        "model": model,
        "temperature": temperature,
        "speed": speed,
        "top_k": top_k,
        "top_p": top_p,
        "repetition_penalty": repetition_penalty,
        "length_penalty": length_penalty,
        "seed": seed,
        "split": split,
        "sentence_pause_ms": sentence_pause_ms,
        "paragraph_pause_ms": paragraph_pause_ms,
        "loudness_lufs": loudness_lufs,
        "precision": precision,
        "strength": strength,
    }
    wanted_format = options.known_format(audio_format) if audio_format else None
    workspace = console.workspace()
    with _alone(output):
        state = _state(file, contents, output, workspace, given, wanted_format, again)
        _narrate(Narrator(contents, state, output, workspace), numbers, file, output)


def _narrate(narrator: Narrator, numbers: list[int], file: Path, output: Path) -> None:
    try:
        narrator.narrate(numbers)
    except (StudioError, Cancelled, KeyboardInterrupt, OSError) as error:
        console.say("What is done is kept. Go on with:")
        console.say("    " + shlex.join(["xtts-studio", "book", str(file), "--output", str(output)]))
        if isinstance(error, KeyboardInterrupt):
            raise Cancelled from None
        raise
    state = narrator.state
    silent = [chapter.number for chapter in state.chapters if chapter.file is None]
    if silent:
        console.say(f"Note: nothing to speak in chapter {', '.join(map(str, silent))}.")
    audio_s = sum(chapter.audio_s for chapter in state.chapters)
    kept = f" ({narrator.kept} of them from before)" if narrator.kept else ""
    count = narrator.kept + narrator.made
    console.say(f"{count} chapters{kept}, {duration(audio_s)} of speech in {output}, seed {state.settings['seed']}.")


def _list(contents: Book) -> None:
    table = Table("No.", "Chapter", "Characters", title=contents.title)
    for number, chapter in enumerate(contents.chapters, start=1):
        table.add_row(str(number), chapter.title, f"{len(chapter.text):,}")
    console.out.print(table)


def _numbers(asked: str | None, count: int) -> list[int]:
    """`1,4-6` -> [1, 4, 5, 6]. Raises `InvalidInput` for what is no such list, or beyond the last chapter."""
    if asked is None:
        return list(range(1, count + 1))
    numbers: set[int] = set()
    for part in asked.split(","):
        first, _, last = part.strip().partition("-")
        if not (first.isdecimal() and (last or first).isdecimal() and 1 <= int(first) <= int(last or first) <= count):
            raise InvalidInput(
                f"--chapters: {part.strip()!r} names no chapters; there are 1 to {count}.",
                hint="Write 3, 2-5, or 1,4-6.",
            )
        numbers.update(range(int(first), int(last or first) + 1))
    return sorted(numbers)


def _state(
    file: Path,
    contents: Book,
    output: Path,
    workspace: Workspace,
    given: dict[str, Any],
    wanted_format: shapes.AudioFormat | None,
    again: bool,
) -> BookState:
    """What is asked for: by options, else as the folder remembers, else as the book says.

    Raises `Conflict` where chapters are done that were asked for otherwise, unless they are to be spoken again.
    """
    before = read_state(output)
    if before is not None and not again:
        _refuse_another_book(before, file, contents, output)
    remembered = before.settings if before else {}
    settings = remembered | {name: value for name, value in given.items() if value is not None}
    settings["language"] = settings.get("language") or _language(contents)
    if not settings.get("speaker"):
        raise InvalidInput("--voice is missing.", hint="Name a voice of the workspace, or an audio file to clone.")
    settings["speaker"] = options.voice_named(
        settings["speaker"], settings.get("model") or shapes.BASE_MODEL, workspace
    )
    settings["seed"] = secrets.randbelow(2**32) if settings.get("seed") is None else settings["seed"]
    body = console.request(shapes.SpeakRequest, **settings | {"text": "-"})
    voice = speakers.read_speaker(workspace, body.speaker)
    state = BookState(
        title=contents.title,
        author=contents.author,
        source=file.name,
        audio_format=wanted_format or (before.audio_format if before else "mp3"),
        settings=body.model_dump(exclude={"text"}),
        voice=speakers.digest_of(workspace.speaker(voice.name), voice),
        model=_digest_of_model(workspace, body.model),
    )
    if before is not None:
        _compare(before, state, again)
        state.chapters = before.chapters
        asked = body.precision in (None, "fastest", before.precision)
        state.precision = before.precision if asked and not _differences(before, state) else None
    return state


def _refuse_another_book(before: BookState, file: Path, contents: Book, output: Path) -> None:
    """A file of another name of which nothing is done here is another book, whose chapters would replace these."""
    done = sum(chapter.file is not None for chapter in before.chapters)
    if done and before.source != file.name and not before.done(contents.chapters, output):
        raise Conflict(
            f"{str(output)!r} holds {done} chapters of another book, {before.source!r}.",
            hint="Name another folder, or speak this book in place of that one with --again.",
        )


def _compare(before: BookState, now: BookState, again: bool) -> None:
    different = _differences(before, now)
    done = sum(chapter.file is not None for chapter in before.chapters)
    if different and done and not again:
        raise Conflict(
            f"{done} chapters in this folder were made otherwise: {', '.join(different)}.",
            hint="Leave these options out to go on as before, name another folder, or speak all anew with --again.",
        )


def _differences(before: BookState, now: BookState) -> list[str]:
    """What is not as it was, each with its old and new value."""
    told = [
        f"{name} was {before.settings.get(name)}, now {value}"
        for name, value in now.settings.items()
        if before.settings.get(name, value) != value
    ]
    if before.audio_format != now.audio_format:
        told.append(f"format was {before.audio_format}, now {now.audio_format}")
    if before.voice != now.voice and before.settings.get("speaker") == now.settings["speaker"]:
        told.append("the voice of that name is another one now")
    if before.model != now.model and before.settings.get("model") == now.settings["model"]:
        told.append("the model of that name is another one now")
    return told


def _language(contents: Book) -> str:
    if contents.language is None:
        known = "The book doesn't say in which language it is, or in one that can't be spoken."
        raise InvalidInput(known, hint="Name it with --language.")
    console.say(f"Language: {contents.language}, as the book says.")
    return contents.language


def _digest_of_model(workspace: Workspace, name: str) -> str:
    """Tells a model from another of the same name by its card and the size of its files; an adapter's base counts."""
    digest = hashlib.sha256()
    for folder in dict.fromkeys((find_xtts(workspace, name), find_whole(workspace, name))):
        for file in sorted(folder.iterdir()):
            if file.name == "card.json":
                digest.update(file.read_bytes())
            elif file.name in ("model.safetensors", "model.pth", "adapter.safetensors"):
                digest.update(f"{file.name} {file.stat().st_size}".encode())
    return digest.hexdigest()[:16]


@contextmanager
def _alone(output: Path) -> Iterator[None]:
    """The folder, for this process only. Raises `InvalidInput` where it can't be one, `Conflict` where it is in use."""
    if output.exists() and not output.is_dir():
        raise InvalidInput(f"{str(output)!r} is no folder.", hint="Name a folder for the chapters.")
    output.mkdir(parents=True, exist_ok=True)
    lock = FileLock(output / _LOCK)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise Conflict(
            f"Another xtts-studio is speaking into {str(output)!r}.", hint="Wait for it, or name another folder."
        ) from None
    try:
        yield
    finally:
        lock.release()
        (output / _LOCK).unlink(missing_ok=True)
