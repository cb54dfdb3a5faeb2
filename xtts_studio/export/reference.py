"""The clip that goes along with a model, so that other programs can speak with its voice at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from xtts_studio import speakers
from xtts_studio.dataset import store
from xtts_studio.dataset.listing import DOUBTFUL_FLAGS
from xtts_studio.dataset.xray_file import read_xray
from xtts_studio.errors import InvalidInput, StudioError
from xtts_studio.shapes import Chunk, Speaker
from xtts_studio.workspace import Workspace

SHORTEST_S, LONGEST_S = 6.0, 12.0
"""Of a good reference. Most programs use the first 6 to 12 s of a clip; shorter ones tell less of a voice."""
LEAST_S = 2.0


class ReferenceClip(NamedTuple):
    """A WAV file, or None with the reason why there is none."""

    path: Path | None
    notice: str | None = None


def choose_reference(workspace: Workspace, card: dict[str, Any], speaker: str | None) -> ReferenceClip:
    """The best clip of the voice `speaker`; without one, of the dataset that the model was trained on.

    Raises `NotFound` for a voice that is not there, `InvalidInput` for one that is not made of clips.
    """
    if speaker is not None:
        return ReferenceClip(_clip_of_voice(workspace, speakers.read_speaker(workspace, speaker)))
    dataset = (card.get("dataset") or {}).get("name")
    if not dataset:
        return ReferenceClip(None, "No voice was named, and the model's card names no dataset to take a clip from.")
    try:
        return _clip_of_dataset(workspace, str(dataset))
    except StudioError as error:
        return ReferenceClip(None, f"No clip could be taken from the dataset {dataset!r}: {error.message}")


def _clip_of_voice(workspace: Workspace, speaker: Speaker) -> Path:
    scores = {quality.clip: (quality.score, quality.duration_s) for quality in speaker.quality}
    clips = [path for path in speakers.clip_paths(workspace, speaker) if path.is_file()]
    if not clips:
        raise InvalidInput(
            f"The voice {speaker.name!r} has no clip of its own that could go along.",
            hint="Name a voice that is made of reference clips.",
        )
    return max(clips, key=lambda path: scores.get(path.name, (0, 0.0)))


def _clip_of_dataset(workspace: Workspace, name: str) -> ReferenceClip:
    dataset = store.read(workspace, name)
    folder = workspace.dataset(name)
    there = [
        chunk
        for chunk in dataset.chunks
        if chunk.state == "active" and chunk.duration_s >= LEAST_S and (folder / chunk.file).is_file()
    ]
    if not there:
        return ReferenceClip(None, f"The dataset {name!r} has no clip of {LEAST_S:.0f} s or more left.")
    lights = {report.file: report.light for report in xray.clips} if (xray := read_xray(folder)) else {}
    best = max(there, key=lambda chunk: _goodness(chunk, lights.get(chunk.file)))
    notice = None
    if best.duration_s < SHORTEST_S:
        notice = (
            f"The longest good clip of {name!r} has {best.duration_s:.1f} s; {SHORTEST_S:.0f} s or more are better."
        )
    return ReferenceClip(folder / best.file, notice)


def _goodness(chunk: Chunk, light: str | None) -> tuple[bool, bool, bool, float]:
    """Nothing found wrong, then of the wanted length, then the longer; of those too long the shorter."""
    fine = light in (None, "green") and bool(chunk.text.strip()) and DOUBTFUL_FLAGS.isdisjoint(chunk.flags)
    within = SHORTEST_S <= chunk.duration_s <= LONGEST_S
    return fine, within, chunk.duration_s <= LONGEST_S, min(chunk.duration_s, 2 * LONGEST_S - chunk.duration_s)
