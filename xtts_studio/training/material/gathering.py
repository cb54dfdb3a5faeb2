"""What datasets give to training: clips to learn from, clips to evaluate on, and what is left out, with reasons."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from xtts_studio.dataset import store
from xtts_studio.dataset.checks import usable_chunks
from xtts_studio.dataset.limits import state_problem
from xtts_studio.dataset.split import split
from xtts_studio.dataset.versions import read_version
from xtts_studio.errors import DatasetError
from xtts_studio.events import Log, Report
from xtts_studio.shapes import Chunk, Dataset, DatasetShare, Rejection, TrainRequest
from xtts_studio.text.tokenizer import Tokenizer
from xtts_studio.training.material.features import Source, TrainingClip, fingerprints
from xtts_studio.training.material.states import pinned, remembering
from xtts_studio.training.plan.facts import parts
from xtts_studio.training.records.card import TrainedDataset
from xtts_studio.workspace import Workspace

__all__ = ["Material", "gather", "pinned", "remembering", "texts"]

_REJECTIONS_TOLD = 50
_REASONS_TOLD = 5


@dataclass(frozen=True)
class Material:
    """The clips of a run's datasets, sorted by what becomes of them. The group of a clip is its dataset's place.

    `request` names the saved state of every dataset.
    """

    request: TrainRequest
    datasets: list[TrainedDataset]
    folders: list[Path]
    train: list[Source]
    evaluation: list[Source]
    rejected: list[Rejection]

    @property
    def dataset_version(self) -> int:
        return self.datasets[0].version

    @property
    def usable(self) -> int:
        return len(self.train) + len(self.evaluation)

    def described(self, clips: Sequence[TrainingClip]) -> list[TrainedDataset]:
        """The datasets, each with the fingerprint of what training sees of it in `clips`: for the model's card."""
        prints = fingerprints(clips)
        return [replace(one, fingerprint=prints.get(group, "")) for group, one in enumerate(self.datasets)]


@dataclass(frozen=True)
class _Gathered:
    """What one dataset gives."""

    name: str
    train: list[Chunk]
    evaluation: list[Chunk]
    rejected: list[Rejection]


def gather(request: TrainRequest, workspace: Workspace, tokenizer: Tokenizer, report: Report) -> Material:
    """Sorts the chunks of a saved state of each of the request's datasets and warns of each that is left out.

    Where the request names no state, the present one is saved. Each dataset is split by itself, so that its clips stay
    on their side whatever it is trained together with. Raises `InvalidInput` for a dataset that is named twice,
    `NotFound` for an unknown dataset or state, `DatasetError` when one has no chunk that can be trained on.
    """
    request = pinned(request, workspace)
    shares = list(parts(request))
    found = [_gather(share, request.eval_fraction, workspace, tokenizer) for share in shares]
    rejected = [_told_of(one, rejection, len(found) > 1) for one in found for rejection in one.rejected]
    _warn(rejected, report)
    folders = [workspace.dataset(share.dataset) for share in shares]
    return Material(
        request=request,
        datasets=[_described(one, share) for one, share in zip(found, shares, strict=True)],
        folders=folders,
        train=list(_sources([one.train for one in found], folders, shares)),
        evaluation=list(_sources([one.evaluation for one in found], folders, shares)),
        rejected=rejected,
    )


def texts(request: TrainRequest, workspace: Workspace) -> list[tuple[str, str]]:
    """Text and language of all clips that have them, in the states that a `pinned` request names.

    Whether the model knows their characters is not asked: a vocabulary is to be made of them.
    """
    found: list[tuple[str, str]] = []
    for share in parts(request):
        dataset = _saved(share, workspace)
        for chunk in dataset.chunks:
            language = chunk.language or dataset.language
            if language and state_problem(chunk, language) is None:
                found.append((chunk.text, language))
    return found


def _saved(share: DatasetShare, workspace: Workspace) -> Dataset:
    folder = workspace.dataset(share.dataset)
    dataset = store.read_folder(folder)
    assert share.version is not None, "a pinned request names all states"
    dataset.chunks = read_version(folder, share.version)
    return dataset


def _gather(share: DatasetShare, eval_fraction: float, workspace: Workspace, tokenizer: Tokenizer) -> _Gathered:
    dataset = _saved(share, workspace)
    chunks, rejected = usable_chunks(dataset, workspace.dataset(share.dataset), tokenizer)
    train, evaluation = split(chunks, eval_fraction)
    if not train:
        raise _nothing_usable(dataset.name, rejected)
    return _Gathered(dataset.name, train, evaluation, rejected)


def _described(found: _Gathered, share: DatasetShare) -> TrainedDataset:
    chunks = [*found.train, *found.evaluation]
    assert share.version is not None, "a pinned request names all states"
    return TrainedDataset(
        name=found.name,
        version=share.version,
        weight=share.weight,
        train_clips=len(found.train),
        eval_clips=len(found.evaluation),
        speech_s=round(sum(chunk.duration_s for chunk in chunks), 3),
        languages=tuple(sorted({chunk.language or "" for chunk in chunks})),
    )


def _sources(groups: list[list[Chunk]], folders: list[Path], shares: list[DatasetShare]) -> Iterator[Source]:
    for group, (chunks, folder, share) in enumerate(zip(groups, folders, shares, strict=True)):
        for chunk in chunks:
            yield Source(folder / chunk.file, chunk.text, chunk.language or "", group, share.weight)


def _told_of(found: _Gathered, rejection: Rejection, of_several: bool) -> Rejection:
    """The rejection; where there are several datasets, with the name of its own."""
    return rejection.model_copy(update={"file": f"{found.name}/{rejection.file}"}) if of_several else rejection


def _warn(rejected: list[Rejection], report: Report) -> None:
    """Chunks that were dropped by hand surprise nobody."""
    surprising = [rejection for rejection in rejected if rejection.code != "dropped"]
    for rejection in surprising[:_REJECTIONS_TOLD]:
        report(Log(f"{rejection.file} is left out: {rejection.reason}", "warning"))
    more = len(surprising) - _REJECTIONS_TOLD
    if more > 0:
        report(Log(f"{more} more chunks are left out; the dataset's check lists them all.", "warning"))


def _nothing_usable(dataset: str, rejected: list[Rejection]) -> DatasetError:
    by_reason = Counter(rejection.reason for rejection in rejected)
    reasons = " ".join(f"{count} × {reason}" for reason, count in by_reason.most_common(_REASONS_TOLD))
    return DatasetError(
        f"The dataset {dataset!r} has no chunk that can be trained on. {reasons or 'It is empty.'}",
        hint="Cut and transcribe recordings into it, or correct the chunks that are named.",
        details={"rejected": [rejection.model_dump() for rejection in rejected]},
    )
