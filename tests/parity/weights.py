"""Deterministic pseudo-random weights for the XTTS parity fixtures (numpy only).

Every tensor depends on nothing but its key, its shape, the `gen` rule written in
the manifest and an optional salt, so that no weights have to be stored.

    seed   = crc32((salt + "|" + key).encode())            # salt "" -> "|key"
    raw    = PCG64(seed).random_raw(ceil(n / 2))           # raw 64-bit words, stable by numpy's policy
    u32    = raw as little-endian uint32, first n values   # low half first
    u      = ((u32 >> 8) + 0.5) / 2**23 - 1                # exact in float64, in (-1, 1)
    value  = float32(center + half * u)                    # computed in float64, C order

Rules (`gen` in the manifest):
    ["u", center, half]            as above
    ["const", v]                   all elements v (also for integer tensors)
    ["list", [v, ...]]             literal values
    ["hamming", n]                 periodic Hamming window of n samples
    ["cancel", wkey, wshape, whalf, c]   a bias: -c * (sum of weight `wkey` over all axes but the first),
                                   the weight being ["u", 0, whalf] of shape wshape (float32 values, float64 sum)
    ["melfb", sr, n_fft, n_mels, fmin, fmax, norm]   HTK triangular mel bank, shape (n_fft/2+1, n_mels)
"""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

_DTYPES = {"float32": np.float32, "int64": np.int64}


def seed_of(key: str, salt: str = "") -> int:
    return zlib.crc32((salt + "|" + key).encode("utf-8"))


def unit(key: str, n: int, salt: str = "") -> np.ndarray:
    """n float64 numbers in (-1, 1) that depend only on key and salt."""
    raw = np.random.PCG64(seed_of(key, salt)).random_raw((n + 1) // 2)
    u32 = np.asarray(raw, dtype="<u8").view("<u4")[:n]
    return ((u32 >> np.uint32(8)).astype(np.float64) + 0.5) / 2.0**23 - 1.0


def hamming_periodic(n: int) -> np.ndarray:
    k = np.arange(n, dtype=np.float64)
    return 0.54 - 0.46 * np.cos(2.0 * math.pi * k / n)


def mel_bank(sr: float, n_fft: int, n_mels: int, fmin: float, fmax: float, norm: str | None) -> np.ndarray:
    """(n_fft // 2 + 1, n_mels) triangular filters equally spaced on the HTK mel scale."""
    bins = np.linspace(0.0, sr / 2.0, n_fft // 2 + 1)
    mel_lo = 2595.0 * math.log10(1.0 + fmin / 700.0)
    mel_hi = 2595.0 * math.log10(1.0 + fmax / 700.0)
    edges = 700.0 * (10.0 ** (np.linspace(mel_lo, mel_hi, n_mels + 2) / 2595.0) - 1.0)
    rise = (bins[:, None] - edges[None, :-2]) / (edges[1:-1] - edges[:-2])[None, :]
    fall = (edges[None, 2:] - bins[:, None]) / (edges[2:] - edges[1:-1])[None, :]
    bank = np.maximum(0.0, np.minimum(rise, fall))
    if norm == "slaney":
        bank = bank * (2.0 / (edges[2:] - edges[:-2]))[None, :]
    return bank


def make(key: str, shape: list[int], dtype: str, gen: list[Any], salt: str = "") -> np.ndarray:
    n = int(np.prod(shape)) if shape else 1
    rule, args = gen[0], gen[1:]
    if rule == "u":
        center, half = args
        out = center + half * unit(key, n, salt)
    elif rule == "const":
        out = np.full(n, args[0])
    elif rule == "list":
        out = np.asarray(args[0])
    elif rule == "hamming":
        out = hamming_periodic(int(args[0]))
    elif rule == "cancel":
        wkey, wshape, whalf, c = args
        w = make(wkey, wshape, "float32", ["u", 0.0, whalf], salt).astype(np.float64)
        out = -c * w.reshape(wshape[0], -1).sum(axis=1)
    elif rule == "melfb":
        out = mel_bank(*args)
    else:
        raise ValueError(f"unknown rule {rule!r} for {key}")
    return np.ascontiguousarray(np.asarray(out).reshape(shape), dtype=_DTYPES[dtype])


def tensors(
    manifest: str | Path | dict[str, Any], file: str = "model", salt: str = ""
) -> Iterator[tuple[str, np.ndarray]]:
    """(key, array) pairs of one file of a manifest: "model", "dvae" or "mel_stats"."""
    if not isinstance(manifest, dict):
        manifest = json.loads(Path(manifest).read_text(encoding="utf-8"))
    for key, shape, dtype, gen in manifest["files"][file]:
        yield key, make(key, shape, dtype, gen, salt)


def state_dict(manifest: str | Path | dict[str, Any], file: str = "model", salt: str = "") -> dict[str, np.ndarray]:
    return dict(tensors(manifest, file, salt))
