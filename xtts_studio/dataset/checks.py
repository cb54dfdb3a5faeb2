"""What training can use of a dataset, and why not the rest: the filter the XTTS recipe applies, told instead of silent.

Training itself takes its clips from `usable_chunks`, so that what is shown before is what happens.
"""

from pathlib import Path

import soundfile

from xtts_studio.dataset import store
from xtts_studio.errors import TextError
from xtts_studio.events import Progress, Report
from xtts_studio.library import find_xtts
from xtts_studio.shapes import CheckRequest, CheckResult, Chunk, Dataset, Rejection
from xtts_studio.text.tokenizer import STOP_ID, UNKNOWN_ID, Tokenizer
from xtts_studio.workspace import Workspace

RATE_HZ = 22_050
SHORTEST_S = 0.5
MOST_SAMPLES = 255_995
"""At 22 050 Hz: 11.6 s, the most that the recipe trains on."""
MOST_TEXT_IDS = 200

_CHARACTERS_TOLD = 5


def check(request: CheckRequest, workspace: Workspace, report: Report) -> CheckResult:
    """The step `check`: which chunks training on `base_model` would use, and why not the others.

    Raises `NotFound` for an unknown dataset or model, `ModelMissing` where the model is not there yet.
    """
    dataset = store.read(workspace, request.dataset)
    tokenizer = Tokenizer(find_xtts(workspace, request.base_model) / "vocab.json")
    report(Progress(0.0, f"Checking {len(dataset.chunks)} chunks"))
    usable, rejected = usable_chunks(dataset, workspace.dataset(request.dataset), tokenizer)
    return CheckResult(
        dataset=dataset.name,
        usable=len(usable),
        usable_s=round(sum(chunk.duration_s for chunk in usable), 3),
        total=len(dataset.chunks),
        rejected=rejected,
    )


def usable_chunks(dataset: Dataset, folder: Path, tokenizer: Tokenizer) -> tuple[list[Chunk], list[Rejection]]:
    """The chunks that training uses, in order and each with its language, and the others with their reasons."""
    usable: list[Chunk] = []
    rejected: list[Rejection] = []
    for chunk in dataset.chunks:
        language = chunk.language or dataset.language
        found = _text_problem(chunk, language, tokenizer) or _sound_problem(folder / chunk.file)
        if found:
            rejected.append(Rejection(file=chunk.file, code=found[0], reason=found[1]))
        else:
            usable.append(chunk.model_copy(update={"language": language}))
    return usable, rejected


def _text_problem(chunk: Chunk, language: str | None, tokenizer: Tokenizer) -> tuple[str, str] | None:
    """Code and reason why a chunk's state or text keeps it out; None when they don't."""
    if chunk.state == "dropped":
        return "dropped", "It was dropped by hand."
    if not chunk.text.strip():
        heard = "No words were heard in it." if "no_speech" in chunk.flags else "It has no text yet."
        return "no_text", heard
    if not language:
        return "no_language", "Its language is not known; choose one."
    try:
        ids = tokenizer.encode(chunk.text, language)
    except TextError as error:
        return "text_unusable", error.message
    if len(ids) > MOST_TEXT_IDS:
        return "text_too_long", f"Its text has {len(ids)} tokens; {MOST_TEXT_IDS} are the most."
    if UNKNOWN_ID in ids:
        return "unknown_characters", _unknown_characters(chunk.text, language, tokenizer)
    if STOP_ID in ids:
        return "stop_token", "Its text contains [STOP], which ends a text for the model."
    return None


def _unknown_characters(text: str, language: str, tokenizer: Tokenizer) -> str:
    letters = dict.fromkeys(letter for letter in text if not letter.isspace())
    unknown = [letter for letter in letters if UNKNOWN_ID in tokenizer.encode(letter, language)][:_CHARACTERS_TOLD]
    named = ": " + " ".join(unknown) if unknown else ""
    return f"Its text has characters that the model doesn't know{named}."


def _sound_problem(path: Path) -> tuple[str, str] | None:
    """Code and reason why a chunk's sound keeps it out; reads all of it, since a file can end early."""
    try:
        samples, rate_hz = soundfile.read(path, dtype="int16")
    except (soundfile.LibsndfileError, OSError) as error:
        missing = not path.exists()
        return "unreadable", "Its sound file is missing." if missing else f"Its sound file can't be read: {error}."
    duration_s = len(samples) / rate_hz
    if duration_s < SHORTEST_S:
        return "too_short", f"It lasts {duration_s:.2f} s; {SHORTEST_S} s are the least."
    if round(duration_s * RATE_HZ) > MOST_SAMPLES:
        return "too_long", f"It lasts {duration_s:.2f} s; {MOST_SAMPLES / RATE_HZ:.1f} s are the most."
    return None
