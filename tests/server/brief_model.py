"""A tiny model that soon stops: a quarter of a second of sound for a sentence, so that a test can ask for hundreds."""

import json
from pathlib import Path

import torch

from tests.parity.published import write_published_folder
from xtts_studio.xtts.pickles import read_pickled

SCORE_OF_STOPPING = 10.0  # its others lie around 0: to stop becomes the likeliest of some 250 codes


def write_brief_folder(folder: Path) -> Path:
    """A published-looking folder with generated weights."""
    write_published_folder(folder, "tiny")
    stop = json.loads((folder / "config.json").read_text(encoding="utf-8"))["model_args"]["gpt_stop_audio_token"]
    weights = read_pickled(folder / "model.pth")["model"]
    (name,) = (name for name in weights if name.removeprefix("xtts.") == "gpt.mel_head.bias")
    weights[name] = weights[name].clone()
    weights[name][stop] = SCORE_OF_STOPPING
    torch.save({"model": weights}, folder / "new.pth")  # not over the file that the weights are mapped from
    (folder / "new.pth").replace(folder / "model.pth")
    return folder
