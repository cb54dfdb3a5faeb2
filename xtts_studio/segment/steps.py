"""The steps `analyze` (a preview) and `chunk` (into a dataset). They run in the vad worker."""

import secrets
import shutil
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from xtts_studio.audio.decode import mono_blocks
from xtts_studio.audio.encode import write_wav
from xtts_studio.audio.mix import Samples
from xtts_studio.dataset import store
from xtts_studio.dataset.store import CHUNKS
from xtts_studio.errors import AudioError, InvalidInput, NotFound
from xtts_studio.events import Progress, Report
from xtts_studio.recordings import get_recording, original_path
from xtts_studio.segment.cuts import ONSET_LATE_S, Cut, Times, Wanted, plan_cuts
from xtts_studio.segment.vad import ENERGY_S, RATE_HZ, Track, gain, listen, speech_segments
from xtts_studio.shapes import (
    AnalyzeRequest,
    AnalyzeResult,
    Chunk,
    ChunkRequest,
    ChunkResult,
    CutStatistics,
    Dataset,
    PlannedChunk,
    Recording,
    SourceRecording,
    Span,
)
from xtts_studio.workspace import Workspace, check_name

CHUNK_RATE_HZ = 22_050

_LISTENING_SHARE = 0.6  # of the whole time that `chunk` takes
_KEPT_TRACKS = 4
_tracks: OrderedDict[tuple[str, float, float], Track] = OrderedDict()
"""What this process heard lately, so that a preview with other settings needs no second listening."""


@dataclass(frozen=True)
class _Part:
    """The part of a recording that is worked on, in seconds."""

    recording: Recording
    path: Path
    start_s: float
    end_s: float


def analyze(request: AnalyzeRequest, workspace: Workspace, report: Report) -> AnalyzeResult:
    """The speech in (a part of) a recording and the chunks that would be cut; writes nothing.

    Raises `NotFound` for an unknown recording, `InvalidInput` for a range or durations that can't be.
    """
    part = _part(request, workspace)
    speech, cuts = _plan(request, part, report, share=1.0)
    return AnalyzeResult(
        speech=[Span(start_s=_shown(start), end_s=_shown(end)) for start, end in (speech + part.start_s).tolist()],
        chunks=[
            PlannedChunk(
                start_s=_shown(cut.start_s + part.start_s),
                end_s=_shown(cut.end_s + part.start_s),
                flags=list(cut.flags),
            )
            for cut in cuts
        ],
        statistics=_statistics(part, speech, cuts),
    )


def chunk(request: ChunkRequest, workspace: Workspace, report: Report) -> ChunkResult:
    """Cuts (a part of) a recording into chunks and adds them to a dataset, which is made if there is none.

    Chunks that are there already are never touched; parts of the recording that the dataset has are not added again.
    Whatever happens on the way, the dataset is as it was until all chunks are there. Raises what `analyze` raises, and
    `AudioError` when nobody speaks.
    """
    name = check_name(request.dataset, "dataset name")
    part = _part(request, workspace)
    _, cuts = _plan(request, part, report, share=_LISTENING_SHARE)
    if not cuts:
        raise AudioError(
            f"No speech was found in {part.recording.name}.",
            hint="Choose another part of the recording, or lower the threshold.",
        )
    fresh = _not_there(cuts, part, workspace, name)
    with _scratch(workspace) as folder:
        durations_s = _write(fresh, part, folder, report)
        report(Progress(1.0, "Saving"))  # the last moment to cancel
        chunks = [_chunk(cut, part, duration_s) for cut, duration_s in zip(fresh, durations_s, strict=True)]
        dataset = _add(chunks, part, folder, request, workspace)
    return _result(dataset, chunks, len(cuts) - len(fresh), part)


def _part(request: AnalyzeRequest, workspace: Workspace) -> _Part:
    _check_durations(request)
    recording = get_recording(workspace, request.recording_id)
    start_s = request.start_s or 0.0
    end_s = min(request.end_s or recording.duration_s, recording.duration_s)
    if start_s >= end_s:
        raise InvalidInput(
            f"The range from {start_s:g} s to {request.end_s or end_s:g} s holds nothing of a recording of "
            f"{recording.duration_s:.1f} s.",
            hint="Let the range begin before it ends, within the recording.",
        )
    return _Part(recording, original_path(workspace, recording), start_s, end_s)


