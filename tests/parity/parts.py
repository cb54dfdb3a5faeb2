"""Single parts of the generated model, and the recordings the reference was given."""

from __future__ import annotations

import json
from functools import lru_cache

import soundfile
import torch
from torch import Tensor

from tests.parity import weights
from tests.parity.published import GOLDEN, Size
from tests.shared import shared
from xtts_studio.xtts.dvae import Dvae
from xtts_studio.xtts.vocoder import Vocoder, fold_weight_norm

CLIPS = ("LJ001-0001.wav", "LJ001-0002.wav", "LJ001-0008.wav")
LATENT_CHANNELS = {"tiny": 128, "full": 1024}


def tensors_under(prefix: str, size: Size, file: str = "model") -> dict[str, Tensor]:
    """The generated tensors whose names begin with `prefix`, without it."""
    manifest = json.loads((GOLDEN / f"manifest_{size}.json").read_text(encoding="utf-8"))
    rows = [row for row in manifest["files"][file] if row[0].startswith(prefix)]
    return {row[0].removeprefix(prefix): torch.from_numpy(weights.make(*row)) for row in rows}


@lru_cache(maxsize=2)
def vocoder(size: Size) -> Vocoder:
    made = Vocoder(LATENT_CHANNELS[size])
    made.load_state_dict(fold_weight_norm(tensors_under("hifigan_decoder.", size)))
    return made.eval().requires_grad_(False)


@lru_cache(maxsize=2)
def dvae(size: Size) -> Dvae:
    state = tensors_under("", size, "dvae")
    made = Dvae.shaped_like(state)
    made.load_state_dict(state)
    return made.eval().requires_grad_(False)


def mel_stats(size: Size) -> Tensor:
    return tensors_under("", size, "mel_stats")["mel_stats"]


def clip(number: int) -> Tensor:
    """Recording 0, 1 or 2 as (1, samples) at 22 050 Hz; skips the test where the recordings are absent."""
    samples, _ = soundfile.read(shared(f"parity/wavs/{CLIPS[number]}"), dtype="float32")
    return torch.from_numpy(samples)[None]
