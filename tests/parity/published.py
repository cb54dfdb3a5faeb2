"""Model folders that look as XTTS v2 is published, filled with generated weights.

    write_published_folder(tmp_path / "xtts", "tiny")   # 0.5 s, 110 MB
    write_published_folder(tmp_path / "xtts", "full")   # 15 s, 2.1 GB

`tiny` has 3 layers of 128 channels and 256 audio codes, `full` the official sizes; the numbers of both are the
ones every array of `golden/` was made from (salt ""). Another salt gives another, equally plausible model.
"""

from __future__ import annotations

import json
import shutil
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from tests.parity import weights
from tests.shared import ROOT as SHARED

GOLDEN = Path(__file__).parent / "golden"
STUDIO_VOICE = "Golden Reader"
Size = Literal["tiny", "full"]

_LANGUAGE_IDS = {
    "en": 259, "de": 260, "fr": 262, "ru": 267, "es": 284, "it": 285, "pt": 286, "cs": 293, "pl": 294, "tr": 295,
    "nl": 297, "ar": 5022, "zh-cn": 5023, "ja": 5412, "hu": 5753, "ko": 6152, "hi": 6680,
}  # fmt: skip


def write_published_folder(folder: Path, size: Size = "tiny", salt: str = "", vocab: Path | None = None) -> Path:
    """Write config.json, model.pth, dvae.pth, mel_stats.pth, speakers_xtts.pth and vocab.json into `folder`.

    `vocab` is the vocabulary file to copy; without it the shared one is taken, and where that is absent a letter-level
    vocabulary of our own with the same special ids.
    """
    folder.mkdir(parents=True, exist_ok=True)
    manifest = GOLDEN / f"manifest_{size}.json"
    shutil.copyfile(GOLDEN / f"config_{size}.json", folder / "config.json")
    _write_checkpoint(folder / "model.pth", torch_tensors(manifest, "model", salt))
    torch.save(torch_tensors(manifest, "dvae", salt), folder / "dvae.pth")
    torch.save(torch_tensors(manifest, "mel_stats", salt)["mel_stats"], folder / "mel_stats.pth")
    torch.save(_studio_voices(size), folder / "speakers_xtts.pth")
    _write_vocabulary(folder / "vocab.json", vocab)
    return folder


def torch_tensors(manifest: dict[str, Any] | Path, file: str = "model", salt: str = "") -> dict[str, Tensor]:
    """The state dict of one file of a manifest ("model", "dvae", "mel_stats") as torch tensors."""
    rows = manifest if isinstance(manifest, dict) else json.loads(manifest.read_text(encoding="utf-8"))
    shapes = {key: shape for key, shape, _, _ in rows["files"][file]}  # numpy makes (1,) of a scalar's ()
    return {key: torch.from_numpy(value).reshape(shapes[key]) for key, value in weights.tensors(rows, file, salt)}


def _write_checkpoint(path: Path, tensors: dict[str, Tensor]) -> None:
    """Save as the reference's trainer does: weights under "model", beside a pickled configuration object."""
    with _reference_config_class("TTS.tts.configs.xtts_config", "XttsConfig") as config_class:
        config = config_class()
        config.model = "xtts"
        torch.save({"config": config, "model": tensors, "step": 1, "epoch": 0, "model_loss": {"train_loss": 1.5}}, path)


@contextmanager
def _reference_config_class(module_name: str, class_name: str) -> Iterator[type[Any]]:
    """A class that pickles under the reference's name, importable only inside the `with`."""
    parts = module_name.split(".")
    names = [".".join(parts[: i + 1]) for i in range(len(parts))]
    for name in names:
        sys.modules[name] = types.ModuleType(name)
    made = type(class_name, (), {"__module__": module_name})
    setattr(sys.modules[module_name], class_name, made)
    try:
        yield made
    finally:
        for name in names:
            del sys.modules[name]


def _studio_voices(size: Size) -> dict[str, dict[str, Tensor]]:
    with np.load(GOLDEN / f"{size}_conditioning.npz") as arrays:
        latent, speaker = arrays["default_latent"], arrays["default_speaker"]
    voice = {"gpt_cond_latent": torch.from_numpy(latent), "speaker_embedding": torch.from_numpy(speaker)}
    return {STUDIO_VOICE: voice}


def _write_vocabulary(path: Path, vocab: Path | None) -> None:
    shared_vocab = SHARED / "parity" / "vocab.json"
    source = vocab or (shared_vocab if shared_vocab.exists() else None)
    if source is not None:
        shutil.copyfile(source, path)
    else:
        path.write_text(json.dumps(letter_vocabulary(), ensure_ascii=False), encoding="utf-8")


def letter_vocabulary() -> dict[str, Any]:
    """A tokenizer of single letters with XTTS's special tokens at their official ids (6 681 ids, sparse)."""
    specials = {"[STOP]": 0, "[UNK]": 1, "[SPACE]": 2, "[START]": 261}
    specials |= {f"[{language}]": number for language, number in _LANGUAGE_IDS.items()}
    letters = "!'(),-./:;?abcdefghijklmnopqrstuvwxyz0123456789äöüßéèêàçñ"
    vocabulary = specials | {letter: number for number, letter in enumerate(letters, start=3)}
    flags = {"special": True, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [{"id": number, "content": content, **flags} for content, number in specials.items()],
        "normalizer": None,
        "pre_tokenizer": {"type": "Whitespace"},
        "post_processor": None,
        "decoder": None,
        "model": {
            "type": "BPE", "dropout": None, "unk_token": "[UNK]", "continuing_subword_prefix": None,
            "end_of_word_suffix": None, "fuse_unk": False, "vocab": vocabulary, "merges": [],
        },
    }  # fmt: skip
