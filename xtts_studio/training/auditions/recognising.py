"""A recogniser for auditions: Whisper, in memory only while it listens.

It runs on the processor. What a GPU has left beside a training is little, and a few sentences take seconds.
"""

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from xtts_studio.models import find_whisper, list_models
from xtts_studio.workspace import Workspace

RATE_HZ = 16_000
_MOST_BYTES = 600e6  # larger models take minutes on a processor

Recogniser = Callable[[Sequence[NDArray[np.float32]], Sequence[str]], list[str | None]]
"""Mono samples (n,) at 16 kHz, and their languages -> what is said in each; None for a language it doesn't know."""


def find_recogniser(workspace: Workspace) -> Recogniser | None:
    """The best Whisper model here that is quick enough; None without a model or without faster-whisper."""
    if find_spec("faster_whisper") is None:
        return None
    here = [model for model in list_models(workspace) if model.kind == "whisper" and model.present]
    quick = [model for model in here if (model.size_bytes or 0) <= _MOST_BYTES]
    if quick:
        return Listener(find_whisper(workspace, max(quick, key=lambda model: model.size_bytes or 0).name))
    smallest = min(here, key=lambda model: model.size_bytes or 0, default=None)
    return Listener(find_whisper(workspace, smallest.name)) if smallest else None


class Listener:
    """A `Recogniser` with the Whisper model in a folder, which is read for each call and let go after it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, sounds: Sequence[NDArray[np.float32]], languages: Sequence[str]) -> list[str | None]:
        """Raises `CheckpointError` where the model can't be loaded."""
        from xtts_studio.transcription.loading import load_recogniser  # only where it is installed

        recogniser = load_recogniser(self._folder, "cpu")
        try:
            return [
                recogniser.hear(samples, language).text if recogniser.knows(language) else None
                for samples, language in zip(sounds, languages, strict=True)
            ]
        finally:
            load_recogniser.cache_clear()