def _check_durations(request: AnalyzeRequest) -> None:
    order = (
        ("shortest", request.min_duration_s, "target", request.target_duration_s),
        ("target", request.target_duration_s, "longest", request.max_duration_s),
    )
    for lower, lower_s, upper, upper_s in order:
        if lower_s > upper_s:
            raise InvalidInput(
                f"The {lower} duration ({lower_s:g} s) is greater than the {upper} one ({upper_s:g} s).",
                hint="Let shortest, target and longest duration be in this order.",
            )


def _plan(request: AnalyzeRequest, part: _Part, report: Report, share: float) -> tuple[Times, list[Cut]]:
    """Speech and cuts, in seconds from the part's start."""
    track = _track(part, report, share)
    speech = speech_segments(
        track.speech,
        request.threshold,
        request.min_speech_ms / 1000,
        request.min_silence_ms / 1000,
        track.duration_s,
    )
    pad_s = request.speech_pad_ms / 1000
    wanted = Wanted(
        min_s=request.min_duration_s,
        target_s=request.target_duration_s,
        max_s=request.max_duration_s,
        start_pad_s=pad_s + ONSET_LATE_S if pad_s else 0.0,
        end_pad_s=pad_s,
    )
    return speech, plan_cuts(speech, track.energy, ENERGY_S, track.duration_s, wanted)


def _track(part: _Part, report: Report, share: float) -> Track:
    key = (part.recording.sha256, part.start_s, part.end_s)
    if key not in _tracks:
        louder = np.float32(gain(part.recording.level))
        blocks = mono_blocks(part.path, RATE_HZ, tuple(part.recording.mix), part.start_s, part.end_s)
        heard = _reported(blocks, RATE_HZ, part, report, share)
        _tracks[key] = listen(block * louder for block in heard)
        while len(_tracks) > _KEPT_TRACKS:
            _tracks.popitem(last=False)
    _tracks.move_to_end(key)
    return _tracks[key]


def _reported(blocks: Iterable[Samples], rate_hz: int, part: _Part, report: Report, share: float) -> Iterator[Samples]:
    """The same blocks; tells how far through the part they are, up to `share` of the whole."""
    done_s = 0.0
    for block in blocks:
        report(Progress(min(share, share * done_s / (part.end_s - part.start_s)), "Finding speech"))
        yield block
        done_s += block.size / rate_hz


def _shown(time_s: float) -> float:
    return round(time_s, 4)


def _statistics(part: _Part, speech: Times, cuts: list[Cut]) -> CutStatistics:
    durations_s = np.array([cut.end_s - cut.start_s for cut in cuts])
    return CutStatistics(
        recording_s=_shown(part.end_s - part.start_s),
        speech_s=_shown(float((speech[:, 1] - speech[:, 0]).sum())),
        chunk_count=len(cuts),
        chunk_total_s=_shown(float(durations_s.sum())),
        chunk_min_s=_shown(float(durations_s.min())) if cuts else 0.0,
        chunk_mean_s=_shown(float(durations_s.mean())) if cuts else 0.0,
        chunk_max_s=_shown(float(durations_s.max())) if cuts else 0.0,
        histogram=[int(count) for count in np.bincount(durations_s.astype(int))] if cuts else [],
    )


def _not_there(cuts: list[Cut], part: _Part, workspace: Workspace, name: str) -> list[Cut]:
    """The cuts of which the dataset has less than half."""
    try:
        dataset = store.read(workspace, name)
    except NotFound:
        return cuts
    return [cut for cut in cuts if not _covered(cut.start_s + part.start_s, cut.end_s + part.start_s, part, dataset)]


def _covered(start_s: float, end_s: float, part: _Part, dataset: Dataset) -> bool:
    there_s = sum(
        max(0.0, min(end_s, known.end_s) - max(start_s, known.start_s))
        for known in dataset.chunks
        if known.recording == part.recording.id
    )
    return there_s > (end_s - start_s) / 2


