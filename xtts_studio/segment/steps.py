"""The steps `analyze` (a preview) and `chunk` (into a dataset). They run in the vad worker."""

from pathlib import Path

import numpy as np

from xtts_studio.dataset import store
from xtts_studio.dataset.staging import scratch, unlisted_removed
from xtts_studio.dataset.store import CHUNKS
from xtts_studio.errors import AudioError, InvalidInput, NotFound
from xtts_studio.events import Progress, Report
from xtts_studio.recordings import get_recording
from xtts_studio.segment.cuts import ONSET_LATE_S, Cut, Wanted, plan_cuts
from xtts_studio.segment.pauses import Loudness, Times
from xtts_studio.segment.tracks import Part, track_of
from xtts_studio.segment.vad import ENERGY_S, speech_segments
from xtts_studio.segment.writing import write_chunks
from xtts_studio.shapes import (
    AnalyzeRequest,
    AnalyzeResult,
    Chunk,
    ChunkRequest,
    ChunkResult,
    CutStatistics,
    Dataset,
    PlannedChunk,
    SourceRecording,
    Span,
)
from xtts_studio.workspace import Workspace, check_name

_SHARED_UNTOLD_S = 0.3
"""What two chunks may share without a word: their padding."""

_LISTENING_SHARE = 0.6  # of the whole time that `chunk` takes


def analyze(request: AnalyzeRequest, workspace: Workspace, report: Report) -> AnalyzeResult:
    """The speech in (a part of) a recording and the chunks that would be cut; writes nothing.

    Raises `NotFound` for an unknown recording, `InvalidInput` for a range or durations that can't be.
    """
    part = _part(request, workspace)
    speech, cuts = _plan(request, part, report, share=1.0)
    return AnalyzeResult(
        speech=[Span(start_s=_shown(start), end_s=_shown(end)) for start, end in speech.tolist()],
        chunks=[
            PlannedChunk(
                start_s=_shown(cut.start_s),
                end_s=_shown(cut.end_s),
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
    known = _there(part, workspace, name)
    fresh = [cut for cut in cuts if _shared_s(cut, known) <= (cut.end_s - cut.start_s) / 2]
    twice_s = [shared_s for cut in fresh if (shared_s := _shared_s(cut, known)) > _SHARED_UNTOLD_S]
    with scratch(workspace) as folder:
        durations_s = write_chunks(fresh, part, request.fade_ms / 1000, folder, report, _LISTENING_SHARE)
        report(Progress(1.0, "Saving"))  # the last moment to cancel
        chunks = [_chunk(cut, part, duration_s) for cut, duration_s in zip(fresh, durations_s, strict=True)]
        dataset = _add(chunks, part, folder, request, workspace)
    return _result(dataset, chunks, len(cuts) - len(fresh), twice_s, part)


def _part(request: AnalyzeRequest, workspace: Workspace) -> Part:
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
    return Part.of(workspace, recording, start_s, end_s)


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


def _plan(request: AnalyzeRequest, part: Part, report: Report, share: float) -> tuple[Times, list[Cut]]:
    """Speech and cuts of the part, in seconds of the recording."""
    track = track_of(part, report, share)
    heard = speech_segments(
        track.speech,
        request.threshold,
        request.min_speech_ms / 1000,
        request.min_silence_ms / 1000,
        track.duration_s,
    )
    # by the detector's own clock, so that a part is cut like the whole
    range_s = max(0.0, part.start_s - track.start_s), min(track.duration_s, part.end_s - track.start_s)
    inside = _inside(heard, range_s, request.min_speech_ms / 1000)
    cuts = plan_cuts(inside, Loudness(track.energy, ENERGY_S, heard), _wanted(request), range_s)
    return inside + track.start_s, [cut.later(track.start_s) for cut in cuts]


def _inside(speech: Times, range_s: tuple[float, float], min_speech_s: float) -> Times:
    """What of the stretches lies in a range; little pieces of those that reach out of it are left out."""
    inside = np.clip(speech, min(range_s), max(range_s))
    as_it_was = (inside == speech).all(axis=1)
    return np.asarray(inside[as_it_was | (inside[:, 1] - inside[:, 0] > min_speech_s)], dtype=np.float64)


def _wanted(request: AnalyzeRequest) -> Wanted:
    pad_s = request.speech_pad_ms / 1000
    return Wanted(
        min_s=request.min_duration_s,
        target_s=request.target_duration_s,
        max_s=request.max_duration_s,
        start_pad_s=pad_s + ONSET_LATE_S if pad_s else 0.0,
        end_pad_s=pad_s,
        min_silence_s=request.min_silence_ms / 1000,
    )


def _shown(time_s: float) -> float:
    return round(time_s, 4)


def _statistics(part: Part, speech: Times, cuts: list[Cut]) -> CutStatistics:
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


def _there(part: Part, workspace: Workspace, name: str) -> Times:
    """What the dataset has of the recording, (chunks, 2) in seconds."""
    try:
        chunks = store.read(workspace, name).chunks
    except NotFound:
        chunks = []
    there = [(one.start_s, one.end_s) for one in chunks if one.recording == part.recording.id]
    return np.array(there, dtype=np.float64).reshape(-1, 2)


def _shared_s(cut: Cut, known: Times) -> float:
    """How many seconds of the cut lie in known stretches, (n, 2)."""
    return float(np.maximum(0.0, np.minimum(cut.end_s, known[:, 1]) - np.maximum(cut.start_s, known[:, 0])).sum())


def _chunk(cut: Cut, part: Part, duration_s: float) -> Chunk:
    return Chunk(
        file="",
        recording=part.recording.id,
        start_s=_shown(cut.start_s),
        end_s=_shown(cut.end_s),
        duration_s=round(duration_s, 6),
        flags=list(cut.flags),
    )


def _add(chunks: list[Chunk], part: Part, folder: Path, request: ChunkRequest, workspace: Workspace) -> Dataset:
    """Moves the new files into the dataset under the next free numbers; metadata.json comes last, or none stays."""
    target = workspace.dataset(request.dataset)
    with unlisted_removed(target) as moved, store.changing(workspace, request.dataset, create=True) as dataset:
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


def _result(dataset: Dataset, chunks: list[Chunk], left_out: int, twice_s: list[float], part: Part) -> ChunkResult:
    notices = []
    if left_out:
        notices.append(
            f"{left_out} of {left_out + len(chunks)} chunks were not added: the dataset has those parts of "
            f"{part.recording.name} already."
        )
    if twice_s:
        notices.append(
            f"{len(twice_s)} of the new chunks repeat {sum(twice_s):.1f} s that the dataset has of an earlier cut: "
            "drop one of each pair, or cut from where the earlier range ended."
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
