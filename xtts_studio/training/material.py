"""What a dataset gives to training: clips to learn from, clips to evaluate on, and what is left out, with reasons."""

from dataclasses import dataclass
from pathlib import Path

from xtts_studio.dataset import store
from xtts_studio.dataset.checks import usable_chunks
from xtts_studio.dataset.split import split
from xtts_studio.errors import DatasetError
from xtts_studio.events import Log, Report
from xtts_studio.shapes import Chunk, Rejection, TrainRequest
from xtts_studio.text.tokenizer import Tokenizer
from xtts_studio.training.features import Source
from xtts_studio.workspace import Workspace

_REJECTIONS_TOLD = 50
_REASONS_TOLD = 5


@dataclass(frozen=True)
class Material:
    """The clips of a dataset, sorted by what becomes of them."""

    train: list[Source]
    evaluation: list[Source]
    rejected: list[Rejection]

    @property
    def usable(self) -> int:
        return len(self.train) + len(self.evaluation)


def gather(request: TrainRequest, workspace: Workspace, tokenizer: Tokenizer, report: Report) -> Material:
    """Sorts the chunks of the request's dataset and warns of each that is left out.

    Raises `NotFound` for an unknown dataset, `DatasetError` when no chunk can be trained on.
    """
    dataset = store.read(workspace, request.dataset)
    folder = workspace.dataset(request.dataset)
    chunks, rejected = usable_chunks(dataset, folder, tokenizer)
    _warn(rejected, report)
    train, evaluation = ([_source(chunk, folder) for chunk in part] for part in split(chunks, request.eval_fraction))
    if not train:
        raise _nothing_usable(dataset.name, rejected)
    return Material(train, evaluation, rejected)


def _source(chunk: Chunk, folder: Path) -> Source:
    return Source(folder / chunk.file, chunk.text, chunk.language or "")


def _warn(rejected: list[Rejection], report: Report) -> None:
    """Chunks that were dropped by hand surprise nobody."""
    surprising = [rejection for rejection in rejected if rejection.code != "dropped"]
    for rejection in surprising[:_REJECTIONS_TOLD]:
        report(Log(f"{rejection.file} is left out: {rejection.reason}", "warning"))
    more = len(surprising) - _REJECTIONS_TOLD
    if more > 0:
        report(Log(f"{more} more chunks are left out; the dataset's check lists them all.", "warning"))


def _nothing_usable(dataset: str, rejected: list[Rejection]) -> DatasetError:
    by_reason: dict[str, int] = {}
    for rejection in rejected:
        by_reason[rejection.reason] = by_reason.get(rejection.reason, 0) + 1
    most_common = sorted(by_reason.items(), key=lambda item: -item[1])[:_REASONS_TOLD]
    reasons = " ".join(f"{count} × {reason}" for reason, count in most_common)
    return DatasetError(
        f"The dataset {dataset!r} has no chunk that can be trained on. {reasons or 'It is empty.'}",
        hint="Cut and transcribe recordings into it, or correct the chunks that are named.",
        details={"rejected": [rejection.model_dump() for rejection in rejected]},
    )
