"""A workspace to train in, for measuring: a model, and datasets of clips cut to length."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import soundfile

from benchmarks.texts import PARAGRAPH, PIECES, SENTENCE
from xtts_studio.models.shelf import base_folder
from xtts_studio.sample import RECORDING
from xtts_studio.shapes import Chunk, Dataset
from xtts_studio.workspace import Workspace, write_json

PAIR, MIXED, MANY = "pair", "mixed", "many"
PAIR_S = (5.1, 5.7)
MIXED_S = (5.1, 5.7, 2.2, 7.9, 3.1, 4.4, 6.5, 2.8, 9.0, 3.7, 5.0, 6.0, 4.0, 7.0, 2.5, 8.2)
MANY_S = PAIR_S * 64
FILES = ("config.json", "vocab.json", "dvae.pth", "mel_stats.pth")
WEIGHTS = "model.pth"
LETTERS_PER_S = 15


@contextmanager
def workspace(model: Path | None, durations: dict[str, Sequence[float]]) -> Iterator[Path]:
    """The folder of a workspace with a base model and datasets, removed at the end.

    model: a folder as published, copied; without it one of official size is generated. By a process of its own, whose
    memory is not ours. durations: seconds of the clips, by the dataset's name.
    """
    with tempfile.TemporaryDirectory(prefix="xtts-training-") as scratch:
        home = Workspace(Path(scratch))
        home.cache.mkdir(parents=True)
        base = base_folder(home)
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as other:
            other.submit(_write_base, model, base).result()
        for name, lengths_s in durations.items():
            _write_dataset(home, name, lengths_s)
        yield Path(scratch)


def clips(home: Path, dataset: str) -> list[tuple[Path, str]]:
    """Files of a dataset and their texts, as the reference's trainer wants to be told of them."""
    folder = Workspace(home).dataset(dataset)
    content = Dataset.model_validate_json((folder / "metadata.json").read_text(encoding="utf-8"))
    return [(folder / chunk.file, chunk.text) for chunk in content.chunks]


def _write_base(model: Path | None, folder: Path) -> None:
    """The model, its checkpoint holding weights alone: the reference rewrites one that has more before it loads it."""
    import torch

    from tests.parity.published import write_published_folder
    from xtts_studio.xtts.pickles import read_pickled

    if model is None:
        write_published_folder(folder, "full")
    else:
        folder.mkdir()
        for name in FILES:
            shutil.copyfile(model / name, folder / name)
    content = read_pickled((model or folder) / WEIGHTS)
    torch.save({"model": content.get("model", content)}, folder / f"plain-{WEIGHTS}")
    (folder / f"plain-{WEIGHTS}").replace(folder / WEIGHTS)


def _write_dataset(home: Workspace, name: str, lengths_s: Sequence[float]) -> None:
    speech, rate_hz = soundfile.read(RECORDING, dtype="float32")
    words = " ".join((SENTENCE, PARAGRAPH, *PIECES)).split()
    folder = home.dataset(name)
    (folder / "chunks").mkdir(parents=True)
    chunks = []
    for number, length_s in enumerate(lengths_s):
        start, samples = number * rate_hz, round(length_s * rate_hz)
        file = f"chunks/clip_{number:04}.wav"
        soundfile.write(folder / file, np.take(speech, range(start, start + samples), mode="wrap"), rate_hz)
        text = _text(words[3 * number % len(words) :] + words, round(LETTERS_PER_S * length_s))
        chunks.append(
            Chunk(file=file, text=text, recording=name, start_s=0, end_s=length_s, duration_s=length_s, language="en")
        )
    content = Dataset(name=name, language="en", created_at="2024-01-01T00:00:00Z", chunks=chunks)
    write_json(folder / "metadata.json", content.model_dump())


def _text(words: Sequence[str], letters: int) -> str:
    """The first words that make as many letters as that."""
    lengths = itertools.accumulate(len(word) + 1 for word in words)
    return " ".join(word for word, length in zip(words, lengths, strict=True) if length <= letters + 1)
