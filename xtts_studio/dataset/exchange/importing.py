"""The step `import_dataset`: a dataset from elsewhere becomes one of ours, or is added to one that is there.

All files are made beside the datasets first; they take their place at the end, metadata.json last, or nothing does.
"""

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from xtts_studio.dataset import store
from xtts_studio.dataset.details import details_path
from xtts_studio.dataset.exchange.adding import KEPT, Origin, add
from xtts_studio.dataset.exchange.adopting import Taken, adopted, in_order, known_language
from xtts_studio.dataset.exchange.detecting import read_source
from xtts_studio.dataset.exchange.reading import Clip, Keeping, Reading
from xtts_studio.dataset.exchange.sound import Sound, bring
from xtts_studio.dataset.exchange.sources import open_source
from xtts_studio.dataset.staging import scratch
from xtts_studio.errors import AudioError, DatasetError, DiskFull, NotFound, TextError, TooLarge
from xtts_studio.events import Progress, Report
from xtts_studio.shapes import ImportDatasetRequest, ImportDatasetResult, Rejection
from xtts_studio.workspace import Workspace, check_name

_READING_SHARE = 0.95  # of the whole time
_MOST_NOTICES = 20


@dataclass
class _Found:
    """What came out of a source."""

    reading: Reading
    clips: list[Taken] = field(default_factory=list)
    left_out: list[Rejection] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


def import_dataset(request: ImportDatasetRequest, workspace: Workspace, report: Report) -> ImportDatasetResult:
    """Makes a dataset of what lies in the folder for uploads, or adds it to one; the upload goes away.

    Raises `DatasetError` or `TooLarge` for what can't be read as a dataset, or of which no clip can be taken.
    """
    name = check_name(request.name, "dataset name")
    incoming = _incoming(workspace, request.incoming)
    try:
        with scratch(workspace) as folder:
            found = _read(request, incoming, folder, workspace, report)
            report(Progress(_READING_SHARE, "Saving"))  # the last moment to cancel
            origin = _origin(found.reading, request.language)
            added = add(in_order(found.clips), origin, folder, name, workspace)
            found.notices += _language_chosen(request.language, name, workspace)
    finally:
        _remove(incoming)
    return ImportDatasetResult(
        dataset=name,
        format=found.reading.format,
        added=added,
        left_out=found.left_out,
        notices=[
            *found.reading.notices,
            *_told(found, added, store.read(workspace, name).language, name),
            *_few(found.notices),
        ],
    )


def _language_chosen(language: str | None, name: str, workspace: Workspace) -> list[str]:
    """A language that is asked for is the dataset's, where it has none; gives a notice."""
    if language is None or store.read(workspace, name).language:
        return []
    with store.changing(workspace, name) as dataset:
        dataset.language = dataset.language or language
    return [f"The dataset had no language; it is {language} now."]


def _origin(reading: Reading, language: str | None) -> Origin:
    """What the dataset was; a language that is asked for is stronger."""
    own = reading.head.language if reading.head else known_language(reading.language)
    return Origin(reading.head, language or own)


def _incoming(workspace: Workspace, name: str) -> Path:
    """What is to be imported; the command line puts a link to the user's own folder there."""
    path = workspace.incoming / name
    if Path(name).name != name or not path.exists():
        raise NotFound("The uploaded file is no longer there.", hint="Send it again.")
    return path


def _remove(incoming: Path) -> None:
    if incoming.is_dir() and not incoming.is_symlink():
        shutil.rmtree(incoming, ignore_errors=True)
    else:
        incoming.unlink(missing_ok=True)


