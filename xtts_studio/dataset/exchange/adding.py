"""Clips that are ready take their place in a dataset: what is there is never touched, nor added twice."""

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from xtts_studio.dataset import store
from xtts_studio.dataset.details import details_path
from xtts_studio.dataset.exchange.adopting import Taken
from xtts_studio.dataset.exchange.reading import SAFE_FILE
from xtts_studio.dataset.exchange.sound import RATE_HZ, heard
from xtts_studio.dataset.metadata import write
from xtts_studio.dataset.staging import unlisted_removed
from xtts_studio.dataset.store import CHUNKS
from xtts_studio.errors import AudioError, NotFound
from xtts_studio.shapes import Dataset
from xtts_studio.workspace import Workspace

_CREATED_AT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]{5,20}Z?")


KEPT = "kept"
"""In the scratch folder: what else belongs to a dataset that is made anew, laid out as it will be."""


@dataclass(frozen=True)
class Origin:
    """What is known of the dataset that the clips come from: its own description, where it is one of ours."""

    head: Dataset | None
    language: str | None


def add(clips: list[Taken], origin: Origin, scratch: Path, name: str, workspace: Workspace) -> int:
    """Adds the clips whose sound the dataset lacks; gives how many. Sounds lie in `scratch` under their numbers.

    A new dataset appears by a rename; in one that is there metadata.json is written last, and no file stays where
    that fails.
    """
    target = workspace.dataset(name)
    there = _There(target)
    there.learn(_dataset(workspace, name, origin), clips)  # outside the lock, since it may read much
    with store.locked(workspace, target.name):
        dataset = _dataset(workspace, name, origin)
        fresh = there.missing(dataset, clips)
        if fresh:
            names = [one.chunk.file for one in fresh]
            _name_files(fresh, dataset, target)
            kept = scratch / KEPT if names == [one.chunk.file for one in fresh] else None
            _describe(fresh, dataset, origin)
            dataset.chunks += [one.chunk for one in fresh]
            _put(fresh, dataset, scratch, target, kept)
    return len(fresh)


class _There:
    """The sounds that a dataset has. Only those that last as long as a new one are listened to."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._digests: dict[str, str | None] = {}

    def learn(self, dataset: Dataset, clips: list[Taken]) -> None:
        self.missing(dataset, clips)

    def missing(self, dataset: Dataset, clips: list[Taken]) -> list[Taken]:
        """The clips whose sound the dataset lacks."""
        by_samples: dict[int, list[str]] = defaultdict(list)
        for chunk in dataset.chunks:
            by_samples[round(chunk.duration_s * RATE_HZ)].append(chunk.file)
        return [one for one in clips if one.digest not in self._of(by_samples[round(one.chunk.duration_s * RATE_HZ)])]

    def _of(self, files: list[str]) -> set[str | None]:
        return {self._digest(file) for file in files}

    def _digest(self, file: str) -> str | None:
        if file not in self._digests:
            try:
                sound = heard(self._folder / file)
                self._digests[file] = sound.digest if sound else None
            except (OSError, AudioError):
                self._digests[file] = None
        return self._digests[file]


def _dataset(workspace: Workspace, name: str, origin: Origin) -> Dataset:
    """The dataset that is there, or a new one that is what its origin was."""
    try:
        return store.read(workspace, name)
    except NotFound:
        new = store.new_dataset(name, origin.language)
        head = origin.head
        if head is None:
            return new
        created_at = head.created_at if _CREATED_AT.fullmatch(head.created_at) else new.created_at
        return new.model_copy(update={"created_at": created_at, "recordings": list(head.recordings)})


def _name_files(fresh: list[Taken], dataset: Dataset, target: Path) -> None:
    """A clip keeps its name in a new dataset; else it gets the next free number."""
    taken = {chunk.file.casefold() for chunk in dataset.chunks}
    keep = not dataset.chunks and not (target / CHUNKS).exists()
    named, unnamed = [], []
    for one in fresh:
        file = one.chunk.file
        if keep and SAFE_FILE.fullmatch(file) and file.casefold() not in taken:
            taken.add(file.casefold())
            named.append(one.chunk)
        else:
            unnamed.append(one)
    number = store.next_number(dataset.model_copy(update={"chunks": [*dataset.chunks, *named]}), target)
    for index, one in enumerate(unnamed):
        one.chunk = one.chunk.model_copy(update={"file": f"{CHUNKS}/chunk_{number + index:03d}.wav"})


def _describe(fresh: list[Taken], dataset: Dataset, origin: Origin) -> None:
    """Languages and recordings of what comes; of what is there nothing changes."""
    if not dataset.chunks:
        dataset.language = origin.language or dataset.language
    for one in fresh:
        if one.chunk.language is None and dataset.language != origin.language:
            one.chunk = one.chunk.model_copy(update={"language": origin.language})
    known = {recording.id for recording in dataset.recordings}
    used = {one.chunk.recording for one in fresh}
    head = origin.head.recordings if origin.head else []
    dataset.recordings += [one for one in head if one.id in used - known]


def _put(fresh: list[Taken], dataset: Dataset, scratch: Path, target: Path, kept: Path | None) -> None:
    """Moves the files, and writes metadata.json; a new dataset gets what was `kept` of its past, too."""
    place = target if target.exists() else scratch / "whole"
    if place != target and kept and kept.exists():
        kept.rename(place)
    (place / CHUNKS).mkdir(parents=True, exist_ok=True)
    with unlisted_removed(place) as moved:
        for one in fresh:
            sound = scratch / f"{one.number}.wav"
            details = details_path(scratch, sound.name)
            moved.append(sound.rename(place / one.chunk.file))
            if details.exists():
                moved.append(details.rename(details_path(place, one.chunk.file)))
        write(place, dataset)
    if place != target:
        place.rename(target)
