"""Silero VAD: the model, and what it remembers from window to window.

The model file comes from the installed package `silero-vad`; the package itself is not imported, since that imports
torch. ONNX Runtime is loaded when somebody listens: who looks at what was heard before does without.
"""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xtts_studio.audio.mix import Samples
from xtts_studio.errors import StudioError

RATE_HZ = 16_000
WINDOW_SAMPLES = 512
CONTEXT_SAMPLES = 64
"""Before each window the model sees the end of the one before."""

_TRIED_WINDOWS = 48


@dataclass(frozen=True)
class Memory:
    """What the recurrent part remembers, (1, 1, 128) each."""

    h: NDArray[np.float32]
    c: NDArray[np.float32]


NOTHING_HEARD = Memory(np.zeros((1, 1, 128), dtype=np.float32), np.zeros((1, 1, 128), dtype=np.float32))


@dataclass(frozen=True)
class Detector:
    """`encode` (windows, 576) -> features (windows, …), in any order and any thread; `recall` (features, memory) ->
    probabilities (windows,) and the memory after them, one call after another."""

    encode: Callable[[Samples], Samples]
    recall: Callable[[Samples, Memory], tuple[Samples, Memory]]


@lru_cache(maxsize=1)
def detector() -> Detector:
    """The fast arrangement where it computes the same bits as the model as published, else that one.

    Raises `StudioError` without the model.
    """
    from xtts_studio.segment.stages import in_stages

    path = model_path()
    plain, fast = published(path), in_stages(path)
    return fast if _same(fast, plain) else plain


def _same(one: Detector, other: Detector) -> bool:
    """Do both give the same bits for a sound that swells and falls?"""
    size = _TRIED_WINDOWS * (WINDOW_SAMPLES + CONTEXT_SAMPLES)
    swelling = np.sin(np.linspace(0, 40, size)) ** 2 * np.exp(np.linspace(-9, -1, size))
    sound = (np.random.default_rng(0).normal(size=size) * swelling).astype(np.float32).reshape(_TRIED_WINDOWS, -1)
    (said, memory), (told, known) = (each.recall(each.encode(sound), NOTHING_HEARD) for each in (one, other))
    return all(np.array_equal(a, b) for a, b in ((said, told), (memory.h, known.h), (memory.c, known.c)))


def published(path: Path) -> Detector:
    """The model as published: all of it in `recall`."""
    whole = session(str(path))

    def recall(windows: Samples, memory: Memory) -> tuple[Samples, Memory]:
        speech, h, c = whole.run(["speech_probs", "hn", "cn"], {"input": windows, "h": memory.h, "c": memory.c})
        return speech, Memory(h, c)

    return Detector(lambda windows: windows, recall)


def session(model: str | bytes) -> Any:
    """A model, from its file or its bytes, that computes in the thread that calls it."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # several calls run beside each other instead
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # what goes beyond lays convolutions out anew, and sums in another order
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def model_path() -> Path:
    """The sequence model's file. Raises `StudioError` without the package."""
    package = importlib.util.find_spec("silero_vad")
    folders = package.submodule_search_locations if package else None
    path = Path(folders[0]) / "data" / "silero_vad_16k_sequence.onnx" if folders else None
    if path is None or not path.exists():
        raise StudioError(
            "The speech detector's model is missing: package silero-vad 6.2.3 is not installed.",
            hint="Install it with: pip install --no-deps silero-vad==6.2.3",
        )
    return path
