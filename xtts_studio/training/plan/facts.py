"""What the recipe is chosen from: how much speech there is, in which languages, and whether the base speaks them.

Told at once, also of 20 000 clips: it trusts the durations that the datasets remember and asks no tokenizer, so that
training may leave out a few clips more (`dataset.checks` reads all sounds and texts). Needs no torch: the server asks.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from xtts_studio.dataset.limits import duration_problem, state_problem
from xtts_studio.dataset.metadata import read_written
from xtts_studio.dataset.split import split
from xtts_studio.dataset.versions import read_version
from xtts_studio.errors import DatasetError, TextError
from xtts_studio.shapes import Chunk, Dataset, DatasetShare, TrainingFacts, TrainRequest
from xtts_studio.text.languages import LANGUAGES, language_of
from xtts_studio.training.plan.bases import base_folder, vocabulary_tags
from xtts_studio.workspace import Workspace


@dataclass(frozen=True)
class _Share:
    """What one dataset gives."""

    clips: list[Chunk]
    train_clips: int
    weight: float
    languages: frozenset[str]


def facts(request: TrainRequest, workspace: Workspace) -> TrainingFacts:
    """The facts of all datasets of a request. Reads no sound.

    Raises `NotFound` for an unknown dataset, state or model, `DatasetError` where no clip can be trained on.
    """
    tags = vocabulary_tags(base_folder(workspace, request.base_model))
    shares = [_share(part, request.eval_fraction, workspace) for part in parts(request)]
    clips = [clip for share in shares for clip in share.clips]
    if not clips:
        raise _nothing_usable(request)
    languages = sorted(frozenset[str]().union(*(share.languages for share in shares)))
    known = tags if tags is not None else {language.tag for language in LANGUAGES.values()}
    return TrainingFacts(
        clips=len(clips),
        eval_clips=len(clips) - sum(share.train_clips for share in shares),
        clips_per_epoch=_seen_per_epoch(shares),
        speech_s=round(sum(clip.duration_s for clip in clips), 3),
        longest_s=max(clip.duration_s for clip in clips),
        languages=languages,
        in_vocabulary=all(_tag(language) in known for language in languages),
    )


def parts(request: TrainRequest) -> Iterator[DatasetShare]:
    """All datasets of a request with their weights, the first one included."""
    yield DatasetShare(dataset=request.dataset, weight=request.dataset_weight, version=request.dataset_version)
    yield from request.more_datasets


def _share(part: DatasetShare, eval_fraction: float, workspace: Workspace) -> _Share:
    folder = workspace.dataset(part.dataset)
    dataset = read_written(folder).dataset
    clips = [clip for clip in _chunks(dataset, folder, part.version) if _usable(clip, dataset.language)]
    train, _ = split(clips, eval_fraction)
    languages = frozenset(clip.language or dataset.language or "" for clip in clips)
    return _Share(clips, len(train), part.weight, languages)


def _chunks(dataset: Dataset, folder: Path, version: int | None) -> list[Chunk]:
    return dataset.chunks if version is None else read_version(folder, version)


def _usable(clip: Chunk, language: str | None) -> bool:
    return not (state_problem(clip, clip.language or language) or duration_problem(clip.duration_s))


def _seen_per_epoch(shares: list[_Share]) -> int:
    """As training counts: clips of the same weight together, rounded to whole clips."""
    by_weight: Counter[float] = Counter()
    for share in shares:
        by_weight[share.weight] += share.train_clips
    return max(1, sum(round(weight * clips) for weight, clips in by_weight.items()))


def _tag(language: str) -> str:
    try:
        return language_of(language).tag
    except TextError:
        return language.strip().lower()


def _nothing_usable(request: TrainRequest) -> DatasetError:
    names = ", ".join(repr(part.dataset) for part in parts(request))
    return DatasetError(
        f"There is no clip that can be trained on in {names}: all are dropped, without text or language, or too short "
        "or long.",
        hint="Cut and transcribe recordings, or see the dataset's check for the reasons.",
    )
