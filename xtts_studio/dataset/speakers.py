"""The step `compare_speakers`: which clips of a dataset sound like another person than the rest.

The base model's own speaker encoder hears four seconds of each clip; what it makes of them is kept in `speakers.npz`
in the dataset's folder. It runs in the training worker, after an x-ray, and adds to what that has found.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import torch

from xtts_studio.audio.mix import Samples
from xtts_studio.audio.resample import resample
from xtts_studio.dataset import store
from xtts_studio.dataset.clip_sound import read_clip
from xtts_studio.dataset.doubt import report_of
from xtts_studio.dataset.outliers import LEAST_CLIPS, Embeddings, outliers
from xtts_studio.dataset.speaker_file import SpeakerFile
from xtts_studio.dataset.stamps import sound_stamp
from xtts_studio.dataset.xray_file import read_xray, write_xray
from xtts_studio.errors import AudioError, ModelMissing, NotFound
from xtts_studio.events import Progress, Report
from xtts_studio.models import find_whole
from xtts_studio.settings import Settings
from xtts_studio.shapes import (
    Chunk,
    ClipDetails,
    ClipReport,
    CompareSpeakersRequest,
    Dataset,
    Finding,
    Xray,
    XrayResult,
)
from xtts_studio.workspace import Workspace
from xtts_studio.xtts.checkpoint import load_network
from xtts_studio.xtts.precision import device_named
from xtts_studio.xtts.speaker import SAMPLE_RATE_HZ, SpeakerEncoder

CODE = "speaker_outlier"
HEARD_S = 4.0
"""Of each clip, from its middle; what is shorter is repeated."""
SHORTEST_S = 1.0
"""Less tells nothing of who speaks."""
_AT_ONCE = 16


def compare_speakers(request: CompareSpeakersRequest, workspace: Workspace, report: Report) -> XrayResult:
    """Adds to the dataset's x-ray which clips sound like somebody else. Without the base model, or with few clips, it
    adds a notice that says so.

    Raises `NotFound` for a dataset without an x-ray.
    """
    dataset, folder = store.read(workspace, request.dataset), workspace.dataset(request.dataset)
    _xray_of(folder)
    clips = [one for one in dataset.chunks if one.state == "active" and one.duration_s >= SHORTEST_S]
    if len(clips) < LEAST_CLIPS:
        said = f"Speakers were not compared: that takes {LEAST_CLIPS} clips of {SHORTEST_S:.0f} s or more."
        return _told(dataset, folder, None, said)
    try:
        model = find_whole(workspace, request.base_model)
    except ModelMissing:
        return _told(dataset, folder, None, "Speakers were not compared: the base model is not here yet.")
    report(Progress(0.0, "Loading the speaker encoder"))
    embeddings = _embeddings(_encoder(model), folder, clips, report)
    found = outliers(embeddings, {one.file: one.speaker for one in clips})
    report(Progress(1.0, f"{len(found)} clips sound like somebody else"))
    return _told(dataset, folder, found, None)


def _xray_of(folder: Path) -> Xray:
    found = read_xray(folder)
    if found is None:
        raise NotFound(f"Dataset {folder.name!r} has no x-ray yet.", hint="Make one first; this adds to it.")
    return found


def _encoder(model: Path) -> SpeakerEncoder:
    encoder = load_network(model).hifigan_decoder.speaker_encoder
    return encoder.to(device_named(Settings().device)).eval()


def _embeddings(encoder: SpeakerEncoder, folder: Path, clips: Sequence[Chunk], report: Report) -> dict[str, Embeddings]:
    """Of the clips that can be read, by file; those of files that haven't changed are found in the dataset's folder."""
    file = SpeakerFile(folder, encoder.state_dict().values())
    stamps = {clip.file: sound_stamp(folder / clip.file) for clip in clips}
    new = [clip for clip in clips if file.get(clip.file, stamps[clip.file]) is None]
    try:
        for at in range(0, len(new), _AT_ONCE):
            report(Progress(at / len(new), f"Heard {at} of {len(new)} clips"))
            waves = {one.file: wave for one in new[at : at + _AT_ONCE] if (wave := _wave(folder, one)) is not None}
            if waves:
                rows = _encoded(encoder, np.stack(list(waves.values())))
                for name, row in zip(waves, rows, strict=True):
                    file.put(name, stamps[name], row)
    finally:
        file.save(stamps)
    known = {clip.file: file.get(clip.file, stamps[clip.file]) for clip in clips}
    return {name: row for name, row in known.items() if row is not None}


def _wave(folder: Path, chunk: Chunk) -> Samples | None:
    """Four seconds of a clip at 16 kHz, (n,); None for one that can't be read or is silent."""
    try:
        clip = read_clip(folder / chunk.file, chunk, ClipDetails(), None)
    except (AudioError, NotFound):
        return None
    if len(clip.samples) < SHORTEST_S * clip.rate_hz or not clip.samples.any():
        return None
    size = round(HEARD_S * clip.rate_hz)
    start = max(0, (len(clip.samples) - size) // 2)
    heard = np.resize(clip.samples[start : start + size], size)
    return np.resize(resample(heard, clip.rate_hz, SAMPLE_RATE_HZ), round(HEARD_S * SAMPLE_RATE_HZ))


@torch.inference_mode()
def _encoded(encoder: SpeakerEncoder, waves: Samples) -> Embeddings:
    """(n, samples) at 16 kHz -> (n, 512) of length 1."""
    device = next(encoder.parameters()).device
    return np.asarray(encoder(torch.from_numpy(waves).to(device)).float().cpu().numpy())


def _told(dataset: Dataset, folder: Path, found: dict[str, float] | None, notice: str | None) -> XrayResult:
    """Writes what was found into the x-ray as it is now; None: speakers were not compared."""
    xray = _xray_of(folder)
    durations_s = {chunk.file: chunk.duration_s for chunk in dataset.chunks}
    rows = [_row(row, found or {}, durations_s.get(row.file, 0.0)) for row in xray.clips]
    active = {chunk.file for chunk in dataset.chunks if chunk.state == "active"}
    lights = Counter(row.light for row in rows if row.file in active)
    counts = Counter(code for row in rows for code in {finding.code for finding in row.findings})
    totals = xray.totals.model_copy(
        update={
            "lights": {light: lights[light] for light in ("green", "amber", "red")},
            "findings": dict(counts.most_common()),
        }
    )
    kept = [one for one in xray.notices if not one.startswith("Speakers were not compared")]
    notices = [*kept, notice] if notice else kept
    update = {"clips": rows, "totals": totals, "notices": notices, "speakers_compared": found is not None}
    write_xray(folder, xray.model_copy(update=update))
    return XrayResult(dataset=dataset.name, totals=totals, notices=notices)


def _row(row: ClipReport, found: dict[str, float], duration_s: float) -> ClipReport:
    others = [finding for finding in row.findings if finding.code != CODE]
    return report_of(row.file, row.usable, [*others, *_findings(row, found)], duration_s, row.digest)


def _findings(row: ClipReport, found: dict[str, float]) -> Iterable[Finding]:
    if row.file in found:
        said = f"It sounds like another person than the other clips (likeness {1 - found[row.file]:.2f})."
        yield Finding(code=CODE, light="amber", reason=said, fix="drop")
