"""Which device and which numbers a Whisper model runs with: the best that works, and a notice for each that doesn't."""

import subprocess
import sys
from functools import lru_cache
from pathlib import Path

import ctranslate2
import numpy as np
from faster_whisper import WhisperModel

from xtts_studio.errors import CheckpointError
from xtts_studio.transcription.recogniser import RATE_HZ, Recogniser

GPU_TYPES = ("float16", "int8_float16", "int8_float32", "float32")
"""How a GPU may compute, the preferred first; the second takes half the memory, old GPUs know only the last two."""
CPU_TYPES = ("int8", "int8_float32", "float32")

_GPU_BATCH, _CPU_BATCH = 16, 4
_TRIAL_S = 120
_MOST_OF_A_REASON = 200
_FAILURES = (RuntimeError, ValueError, OSError)


@lru_cache(maxsize=1)
def load_recogniser(folder: Path, device: str) -> Recogniser:
    """The Whisper model in a folder; kept, so that a worker loads it once. Raises `CheckpointError`.

    `device` auto: the GPU where there is one that works, else the processor with 8-bit weights.
    """
    notices: list[str] = []
    if device.startswith("cuda") or (device == "auto" and ctranslate2.get_cuda_device_count() > 0):
        model = _on_gpu(folder, int(device.partition(":")[2] or 0), notices)
        if model is not None:
            return Recogniser(model, tuple(notices), _GPU_BATCH)
        notices.append("Speech is recognised on the processor with 8-bit weights, which takes longer.")
    return Recogniser(_on_processor(folder, notices), tuple(notices), _CPU_BATCH)


def _on_gpu(folder: Path, index: int, notices: list[str]) -> WhisperModel | None:
    """The model on a GPU, with the first type of numbers that works there; None where none does."""
    try:
        known = ctranslate2.get_supported_compute_types("cuda", index)
    except _FAILURES as error:
        notices.append(f"The GPU can't be used: {_reason(str(error))}.")
        return None
    for compute_type in (one for one in GPU_TYPES if one in known):
        why = trial(folder, index, compute_type)
        if why is None:
            try:
                model = WhisperModel(
                    str(folder), device="cuda", device_index=index, compute_type=compute_type, local_files_only=True
                )
            except _FAILURES as error:
                why = str(error)
            else:
                if compute_type != GPU_TYPES[0] and not notices:
                    notices.append(f"This GPU computes Whisper in {compute_type}; it doesn't know {GPU_TYPES[0]}.")
                return model
        notices.append(f"The GPU can't be used with {compute_type}: {_reason(why)}.")
    return None


def trial(folder: Path, index: int, compute_type: str) -> str | None:
    """Why the model doesn't run so on the GPU; None if it does.

    Tried in a process of its own: where libraries of CUDA are missing, the process ends without a word.
    """
    command = [sys.executable, "-m", __name__, str(folder), str(index), compute_type]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TRIAL_S, check=False)
    except subprocess.TimeoutExpired:
        return f"it didn't answer within {_TRIAL_S} s"
    if done.returncode == 0:
        return None
    told = [line.strip() for line in (done.stderr + done.stdout).splitlines() if line.strip()]
    return told[-1] if told else f"the process that tried it ended with {done.returncode}"


def _try(folder: str, index: str, compute_type: str) -> None:
    model = WhisperModel(
        folder, device="cuda", device_index=int(index), compute_type=compute_type, local_files_only=True
    )
    list(model.transcribe(np.zeros(RATE_HZ, dtype=np.float32), language="en")[0])  # a missing library shows only now


def _on_processor(folder: Path, notices: list[str]) -> WhisperModel:
    known = ctranslate2.get_supported_compute_types("cpu")
    chosen = next(one for one in CPU_TYPES if one in known)
    if chosen != CPU_TYPES[0]:
        notices.append(f"This processor computes Whisper in {chosen}; it doesn't know {CPU_TYPES[0]}.")
    try:
        return WhisperModel(str(folder), device="cpu", compute_type=chosen, local_files_only=True)
    except _FAILURES as error:
        raise CheckpointError(
            f"The Whisper model in {folder.name} can't be loaded: {error}", hint="Fetch the model again."
        ) from error


def _reason(told: str) -> str:
    return " ".join(told.split())[:_MOST_OF_A_REASON].rstrip(".")


if __name__ == "__main__":
    try:
        _try(*sys.argv[1:4])
    except _FAILURES as failure:
        sys.exit(str(failure))
