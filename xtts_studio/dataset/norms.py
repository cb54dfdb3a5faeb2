"""What is usual in a dataset: a clip that differs from the others is looked at first. Robust against a few odd ones."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from xtts_studio.errors import TextError
from xtts_studio.shapes import Chunk, ClipMeasures
from xtts_studio.text.clean import spell_out

LEAST_TO_COMPARE = 8
"""Fewer clips have no usual rate."""
MOST_MID_SENTENCE = 0.3
"""Where more clips than that begin or end within sentences, that is how the dataset was cut: nobody is told of each."""

HARDLY_ANY_LUFS = -55.0
"""Quieter clips hold hardly any sound: they don't say how loud a dataset is, and normalising leaves them."""

_SIGMA = 1.4826  # of a normal distribution, in median absolute deviations
_LEAST_RATE_OFF = float(np.log(1.5))
_RATE_SIGMAS = 3.5
_LEAST_SPEECH_S, _USUAL_PAUSE_S = 0.2, 0.5
_SHORT_SPEECH_S, _SHORT_OFF = 1.5, float(np.log(1.25))


@dataclass(frozen=True)
class Rate:
    """How fast a language is spoken in a dataset: the middle of the logarithms, and how far off is still usual."""

    middle: float
    most_off: float


@dataclass(frozen=True)
class Norms:
    """Of the active clips of a dataset."""

    loudness_lufs: float | None = None
    rates: dict[str, Rate] = field(default_factory=dict)
    quiet_flags: frozenset[str] = frozenset()

    def rate_off(self, language: str, rate: float | None, speech_s: float) -> float | None:
        """How many times faster (above 1) or slower (below) than usual, where that is unusual; else None."""
        usual = self.rates.get(language)
        if usual is None or rate is None:
            return None
        off = float(np.log(rate)) - usual.middle
        most = usual.most_off + (_SHORT_OFF if speech_s < _SHORT_SPEECH_S else 0.0)
        return float(np.exp(off)) if abs(off) > most else None


def norms_of(chunks: Sequence[Chunk], measures: dict[str, ClipMeasures], rates: dict[str, float]) -> Norms:
    """What is usual among chunks; `rates` are their letters per second, by file."""
    loud = [found.loudness_lufs for chunk in chunks if (found := measures.get(chunk.file)) is not None]
    known = [lufs for lufs in loud if lufs is not None and lufs >= HARDLY_ANY_LUFS]
    by_language: dict[str, list[float]] = defaultdict(list)
    for chunk in chunks:
        if chunk.file in rates:
            by_language[chunk.language or ""].append(float(np.log(rates[chunk.file])))
    return Norms(
        loudness_lufs=float(np.median(known)) if known else None,
        rates={one: _rate(logs) for one, logs in by_language.items() if len(logs) >= LEAST_TO_COMPARE},
        quiet_flags=_usual_flags(chunks),
    )


def letters_per_second(chunk: Chunk, language: str | None, measures: ClipMeasures | None) -> float | None:
    """Letters and digits of the text as it is spoken, for each second between silences; None: too little to tell."""
    if measures is None or measures.speech_s < _LEAST_SPEECH_S or not language:
        return None
    pause_s = max(0.0, measures.longest_pause_s - _USUAL_PAUSE_S)
    spoken_s = measures.duration_s - measures.lead_s - measures.tail_s - pause_s  # noise doesn't change that
    if spoken_s < _LEAST_SPEECH_S:
        return None
    try:
        spoken = spell_out(chunk.text, language)
    except TextError:
        return None
    letters = sum(map(str.isalnum, spoken))
    return letters / spoken_s if letters else None


def _rate(logs: list[float]) -> Rate:
    middle = float(np.median(logs))
    sigma = _SIGMA * float(np.median(np.abs(np.array(logs) - middle)))
    return Rate(middle, max(_LEAST_RATE_OFF, _RATE_SIGMAS * sigma))


def _usual_flags(chunks: Sequence[Chunk]) -> frozenset[str]:
    """Flags about sentences that are usual here."""
    spoken = [chunk for chunk in chunks if chunk.text.strip()]
    counts = Counter(flag for chunk in spoken for flag in chunk.flags)
    about = ("starts_mid_sentence", "ends_mid_sentence")
    return frozenset(flag for flag in about if counts[flag] > MOST_MID_SENTENCE * len(spoken))
