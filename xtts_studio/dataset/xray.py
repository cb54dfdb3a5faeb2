"""The step `xray`: of each clip what training does with it and how it sounds, of the dataset what it amounts to.

What is measured of a sound is kept beside it, so that a second x-ray takes seconds. Rules are in `findings`, their
order in `doubt`, sums in `coverage`.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from xtts_studio.dataset import store
from xtts_studio.dataset.checks import usable_chunks
from xtts_studio.dataset.coverage import totals_of
from xtts_studio.dataset.doubt import report_of
from xtts_studio.dataset.findings import Seen, findings_of
from xtts_studio.dataset.measures import measure_clips
from xtts_studio.dataset.norms import letters_per_second, norms_of
from xtts_studio.dataset.stamps import digest_of
from xtts_studio.dataset.twins import duplicates, merge_partners
from xtts_studio.dataset.xray_file import write_xray
from xtts_studio.errors import ModelMissing
from xtts_studio.events import Log, Progress, Report
from xtts_studio.models import find_whole
from xtts_studio.shapes import Chunk, ClipMeasures, ClipReport, Dataset, Rejection, Xray, XrayRequest, XrayResult
from xtts_studio.text.tokenizer import Tokenizer
from xtts_studio.workspace import Workspace

_CHECKED, _MEASURED = 0.15, 0.95  # shares of the progress bar
_MOSTLY = 0.5
_OF_ALL = {
    "narrow_band": "sound like a telephone: the voice will be dull. Recordings of 22 kHz or more are better.",
    "reverberant": "echo: the voice will, too. Recordings close to the microphone are better.",
    "noisy": "are noisy: the voice will be, too. Recordings in a quiet room are better.",
    "music": "have music or a hum beneath the speech. Recordings without are better.",
    "clipped": "are clipped. Recordings with less gain are better.",
    "quiet": "are very quiet. Louder recordings are better.",
}


def xray(request: XrayRequest, workspace: Workspace, report: Report) -> XrayResult:
    """Looks at every clip and writes `xray.json` beside them. Where the base model is not here yet, what depends on its
    vocabulary is left out, with a notice.

    Raises `NotFound` for an unknown dataset or a fine-tuned model that isn't there, `DatasetError` for a broken one.
    """
    made_at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")  # changes from now on count
    dataset = store.read(workspace, request.dataset)
    folder = workspace.dataset(request.dataset)
    tokenizer, notices = _tokenizer(workspace, request.base_model)
    usable, rejected = _checked(dataset, folder, tokenizer, report)
    measures = _measures(workspace, dataset, report)
    report(Progress(_MEASURED, "Comparing the clips"))
    rows = rows_of(dataset, folder, frozenset(chunk.file for chunk in usable), rejected, measures)
    totals = totals_of(dataset.chunks, rows, measures, dataset.language)
    notices += _notices(rows, totals.active)
    for notice in notices:
        report(Log(notice, "warning"))
    found = Xray(made_at=made_at, base_model=request.base_model, totals=totals, clips=rows, notices=notices)
    if folder.is_dir():
        write_xray(folder, found)
    report(Progress(1.0, f"{totals.usable} of {totals.clips} clips will train"))
    return XrayResult(dataset=dataset.name, totals=totals, notices=notices)


def rows_of(
    dataset: Dataset,
    folder: Path,
    usable: frozenset[str],
    rejected: Sequence[Rejection],
    measures: dict[str, ClipMeasures],
) -> list[ClipReport]:
    """A row for each clip, in order; `usable` and `rejected` are what the trainer's filter says."""
    active = [chunk for chunk in dataset.chunks if chunk.state == "active"]
    spoken = [chunk.model_copy(update={"language": chunk.language or dataset.language}) for chunk in active]
    rates = {one.file: letters_per_second(one, one.language, measures.get(one.file)) for one in spoken}
    norms = norms_of(spoken, measures, {file: rate for file, rate in rates.items() if rate is not None})
    originals = duplicates(active, measures, usable)
    partners = merge_partners(spoken)
    why = {rejection.file: rejection for rejection in rejected}
    rows = []
    for chunk in dataset.chunks:
        seen = Seen(
            chunk,
            chunk.language or dataset.language,
            why.get(chunk.file),
            measures.get(chunk.file),
            rates.get(chunk.file),
            partners.get(chunk.file),
            originals.get(chunk.file),
        )
        found, digest = findings_of(seen, norms), digest_of(folder, chunk, dataset.language)
        rows.append(report_of(chunk.file, chunk.file in usable, found, chunk.duration_s, digest))
    return rows


def _tokenizer(workspace: Workspace, base_model: str) -> tuple[Tokenizer | None, list[str]]:
    try:
        return Tokenizer(find_whole(workspace, base_model) / "vocab.json"), []
    except ModelMissing:
        said = (
            "The base model is not here yet: whether it knows all characters, and takes the longest texts, is not told."
        )
        return None, [said]


def _checked(
    dataset: Dataset, folder: Path, tokenizer: Tokenizer | None, report: Report
) -> tuple[list[Chunk], list[Rejection]]:
    total = len(dataset.chunks)
    report(Progress(0.0, f"Checking {total} clips"))
    return usable_chunks(
        dataset,
        folder,
        tokenizer,
        lambda done: report(Progress(_CHECKED * done / total, f"Checked {done} of {total} clips")),
    )


def _measures(workspace: Workspace, dataset: Dataset, report: Report) -> dict[str, ClipMeasures]:
    """Of the active clips that can be read, by file."""
    active = [chunk for chunk in dataset.chunks if chunk.state == "active"]

    def told(done: int) -> None:
        share = _CHECKED + (_MEASURED - _CHECKED) * done / len(active)
        report(Progress(share, f"Measured {done} of {len(active)} clips"))

    return measure_clips(workspace, dataset.name, active, told)


def _notices(rows: Sequence[ClipReport], active: int) -> list[str]:
    """What most clips have in common: no click mends that."""
    counts = {code: sum(any(one.code == code for one in row.findings) for row in rows) for code in _OF_ALL}
    return [f"Most clips {_OF_ALL[code]}" for code, count in counts.items() if active and count > _MOSTLY * active]
