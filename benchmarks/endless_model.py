"""A copy of a model that never stops by itself, so that two programs make speech of the same length of it."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

STOP_TOKEN = "gpt_stop_audio_token"
SCORE_OF_STOPPING = -1e4  # far below every other score, and still a number in 16 bits


@contextmanager
def endless_model(source: Path | None) -> Iterator[Path]:
    """The copy of a published folder, or of a generated model of official size; made by a process of its own.

    Raises OSError, CheckpointError where the folder is no published model.
    """
    with tempfile.TemporaryDirectory(prefix="xtts-benchmark-") as scratch:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as other:  # its memory is not ours
            other.submit(_write, source, Path(scratch)).result()
        yield Path(scratch) / "model"


def _write(source: Path | None, scratch: Path) -> None:
    import torch

    from tests.parity.published import write_published_folder
    from xtts_studio.xtts.pickles import read_pickled

    folder = scratch / "model"
    folder.mkdir()
    published = source or write_published_folder(scratch / "generated", "full")
    for name in ("config.json", "vocab.json"):
        shutil.copyfile(published / name, folder / name)
    content = read_pickled(published / "model.pth")
    weights = content.get("model", content)
    stop = json.loads((folder / "config.json").read_text(encoding="utf-8"))["model_args"][STOP_TOKEN]
    (name,) = (name for name in weights if name.removeprefix("xtts.") == "gpt.mel_head.bias")
    weights[name] = weights[name].clone()
    weights[name][stop] = SCORE_OF_STOPPING
    torch.save({"model": weights}, folder / "model.pth")
    shutil.rmtree(scratch / "generated", ignore_errors=True)
