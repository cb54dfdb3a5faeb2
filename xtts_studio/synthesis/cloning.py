"""The step `clone`: a voice of reference clips."""

from pathlib import Path

from xtts_studio.errors import InvalidInput, ModelMissing, NotFound
from xtts_studio.events import Progress, Report
from xtts_studio.shapes import ClipQuality, CloneRequest, Speaker
from xtts_studio.speakers import new_folder, now, write_speaker
from xtts_studio.synthesis.likeness import several_speakers
from xtts_studio.synthesis.process import model_named
from xtts_studio.synthesis.quality import voice_score
from xtts_studio.synthesis.references import Reference, read_references, too_short_notice
from xtts_studio.synthesis.voices import voice_in
from xtts_studio.workspace import Workspace, check_name


def clone(request: CloneRequest, workspace: Workspace, report: Report) -> Speaker:
    """Makes a voice of reference clips: files in `incoming`, which are used up, or clips of a dataset.

    Raises `Conflict` when the name is taken, `NotFound` and `AudioError` for clips that can't be used.
    """
    paths = [_reference_path(workspace, name) for name in request.files]
    try:
        return _clone(request, paths, workspace, report)
    finally:
        for path in paths:
            if path.is_relative_to(workspace.incoming.resolve()):
                path.unlink(missing_ok=True)


def _clone(request: CloneRequest, paths: list[Path], workspace: Workspace, report: Report) -> Speaker:
    name = check_name(request.name, "voice name")
    with new_folder(workspace, name) as folder:
        if not paths:
            raise InvalidInput("A voice needs at least one reference clip; none was given.")
        report(Progress(0.1, "Reading the clips"))
        speaker = _write_clips(folder, name, read_references(paths))
        report(Progress(0.3, "Learning the voice"))
        speaker = write_speaker(folder, _with_voice(speaker, folder, workspace, request.model))
    report(Progress(1.0, f"The voice {name} is ready"))
    return speaker


def _write_clips(folder: Path, name: str, references: list[Reference]) -> Speaker:
    """Writes the clips and says what there is to say of them."""
    clips = [f"clip_{number:03}.wav" for number in range(1, len(references) + 1)]
    for clip, reference in zip(clips, references, strict=True):
        reference.write(folder / clip)
    quality = [reference.quality(clip) for clip, reference in zip(clips, references, strict=True)]
    duration_s = sum(reference.duration_s for reference in references)
    return Speaker(
        name=name,
        clips=clips,
        duration_s=round(duration_s, 3),
        created_at=now(),
        score=voice_score([reference.measured for reference in references]),
        quality=quality,
        notices=voice_notices(quality) + too_short_notice(duration_s),
    )


def voice_notices(quality: list[ClipQuality]) -> list[str]:
    """What is said of the clips, each thing once; of several, which of them it is."""
    said: dict[str, list[int]] = {}
    for number, clip in enumerate(quality, start=1):
        for notice in clip.notices:
            said.setdefault(notice, []).append(number)
    return [_of_clips(notice, numbers, len(quality)) for notice, numbers in said.items()]


def _of_clips(notice: str, numbers: list[int], count: int) -> str:
    if len(numbers) == count:
        return notice
    which = f"Clip {numbers[0]}" if len(numbers) == 1 else f"Clips {', '.join(map(str, numbers))}"
    return f"{which}: {notice}"


def _with_voice(speaker: Speaker, folder: Path, workspace: Workspace, model: str) -> Speaker:
    """Makes the voice for `model` at once where that is there; every other model makes its own when it first speaks."""
    try:
        loaded = model_named(workspace, model)
    except ModelMissing as error:
        notice = f"The clips are kept, the voice is made when a model is there. {error.message}"
        return speaker.model_copy(update={"notices": [*speaker.notices, notice]})
    voice_in(loaded, folder, speaker)
    return _heard_as_one(speaker, several_speakers(loaded, [folder / clip for clip in speaker.clips]))


def _heard_as_one(speaker: Speaker, mixed: list[str]) -> Speaker:
    """With what is to be said, and half the score, where there is more than one person in the clips."""
    if not mixed:
        return speaker
    score = None if speaker.score is None else speaker.score // 2
    return speaker.model_copy(update={"notices": [*mixed, *speaker.notices], "score": score})


def _reference_path(workspace: Workspace, name: str) -> Path:
    """A file named in a request: in `incoming` by its plain name, or of a dataset by its path in the workspace."""
    incoming, datasets = workspace.incoming.resolve(), workspace.datasets.resolve()
    try:
        path = (workspace.home / name if "/" in name else incoming / name).resolve()
        there = path.is_file()
    except (OSError, ValueError):  # longer than a name may be, or with a zero byte
        raise _no_reference(name) from None
    if not any(path.is_relative_to(allowed) for allowed in (incoming, datasets)):
        raise _no_reference(name)
    if not there:
        raise NotFound(f"The reference clip {name[:80]!r} is not there.", hint="Upload it again.")
    return path


def _no_reference(name: str) -> InvalidInput:
    return InvalidInput(f"{name[:80]!r} is not a file that a voice can be made of.")
