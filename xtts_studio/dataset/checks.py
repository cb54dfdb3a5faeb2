"""What training can use of a dataset, and why not the rest: the filter the XTTS recipe applies, told instead of silent.

Training itself takes its clips from `usable_chunks`, so that what is shown before is what happens.
"""

from collections.abc import Callable
from pathlib import Path

from xtts_studio.dataset import store
from xtts_studio.dataset.limits import duration_problem, state_problem
from xtts_studio.dataset.sounds import Sound, Sounds
from xtts_studio.errors import TextError
from xtts_studio.events import Progress, Report
from xtts_studio.models import find_whole
from xtts_studio.shapes import CheckRequest, CheckResult, Chunk, Dataset, Rejection
from xtts_studio.text.tokenizer import STOP_ID, UNKNOWN_ID, Tokenizer
from xtts_studio.workspace import Workspace

MOST_TEXT_IDS = 200

_CHARACTERS_TOLD = 5
_TOLD_EVERY = 100


def check(request: CheckRequest, workspace: Workspace, report: Report) -> CheckResult:
    """The step `check`: which chunks training on `base_model` would use, and why not the others.

    Raises `NotFound` for an unknown dataset or model, `ModelMissing` where the model is not there yet.
    """
    dataset = store.read(workspace, request.dataset)
    tokenizer = Tokenizer(find_whole(workspace, request.base_model) / "vocab.json")
    report(Progress(0.0, f"Checking {len(dataset.chunks)} chunks"))
    total = max(1, len(dataset.chunks))
    usable, rejected = usable_chunks(
        dataset,
        workspace.dataset(request.dataset),
        tokenizer,
        lambda done: report(Progress(done / total, f"Checked {done} of {total} chunks")),
    )
    return CheckResult(
        dataset=dataset.name,
        usable=len(usable),
        usable_s=round(sum(chunk.duration_s for chunk in usable), 3),
        total=len(dataset.chunks),
        rejected=rejected,
    )


def usable_chunks(
    dataset: Dataset, folder: Path, tokenizer: Tokenizer | None, told: Callable[[int], None] | None = None
) -> tuple[list[Chunk], list[Rejection]]:
    """The chunks that training uses, in order and each with its language, and the others with their reasons.

    Without a tokenizer nothing is said of what the model makes of the texts. `told` hears how many are done.
    """
    usable: list[Chunk] = []
    rejected: list[Rejection] = []
    sounds = Sounds(folder)
    for number, chunk in enumerate(dataset.chunks, start=1):
        language = chunk.language or dataset.language
        found = _text_problem(chunk, language, tokenizer) or _sound_problem(sounds[chunk.file])
        if found:
            rejected.append(Rejection(file=chunk.file, code=found[0], reason=found[1]))
        else:
            usable.append(chunk.model_copy(update={"language": language}))
        if told and number % _TOLD_EVERY == 0:
            told(number)
    sounds.save()
    return usable, rejected


def _text_problem(chunk: Chunk, language: str | None, tokenizer: Tokenizer | None) -> tuple[str, str] | None:
    """Code and reason why a chunk's state or text keeps it out; None when they don't."""
    found = state_problem(chunk, language)
    if found or tokenizer is None or language is None:
        return found
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


def _sound_problem(sound: Sound) -> tuple[str, str] | None:
    """Code and reason why a chunk's sound keeps it out."""
    if sound.problem is not None:
        return "unreadable", sound.problem
    return duration_problem(sound.duration_s)
