"""The step `edit_clips`: clips split, merged, trimmed or made equally loud. It runs in the vad worker.

New files take the place of the old ones, which stay on disk, so that undoing brings them back.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from xtts_studio.dataset import store
from xtts_studio.dataset.clip_sound import Clip, read_clip
from xtts_studio.dataset.details import read_details, with_words
from xtts_studio.dataset.levelling import normalise, target_lufs
from xtts_studio.dataset.merging import in_order, merge
from xtts_studio.dataset.replacing import Replacement, Staged, replace, stage
from xtts_studio.dataset.splitting import LONGEST_S, split
from xtts_studio.dataset.staging import scratch
from xtts_studio.dataset.trimming import trim
from xtts_studio.errors import AudioError, InvalidInput, NotFound
from xtts_studio.events import Progress, Report
from xtts_studio.shapes import Chunk, ClipDetails, Dataset, EditClipsRequest, EditClipsResult
from xtts_studio.workspace import Workspace

_REPORT_EVERY_S = 0.1
_MOST_WITH_WORDS = 100
_DOING = {"trim": "Trimming", "normalise": "Normalising"}
_WHY_LEFT = {
    "right": ("is right as it is", "are right as they are"),
    "unclear": ("has no silence that can be told from speech", "have no silence that can be told from speech"),
    "silent": ("holds hardly any sound", "hold hardly any sound"),
    "unreadable": ("can't be read", "can't be read"),
}


def edit_clips(request: EditClipsRequest, workspace: Workspace, report: Report) -> EditClipsResult:
    """Changes the sound of clips: all that were asked for, or after an error or a cancel none.

    Of many clips those that are right already, or can't be read, are left as they are with a notice. The answer has
    the words of up to a hundred clips. Raises `NotFound`, `AudioError`, `Conflict` where a clip changes meanwhile,
    and `InvalidInput` with the reason why clips can't be split or merged.
    """
    return _Editing(request, workspace, report).run()


class _Editing:
    """One edit of a dataset."""

    def __init__(self, request: EditClipsRequest, workspace: Workspace, report: Report) -> None:
        self._request, self._workspace, self._report = request, workspace, report
        self._folder = workspace.dataset(request.dataset)
        self._dataset = store.read(workspace, request.dataset)
        self._chunks = _chosen(self._dataset, request.files)
        self._notices: list[str] = []
        self._left: Counter[str] = Counter()
        self._reported_at = 0.0

    def run(self) -> EditClipsResult:
        with scratch(self._workspace) as folder:
            staged = self._made(folder)
            self._report(Progress(1.0, "Saving"))  # the last moment to cancel
            label = _label(self._request.action, [Path(one.file).name for made in staged for one in made.old])
            chunks = replace(self._workspace, self._request.dataset, label, staged) if staged else []
        return EditClipsResult(
            dataset=self._dataset.name,
            chunks=self._with_words(chunks),
            replaced=[old.file for made in staged for old in made.old],
            notices=[*self._notices, *_left_notices(self._left)],
        )

    def _made(self, folder: Path) -> list[Staged]:
        match self._request.action:
            case "split":
                return [stage(self._split(), folder, "part")]
            case "merge":
                return [stage(self._merged(), folder, "whole")]
            case "trim":
                return self._each(trim, folder)
            case "normalise":
                target = target_lufs(self._dataset.chunks, self._details, self._clip)
                return self._each(lambda clip: normalise(clip, target), folder)

    def _split(self) -> Replacement:
        if len(self._chunks) != 1:
            raise InvalidInput(f"{len(self._chunks)} clips can't be split at once.", hint="Choose one clip.")
        made = split(self._clip(self._chunks[0]), self._request.at_s)
        if any(part.chunk.duration_s > LONGEST_S for part in made.new):
            self._notices.append(f"A part is longer than the {LONGEST_S:.1f} s that training takes: split it again.")
        if any("text_guessed" in part.chunk.flags for part in made.new):
            self._notices.append("Where the text is divided was guessed: listen to both parts, and mend their texts.")
        return made

    def _merged(self) -> Replacement:
        chunks = in_order(self._dataset, [chunk.file for chunk in self._chunks])
        made, notices = merge([self._clip(chunk) for chunk in chunks], self._workspace)
        self._notices += notices
        return made

    def _each(self, change: Callable[[Clip], Replacement | str], folder: Path) -> list[Staged]:
        """Each clip changed on its own; those that stay as they are are counted with the reason."""
        staged = []
        for index, chunk in enumerate(self._chunks):
            self._progress(index)
            made = self._changed(chunk, change)
            if isinstance(made, str):
                self._left[made] += 1
            else:
                staged.append(stage(made, folder, str(index)))
        return staged

    def _changed(self, chunk: Chunk, change: Callable[[Clip], Replacement | str]) -> Replacement | str:
        try:
            return change(self._clip(chunk))
        except (AudioError, NotFound):
            if len(self._chunks) == 1:
                raise
            return "unreadable"

    def _progress(self, index: int) -> None:
        if time.monotonic() - self._reported_at > _REPORT_EVERY_S:
            self._reported_at, count = time.monotonic(), len(self._chunks)
            doing = _DOING[self._request.action]
            self._report(Progress(index / count, f"{doing} clip {index + 1} of {count}"))

    def _clip(self, chunk: Chunk) -> Clip:
        try:
            path = store.chunk_path(self._workspace, self._request.dataset, chunk.file)
        except NotFound:
            raise NotFound(f"The sound of {Path(chunk.file).name} is no longer there.", hint="Drop the clip.") from None
        details = read_details(self._folder, chunk.file)
        if chunk.words:  # of a dataset that was written before there were details
            details = details.model_copy(update={"words": chunk.words})
        return read_clip(path, chunk, details, self._dataset.language)

    def _details(self, chunk: Chunk) -> ClipDetails:
        return read_details(self._folder, chunk.file)

    def _with_words(self, chunks: list[Chunk]) -> list[Chunk]:
        few = len(chunks) <= _MOST_WITH_WORDS
        return [with_words(self._folder, chunk) for chunk in chunks] if few else chunks


def _chosen(dataset: Dataset, files: Sequence[str]) -> list[Chunk]:
    """The chunks of some files, each once. Raises `NotFound`."""
    known = {chunk.file: chunk for chunk in dataset.chunks}
    wanted = dict.fromkeys(file if file.startswith(f"{store.CHUNKS}/") else f"{store.CHUNKS}/{file}" for file in files)
    return [known[file] if file in known else store.find_chunk(dataset, file) for file in wanted]


def _label(action: str, names: list[str]) -> str:
    """What was done, for people."""
    which = " and ".join(names) if len(names) <= 2 else f"{len(names)} clips"
    return f"{action.capitalize()} {which}"


def _left_notices(left: Counter[str]) -> list[str]:
    return [
        f"{'1 clip' if count == 1 else f'{count} clips'} {_WHY_LEFT[why][count > 1]}: nothing was changed there."
        for why, count in left.items()
    ]
