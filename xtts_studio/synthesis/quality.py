"""How well a clip serves as a reference, by what `audio/measures` finds. docs/speech.md gives the score's formula."""

from collections.abc import Sequence

from xtts_studio.audio.measures import Measured
from xtts_studio.shapes import ClipQuality

WANTED_S = 6.0
NOISY_DB, CLEAN_DB = 15.0, 30.0
QUIET_DBFS = -45.0
CLIPPED_SHARE = 0.0002
NARROW_HZ = 4_500.0


def clip_quality(clip: str, measured: Measured, duration_s: float, notices: Sequence[str]) -> ClipQuality:
    """What is told of a clip; `notices` come before those about what was measured."""
    return ClipQuality(
        clip=clip,
        duration_s=round(duration_s, 3),
        speech_s=round(measured.speech_s, 2),
        snr_db=None if measured.snr_db is None else round(measured.snr_db, 1),
        clipped_share=round(measured.clipped_share, 5),
        level_dbfs=None if measured.level_dbfs is None else round(measured.level_dbfs, 1),
        score=round(purity(measured) * _length(measured.speech_s) * 100),
        notices=[*notices, *doubts(measured)],
    )


def voice_score(clips: Sequence[Measured]) -> int:
    """0 to 100 of all clips together: how pure their speech is on average, and whether it is enough."""
    speech_s = sum(clip.speech_s for clip in clips)
    pure_s = sum(clip.speech_s * purity(clip) for clip in clips)
    return round(100 * pure_s / speech_s * _length(speech_s)) if speech_s else 0


def purity(measured: Measured) -> float:
    """0 to 1: the product of what noise, clipping, a low level and a narrow band leave."""
    noise = 1.0 if measured.snr_db is None else _ramp(measured.snr_db, 0, CLEAN_DB)
    clipping = 1 - 0.5 * _ramp(measured.clipped_share, 0, 0.02)
    level = 1.0 if measured.level_dbfs is None else 0.7 + 0.3 * _ramp(measured.level_dbfs, -65, QUIET_DBFS)
    band = 0.7 if _narrow(measured) else 1.0
    return noise * clipping * level * band


def doubts(measured: Measured) -> list[str]:
    """What is wrong, and what to do."""
    found = []
    if not measured.speech_s:
        found.append("Nothing in the clip stands out as speech; use a recording of one person speaking.")
    elif measured.snr_db is not None and measured.snr_db < NOISY_DB:
        found.append(
            f"The clip is noisy (speech {measured.snr_db:.0f} dB above the noise); "
            "record in a quiet room, without music, closer to the microphone."
        )
    if measured.level_dbfs is not None and measured.level_dbfs < QUIET_DBFS:
        found.append("The clip is very quiet; a louder recording gives a clearer voice.")
    if measured.clipped_share > CLIPPED_SHARE:
        found.append("The clip is clipped (too loud when it was recorded); record it anew with less gain.")
    if _narrow(measured):
        found.append("The clip sounds like a telephone (nothing above 4 kHz); the voice will sound dull.")
    return found


def _length(speech_s: float) -> float:
    """What too little speech leaves: all of it from six seconds on, 0.4 with none."""
    return 0.4 + 0.6 * _ramp(speech_s, 0, WANTED_S)


def _narrow(measured: Measured) -> bool:
    return measured.band_hz is not None and measured.band_hz < NARROW_HZ


def _ramp(value: float, low: float, high: float) -> float:
    return min(1.0, max(0.0, (value - low) / (high - low)))
