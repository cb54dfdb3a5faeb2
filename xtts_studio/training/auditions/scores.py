"""What is measured of the lines of an audition, and the one number that is made of it.

The score of a line is the mean of what was measured of it, each from 0 to 1, by these weights; it rises with every one
of them:

    similarity  .35     cosine of the speaker embeddings, below 0 as 0
    clarity     .35     1 - character error rate; only where there is a recogniser
    pace        .1      1 at the dataset's own pace, 1/2 at half or double of it
    silence     .1      1 at the dataset's own share of silence, 0 where it is half of the sound away from that
    end         .1      1 where the model came to an end by itself

A line in which nothing is spoken has 0. The score of an audition is the mean of its lines'.
"""

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from xtts_studio.shapes import Audition, AuditionLine
from xtts_studio.transcription.comparing import tokens_of

WEIGHTS = {"similarity": 0.35, "clarity": 0.35, "pace": 0.1, "silence": 0.1, "end": 0.1}
MARGIN = 0.005
"""Scores that are closer than this say nothing; the evaluation loss decides then."""

_FRAME_S = 0.02
_SILENT = 10 ** (-45 / 20)  # of the loudest frame
_NOTHING = 1e-3  # no sample beyond this is no speech
_MOST_AWAY = 0.5

Samples = NDArray[np.float32]


def is_speech(samples: Samples) -> bool:
    """Is there anything to hear in samples (n,), and are they numbers?"""
    return len(samples) > 0 and bool(np.isfinite(samples).all()) and float(np.abs(samples).max()) > _NOTHING


def silence_share(samples: Samples, rate_hz: int) -> float:
    """Share of samples (n,) in frames of 20 ms that lie 45 dB below the loudest one; 1 where nothing is heard."""
    size = max(1, round(_FRAME_S * rate_hz))
    frames = samples[: len(samples) // size * size].reshape(-1, size)
    levels = np.sqrt(np.square(frames, dtype=np.float64).mean(axis=1)) if len(frames) else np.zeros(1)
    loudest = float(levels.max())
    return float((levels < loudest * _SILENT).mean()) if loudest > 0 else 1.0


def speech_s(samples: Samples, rate_hz: int) -> float:
    """Seconds of samples (n,) without the silence in them."""
    return len(samples) / rate_hz * (1 - silence_share(samples, rate_hz))


def character_error_rate(text: str, heard: str, language: str) -> float:
    """Characters to change, drop or add so that `heard` becomes `text`, per character of `text`.

    Case, marks and spaces don't count, nor does whether a number is written in digits.
    """
    wanted, found = ("".join(tokens_of(one, language)) for one in (text, heard))
    return _edits(wanted, found) / max(1, len(wanted))


def cosine(first: NDArray[np.float32], second: NDArray[np.float32]) -> float | None:
    """Of two vectors; None where one of them has no direction."""
    length = float(np.linalg.norm(first) * np.linalg.norm(second))
    return float(np.dot(first, second)) / length if math.isfinite(length) and length > 0 else None


def line_score(line: AuditionLine, own_silence: float) -> float:
    """0 to 1. `own_silence`: the dataset's share of silence."""
    if line.silence is None:  # nothing was spoken
        return 0.0
    parts = {"end": float(line.ended), "silence": 1 - abs(line.silence - own_silence) / _MOST_AWAY}
    if line.similarity is not None:
        parts["similarity"] = line.similarity
    if line.cer is not None:
        parts["clarity"] = 1 - line.cer
    if line.pace is not None:
        parts["pace"] = min(line.pace, 1 / line.pace) if line.pace > 0 else 0.0
    weight = sum(WEIGHTS[name] for name in parts)
    return sum(WEIGHTS[name] * min(1.0, max(0.0, value)) for name, value in parts.items()) / weight


def score(lines: Sequence[AuditionLine], own_silence: float) -> float:
    """Of a whole audition, 0 to 1."""
    return sum(line_score(line, own_silence) for line in lines) / len(lines) if lines else 0.0


def mean(values: Iterable[float | None]) -> float | None:
    """Of those that were measured."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def is_better(new: Audition, best_score: float | None, best_eval_loss: float | None) -> bool:
    """Is the checkpoint of `new` better than the best so far (None: there was none)?

    Where the scores are about the same, the evaluation loss decides.
    """
    if best_score is None:
        return True
    if abs(new.score - best_score) > MARGIN:
        return new.score > best_score
    return _loss(new.eval_loss) < _loss(best_eval_loss)


def _loss(loss: float | None) -> float:
    return math.inf if loss is None or math.isnan(loss) else loss


def _edits(wanted: str, found: str) -> int:
    """The least number of characters to change, drop or add (Levenshtein distance)."""
    before = list(range(len(found) + 1))
    for row, letter in enumerate(wanted, start=1):
        now = [row]
        for column, other in enumerate(found, start=1):
            now.append(min(before[column] + 1, now[-1] + 1, before[column - 1] + (letter != other)))
        before = now
    return before[-1]