def _read(request: ImportDatasetRequest, incoming: Path, folder: Path, workspace: Workspace, report: Report) -> _Found:
    source = open_source(incoming.resolve(), request.file_name or incoming.name, folder)
    try:
        with read_source(source, request.format, folder) as reading:
            found = _Found(reading)
            for number, clip in enumerate(reading.clips):
                total = max(reading.count, number + 1)
                report(Progress(_READING_SHARE * number / total, f"Reading clip {number + 1} of {total}"))
                _take(clip, number, found, folder)
            if reading.keepsakes and found.clips and not workspace.dataset(request.name).exists():
                found.notices += _keep(reading.keepsakes, folder / KEPT)
    finally:
        source.close()
    if not found.clips:
        raise _nothing_usable(found.left_out)
    return found


def _keep(keepsakes: Keeping, folder: Path) -> list[str]:
    """Brings what else belongs to the dataset, all of it or none; gives notices."""
    notice = keepsakes.fetch(folder)
    if notice is None:
        return []
    shutil.rmtree(folder, ignore_errors=True)
    return [notice]


def _take(clip: Clip | Rejection, number: int, found: _Found, folder: Path) -> None:
    """Writes `<number>.wav` and, where there is more than sound, `<number>.json`."""
    if isinstance(clip, Rejection):
        found.left_out.append(clip)
        return
    target = folder / f"{number}.wav"
    try:
        sound = _brought(clip, target)
        chunk, details = adopted(clip, sound)
    except (AudioError, TextError) as error:
        target.unlink(missing_ok=True)
        found.left_out.append(Rejection(file=clip.name, code=error.code, reason=error.message))
        return
    found.notices += [f"{clip.name}: {notice}" for notice in sound.notices]
    content = details.model_dump(exclude_defaults=True)
    if content:
        text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
        details_path(folder, target.name).write_text(text, encoding="utf-8")
    found.clips.append(Taken(number, clip.order, chunk, sound.digest))


def _brought(clip: Clip, target: Path) -> Sound:
    """Writes the clip's sound; raises `AudioError` where it can't be read, whatever the reason."""
    try:
        return bring(clip.sound(), target)
    except (DatasetError, TooLarge) as error:
        raise AudioError(error.message, hint=error.hint) from error
    except OSError as error:
        if full := DiskFull.of(error):
            raise full from error
        raise AudioError(f"The file system refused it: {error.strerror or error}.") from error


def _nothing_usable(left_out: list[Rejection]) -> DatasetError:
    """The error for a source of which no clip can be taken."""
    if not left_out:
        return DatasetError("There are no clips in it.", hint="Is it the right file?")
    told = "; ".join(f"{one.file}: {one.reason}" for one in left_out[:3])
    return DatasetError(
        f"None of its {len(left_out)} clips can be taken. {told}",
        hint="Check whether sounds and texts lie where the format has them.",
        details={"left_out": [one.model_dump() for one in left_out[:1000]]},
    )


def _told(found: _Found, added: int, language: str | None, name: str) -> list[str]:
    """What somebody should know of clips that were taken, or were there."""
    told = []
    there = len(found.clips) - added
    if there:
        told.append(f"{there} of {_clips(len(found.clips))} not added: the dataset has the same sound already.")
    silent = sum(1 for one in found.clips if not one.chunk.text.strip())
    if silent:
        told.append(f"{_clips(silent)} without a text; transcribe the dataset.")
    told += _told_of_language(found, language, name)
    own = found.reading.language
    if own and known_language(own) is None:
        told.append(f"Its language, {own[:40]!r}, is none that XTTS v2 speaks.")
    return told


def _told_of_language(found: _Found, language: str | None, name: str) -> list[str]:
    mute = sum(1 for one in found.clips if one.chunk.text.strip() and not (one.chunk.language or language))
    if not mute:
        return []
    choose = f"choose it on the page, or: xtts-studio datasets language {name} en."
    return [f"{_clips(mute)} with a text, but without a language; {choose}"]


def _clips(count: int) -> str:
    return "1 clip" if count == 1 else f"{count:,} clips"


def _few(notices: list[str]) -> list[str]:
    more = len(notices) - _MOST_NOTICES
    return notices[:_MOST_NOTICES] + ([f"The same kind of note was left out for {more} more."] if more > 0 else [])