@contextmanager
def _scratch(workspace: Workspace) -> Iterator[Path]:
    """A folder beside the datasets that goes away again; what is finished is moved out of it."""
    folder = workspace.datasets / f".making-{secrets.token_hex(8)}"
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write(cuts: list[Cut], part: _Part, folder: Path, report: Report) -> list[float]:
    """Writes each cut as `0.wav`, `1.wav` … and gives the durations; one pass over the recording."""
    if not cuts:
        return []
    last_s = part.start_s + cuts[-1].end_s
    blocks = mono_blocks(part.path, CHUNK_RATE_HZ, tuple(part.recording.mix), part.start_s, last_s)
    durations_s = []
    for index, samples in enumerate(_slices(blocks, [(cut.start_s, cut.end_s) for cut in cuts], CHUNK_RATE_HZ)):
        fraction = _LISTENING_SHARE + (1 - _LISTENING_SHARE) * index / len(cuts)
        report(Progress(fraction, f"Cutting chunk {index + 1} of {len(cuts)}"))
        write_wav(folder / f"{index}.wav", samples, CHUNK_RATE_HZ)
        durations_s.append(samples.size / CHUNK_RATE_HZ)
    return durations_s


def _slices(blocks: Iterator[Samples], spans_s: list[tuple[float, float]], rate_hz: int) -> Iterator[Samples]:
    """The samples of each span, (n,); spans in order and not overlapping. Holds no more than one span and one block."""
    held, at = np.zeros(0, dtype=np.float32), 0
    for start_s, end_s in spans_s:
        first, last = round(start_s * rate_hz), round(end_s * rate_hz)
        parts, have = [held], at + held.size
        while have < last and (block := next(blocks, None)) is not None:
            if have <= first:
                parts, at = [], have
            parts.append(block)
            have += block.size
        held = np.concatenate(parts) if parts else held[:0]
        yield held[max(0, first - at) : last - at]
        held, at = held[last - at :], last


def _chunk(cut: Cut, part: _Part, duration_s: float) -> Chunk:
    return Chunk(
        file="",
        recording=part.recording.id,
        start_s=_shown(part.start_s + cut.start_s),
        end_s=_shown(part.start_s + cut.end_s),
        duration_s=round(duration_s, 6),
        flags=list(cut.flags),
    )


def _add(chunks: list[Chunk], part: _Part, folder: Path, request: ChunkRequest, workspace: Workspace) -> Dataset:
    """Moves the new files into the dataset under the next free numbers; metadata.json comes last, or none stays."""
    with _removed_on_error() as moved, store.changing(workspace, request.dataset, create=True) as dataset:
        target = workspace.dataset(request.dataset)
        (target / CHUNKS).mkdir(parents=True, exist_ok=True)
        first = store.next_number(dataset, target)
        for index, one in enumerate(chunks):
            one.file = f"{CHUNKS}/chunk_{first + index:03d}.wav"
            moved.append((folder / f"{index}.wav").rename(target / one.file))
        dataset.chunks += chunks
        source = part.recording
        if all(known.id != source.id for known in dataset.recordings):
            dataset.recordings.append(SourceRecording(id=source.id, name=source.name, sha256=source.sha256))
        dataset.language = dataset.language or request.language
    return dataset


@contextmanager
def _removed_on_error() -> Iterator[list[Path]]:
    """Gives a list of files, which are removed when an error passes."""
    files: list[Path] = []
    try:
        yield files
    except BaseException:
        for file in files:
            file.unlink(missing_ok=True)
        raise


def _result(dataset: Dataset, chunks: list[Chunk], left_out: int, part: _Part) -> ChunkResult:
    notices = []
    if left_out:
        notices.append(
            f"{left_out} of {left_out + len(chunks)} chunks were not added: the dataset has those parts of "
            f"{part.recording.name} already."
        )
    forced = sum("forced_cut" in one.flags for one in chunks)
    if forced:
        notices.append(f"{forced} chunks begin or end without a pause, since the speech had none for too long.")
    return ChunkResult(
        dataset=dataset.name,
        added=len(chunks),
        total=len(dataset.chunks),
        duration_s=round(sum(one.duration_s for one in chunks), 3),
        notices=notices,
    )
