"""Whether clips hold one person or several: speaker embeddings of stretches of speech, compared with each other.

The model's own speaker encoder makes the embeddings. Where the line between alike and different lies was set from what
is published of such encoders, not measured with these weights; so the line is drawn where only clear cases are told.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from xtts_studio.audio.decode import decode_file
from xtts_studio.audio.resample import resample
from xtts_studio.synthesis.loaded import LoadedModel
from xtts_studio.synthesis.process import engine
from xtts_studio.xtts.speaker import SAMPLE_RATE_HZ

Embeddings = NDArray[np.float32]
"""Rows of length 1, one for each stretch: (n, channels)."""

DIFFERENT_BELOW = 0.5
"""Mean cosine of two groups of stretches below which they are two people."""
APART = 0.15
"""How much more alike the stretches of each group must be among themselves."""
_WINDOW_S, _HOP_S = 3.0, 1.5
_MOST_WINDOWS, _AT_ONCE = 12, 4  # few at once: meanwhile nobody speaks
_AUDIBLE = 10 ** (-30 / 20)  # of a stretch, beside the loudest


def several_speakers(loaded: LoadedModel, clips: Sequence[Path]) -> list[str]:
    """What to say where a clip holds more than one person, or the clips are of different people; else nothing."""
    embeddings = _embeddings(loaded, clips)
    mixed = [number for number, rows in enumerate(embeddings, start=1) if two_voices(rows)]
    if mixed:
        which = "The clip holds" if len(clips) == 1 else f"Clip {', '.join(map(str, mixed))}: there is"
        return [f"{which} more than one voice, it seems; use recordings of one person alone."]
    odd = strangers(embeddings)
    if odd:
        named = f"Clip {odd[0]} sounds" if len(odd) == 1 else f"Clips {', '.join(map(str, odd))} sound"
        return [f"{named} like another person than the other clips; use recordings of one person alone."]
    return []


def two_voices(rows: Embeddings) -> bool:
    """Whether the stretches fall into two groups that are each alike and different from the other.

    Both groups have two stretches at least: a single one may be a laugh, or a cough.
    """
    if len(rows) < 4:
        return False
    groups = _halves(rows)
    return all(np.sum(groups == side) >= 2 for side in (0, 1)) and _are_apart(rows[groups == 0], rows[groups == 1])


def strangers(clips: Sequence[Embeddings]) -> list[int]:
    """Numbers (from 1) of the clips that sound like another person than most; none where all are alike."""
    means = [rows.mean(axis=0) for rows in clips if len(rows)]
    if len(means) < 2:
        return []
    rows = np.stack([mean / np.linalg.norm(mean) for mean in means])
    groups = _halves(rows)
    if min(np.sum(groups == 0), np.sum(groups == 1)) == 0 or not _are_apart(rows[groups == 0], rows[groups == 1]):
        return []
    numbers = [number for number, found in enumerate(clips, start=1) if len(found)]
    fewer = 1 if np.sum(groups == 1) <= np.sum(groups == 0) else 0
    return [number for number, side in zip(numbers, groups, strict=True) if side == fewer]


def windows(samples: NDArray[np.float32], rate_hz: int) -> list[NDArray[np.float32]]:
    """Stretches of three seconds, half overlapping, that are not quiet; the whole of what is shorter."""
    size, hop = round(_WINDOW_S * rate_hz), round(_HOP_S * rate_hz)
    if len(samples) <= size:
        return [samples]
    found = [samples[at : at + size] for at in range(0, len(samples) - size + 1, hop)]
    levels = [float(np.sqrt(np.mean(piece**2))) for piece in found]
    return [piece for piece, level in zip(found, levels, strict=True) if level >= max(levels) * _AUDIBLE]


def _halves(rows: Embeddings) -> NDArray[np.int64]:
    """Which of two groups each row belongs to: around the two that are least alike, then around the groups' means."""
    alike = rows @ rows.T
    centres = rows[list(np.unravel_index(np.argmin(alike), alike.shape))]
    groups = np.argmax(rows @ centres.T, axis=1)
    for _ in range(10):
        if len(set(groups.tolist())) < 2:
            break
        centres = np.stack([rows[groups == side].mean(axis=0) for side in (0, 1)])
        centres /= np.linalg.norm(centres, axis=1, keepdims=True)
        groups = np.argmax(rows @ centres.T, axis=1)
    return np.asarray(groups)


def _are_apart(one: Embeddings, other: Embeddings) -> bool:
    between = float((one @ other.T).mean())
    return between < DIFFERENT_BELOW and min(_within(one), _within(other)) > between + APART


def _within(rows: Embeddings) -> float:
    """Mean cosine of the rows with each other; 1 for a single row, of which nothing is known."""
    count = len(rows)
    return 1.0 if count == 1 else float(((rows @ rows.T).sum() - count) / (count * (count - 1)))


def _embeddings(loaded: LoadedModel, clips: Sequence[Path]) -> list[Embeddings]:
    """Of each clip."""
    most = max(1, _MOST_WINDOWS // len(clips))
    found = []
    for path in clips:
        audio = decode_file(path)
        pieces = windows(resample(audio.mono(), audio.sample_rate_hz, SAMPLE_RATE_HZ), SAMPLE_RATE_HZ)
        chosen = [pieces[at] for at in np.unique(np.linspace(0, len(pieces) - 1, min(most, len(pieces))).astype(int))]
        batches = [np.stack(chosen[at : at + _AT_ONCE]) for at in range(0, len(chosen), _AT_ONCE)]
        found.append(np.concatenate([engine().compute(partial(_encoded, loaded, batch)) for batch in batches]))
    return found


@torch.inference_mode()
def _encoded(loaded: LoadedModel, waves: NDArray[np.float32]) -> Embeddings:
    """Stretches (n, samples) at 16 kHz as the model's speaker encoder hears them."""
    encoder = loaded.model.network.hifigan_decoder.speaker_encoder
    return np.asarray(encoder(torch.from_numpy(waves).to(loaded.model.device)).float().cpu().numpy())
