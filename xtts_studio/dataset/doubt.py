"""How much harm a clip may do: what orders clips for those who look at the worst first."""

from collections.abc import Sequence

from xtts_studio.shapes import ClipReport, Finding, Light

HARM: dict[str, float] = {
    "not_speech": 0.95,
    "speaker_outlier": 0.9,
    "first_word_cut": 0.9,
    "last_word_cut": 0.9,
    "rate_outlier": 0.8,
    "heard_differently": 0.8,
    "low_confidence": 0.7,
    "text_guessed": 0.6,
    "ends_abruptly": 0.5,
    "touches_speech": 0.5,
    "forced_cut": 0.5,
    "music": 0.5,
    "noisy": 0.5,
    "reverberant": 0.4,
    "clipped": 0.4,
    "narrow_band": 0.4,
    "long_silence_end": 0.3,
    "long_pause": 0.3,
    "duplicate": 0.3,
    "long_silence_start": 0.2,
    "text_long": 0.2,
    "quiet": 0.15,
    "loud": 0.15,
    "short": 0.15,
    "ends_mid_sentence": 0.1,
    "starts_mid_sentence": 0.05,
}
"""How likely it is that a red finding of this kind teaches the model something wrong: wrong words and cut words first,
sound after. A judgement, not a measurement."""

_AMBER = 0.6  # of the harm of red
_MOST_LOST, _WHOLE_S = 0.1, 11.6


def report_of(file: str, usable: bool, findings: Sequence[Finding], duration_s: float, digest: str = "") -> ClipReport:
    """A clip's row of the x-ray."""
    return ClipReport(
        file=file,
        light=light_of(findings),
        usable=usable,
        doubt=round(doubt_of(usable, findings, duration_s), 4),
        findings=list(findings),
        digest=digest,
    )


def light_of(findings: Sequence[Finding]) -> Light:
    """The worst of a clip's lights."""
    if any(finding.light == "red" for finding in findings):
        return "red"
    return "amber" if findings else "green"


def doubt_of(usable: bool, findings: Sequence[Finding], duration_s: float) -> float:
    """0 to 1. Of a clip that trains, how likely it is that one of its findings does harm, if each were independent.

    A clip that is left out does none: its doubt is what is lost, up to 0.1 for the longest; nothing where it was
    dropped on purpose.
    """
    codes = {finding.code for finding in findings}
    if not usable:
        return 0.0 if "dropped" in codes else _MOST_LOST * min(1.0, max(0.1, duration_s / _WHOLE_S))
    harmless = 1.0
    for finding in findings:
        harmless *= 1 - HARM.get(finding.code, 0.1) * (1.0 if finding.light == "red" else _AMBER)
    return 1 - harmless
