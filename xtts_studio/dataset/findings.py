"""What is said of a clip, and what a click can do about it: the rules of the x-ray with their thresholds.

Thresholds were set on real recordings that are clean and on the same with defects of known strength mixed in
(`tests/dataset/test_xray_sound.py`); docs/data.md tells each.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from xtts_studio.dataset.norms import HARDLY_ANY_LUFS, Norms
from xtts_studio.dataset.twins import SHORT_S
from xtts_studio.shapes import Chunk, ClipMeasures, Finding, Fix, Rejection
from xtts_studio.text.languages import LANGUAGES

LONG_SILENCE_S = 0.5
"""Before or after the speech. Cutting leaves 0.1 to 0.2 s; models learn the silence they are shown."""
LONG_PAUSE_S = 1.5
"""Cutting never keeps a longer one."""
LOUD_END_DB = -20.0
"""Beside the speech; words fade to -25 dB and less before silence follows."""
LOUD_END_OVER_NOISE_DB = 8.0
LOUDNESS_OFF_LU = 6.0
"""From the middle clip of the dataset: a voice twice as near, or half."""
QUIETEST_LUFS = -45.0
CLIPPED_SHARE, BADLY_CLIPPED_SHARE = 0.0002, 0.005
NOISY_DB, VERY_NOISY_DB = 15.0, 8.0
NARROW_HZ = 4_500.0
"""Telephones end at 3.4 kHz; XTTS speaks up to 12 kHz."""
REVERBERANT_S = 0.55
"""As `audio/room` measures, which is 0.65 s in truth: a bathroom, a hall. Rooms with furniture have 0.3 to 0.5 s."""
MUSIC = 0.6
UNSURE, VERY_UNSURE = 0.6, 0.35
"""Mean probability of the words that were heard; 0.8 to 0.95 is usual."""
RATE_FAR_OFF = 2.2
MOST_LETTERS_PER_S = 30.0
"""Speech has 10 to 18, spelled out; the fastest readers come to 25."""

_FLAGS: dict[str, tuple[str, str]] = {
    "first_word_cut": ("red", "Its first word is cut off."),
    "last_word_cut": ("red", "Its last word is cut off."),
    "heard_differently": ("amber", "It is heard differently alone and within its recording; check the text."),
    "text_guessed": ("amber", "Where its text begins or ends was guessed; check the text."),
    "forced_cut": ("amber", "It was cut where nobody pauses."),
    "touches_speech": ("amber", "Its edge is loud: a word may be cut off."),
    "starts_mid_sentence": ("amber", "It begins in the middle of a sentence."),
    "ends_mid_sentence": ("amber", "It ends in the middle of a sentence."),
}
_FILTER_FIXES: dict[str, Fix] = {"too_long": "split", "text_too_long": "split", "unreadable": "drop"}


@dataclass(frozen=True)
class Seen:
    """All that is known of a clip. `rate` in letters per second; `partner` could be merged with it, `original` is the
    same sound."""

    chunk: Chunk
    language: str | None
    rejection: Rejection | None
    measures: ClipMeasures | None
    rate: float | None = None
    partner: str | None = None
    original: str | None = None


def findings_of(clip: Seen, norms: Norms) -> list[Finding]:
    """Everything that is to be said of a clip; of one that was dropped only that."""
    found = list(_of_filter(clip))
    if clip.chunk.state == "dropped":
        return found
    found += _of_flags(clip, norms)
    found += _of_text(clip, norms)
    if clip.measures is not None:
        found += _of_sound(clip.measures, norms) if _holds_speech(clip.measures) else [_NO_SPEECH]
        found += _of_length(clip, clip.measures)
    if clip.original is not None:
        name = clip.original.rpartition("/")[2]
        found.append(_finding("duplicate", "amber", f"It is the same as {name}.", "drop", clip.original))
    return [_without_fix_of_text(one) for one in found] if _says_too_much(clip, norms) else found


def _says_too_much(clip: Seen, norms: Norms) -> bool:
    """Nobody says so much in so short a time: the text is another one, and splitting would spread it."""
    if clip.rate is None:
        return False
    off = norms.rate_off(clip.language or "", clip.rate, clip.measures.speech_s if clip.measures else 0.0)
    return clip.rate > MOST_LETTERS_PER_S or (off is not None and off > RATE_FAR_OFF)


def _without_fix_of_text(finding: Finding) -> Finding:
    if finding.code not in ("text_too_long", "text_long", "too_short", "short"):
        return finding
    reason = f"{finding.reason} It says more than can be said in that time: check the text."
    return finding.model_copy(update={"fix": None, "others": [], "reason": reason})


_NO_SPEECH = Finding(code="not_speech", light="red", reason="Nothing in it stands out as speech.", fix="drop")


def _finding(code: str, light: str, reason: str, fix: Fix | None = None, other: str | None = None) -> Finding:
    others = [other] if other else []
    return Finding(code=code, light="red" if light == "red" else "amber", reason=reason, fix=fix, others=others)


def _of_filter(clip: Seen) -> Iterator[Finding]:
    """Why training leaves it out."""
    why = clip.rejection
    if why is None:
        return
    fix, other = _FILTER_FIXES.get(why.code), None
    if why.code == "too_short" and clip.partner:
        fix, other = "merge", clip.partner
    if why.code == "no_text" and "no_speech" in clip.chunk.flags:
        fix = "drop"
    yield _finding(why.code, "red", why.reason, fix, other)


def _of_flags(clip: Seen, norms: Norms) -> Iterator[Finding]:
    """What cutting and transcribing doubted."""
    for flag in clip.chunk.flags:
        if flag in _FLAGS and flag not in norms.quiet_flags:
            light, reason = _FLAGS[flag]
            yield _finding(flag, light, reason)


def _of_text(clip: Seen, norms: Norms) -> Iterator[Finding]:
    confidence, language = clip.chunk.confidence, (clip.language or "").split("-")[0]
    if not clip.chunk.text.strip():
        return
    if confidence is not None and confidence < UNSURE:
        light = "red" if confidence < VERY_UNSURE else "amber"
        yield _finding("low_confidence", light, f"Its words were heard with {confidence:.0%} confidence.")
    if language in LANGUAGES and len(clip.chunk.text) > LANGUAGES[language].char_limit:
        limit, count = LANGUAGES[language].char_limit, len(clip.chunk.text)
        if clip.rejection is None or clip.rejection.code != "text_too_long":
            said = f"Its text has {count} characters; beyond {limit} the model may lose its way."
            yield _finding("text_long", "amber", said, "split")
    speech_s = clip.measures.speech_s if clip.measures else 0.0
    off = norms.rate_off(clip.language or "", clip.rate, speech_s)
    if off is None and clip.rate is not None and clip.rate > MOST_LETTERS_PER_S:
        reason = f"Its text has {clip.rate:.0f} letters a second: text and sound don't match."
        yield _finding("rate_outlier", "red", reason)
    elif off is not None:
        times = off if off > 1 else 1 / off
        how = "faster" if off > 1 else "slower"
        reason = f"Its words come {times:.1f} times {how} than is usual here: text and sound may not match."
        yield _finding("rate_outlier", "red" if times > RATE_FAR_OFF else "amber", reason)


def _holds_speech(measures: ClipMeasures) -> bool:
    return measures.loudness_lufs is not None and measures.speech_s > 0


def _of_sound(measures: ClipMeasures, norms: Norms) -> Iterator[Finding]:
    yield from _of_level(measures, norms)
    snr_db, share = measures.snr_db, measures.clipped_share
    if share > CLIPPED_SHARE:
        said = "It is clipped: too loud when it was recorded."
        yield _finding("clipped", "red" if share > BADLY_CLIPPED_SHARE else "amber", said, "drop")
    if snr_db is not None and snr_db < NOISY_DB and not _musical(measures):
        light = "red" if snr_db < VERY_NOISY_DB else "amber"
        yield _finding("noisy", light, f"Its speech is only {snr_db:.0f} dB above the noise.", "drop")
    if measures.band_hz is not None and measures.band_hz < NARROW_HZ:
        yield _finding("narrow_band", "amber", f"It sounds like a telephone: nothing above {measures.band_hz:.0f} Hz.")
    rings_s = measures.reverberation_s
    if rings_s is not None and rings_s > REVERBERANT_S and not _musical(measures):
        yield _finding(
            "reverberant", "amber", "It echoes: recorded far from the microphone, or in a bare room.", "drop"
        )
    if _musical(measures):
        yield _finding("music", "amber", "There is music or a hum beneath the speech.", "drop")


def _musical(measures: ClipMeasures) -> bool:
    return measures.music is not None and measures.music > MUSIC


def _of_level(measures: ClipMeasures, norms: Norms) -> Iterator[Finding]:
    lufs, usual = measures.loudness_lufs, norms.loudness_lufs
    if lufs is None:
        return
    off = lufs - usual if usual is not None else 0.0
    if lufs < HARDLY_ANY_LUFS:
        yield _finding("quiet", "amber", "It holds hardly any sound.", "drop")
    elif off < -LOUDNESS_OFF_LU:
        yield _finding("quiet", "amber", f"It is {-off:.0f} dB quieter than is usual here.", "normalise")
    elif lufs < QUIETEST_LUFS:
        yield _finding("quiet", "amber", f"It is very quiet ({lufs:.0f} LUFS).")
    elif off > LOUDNESS_OFF_LU:
        yield _finding("loud", "amber", f"It is {off:.0f} dB louder than is usual here.", "normalise")


def _ends_loudly(measures: ClipMeasures) -> bool:
    if measures.end_db is None or not _holds_speech(measures) or _musical(measures):
        return False
    noise_db = -100.0 if measures.snr_db is None else -measures.snr_db
    return measures.end_db > max(LOUD_END_DB, noise_db + LOUD_END_OVER_NOISE_DB)


def _of_length(clip: Seen, measures: ClipMeasures) -> Iterator[Finding]:
    """Silence and length."""
    flags = set(clip.chunk.flags)
    if measures.lead_s > LONG_SILENCE_S:
        yield _finding("long_silence_start", "amber", f"It begins with {measures.lead_s:.1f} s of silence.", "trim")
    if measures.tail_s > LONG_SILENCE_S:
        yield _finding("long_silence_end", "amber", f"It ends with {measures.tail_s:.1f} s of silence.", "trim")
    if measures.longest_pause_s > LONG_PAUSE_S:
        said = f"There is a pause of {measures.longest_pause_s:.1f} s in it."
        yield _finding("long_pause", "amber", said, "split")
    if _ends_loudly(measures) and not flags & {"touches_speech", "last_word_cut", "forced_cut"}:
        yield _finding("ends_abruptly", "amber", "It ends while somebody speaks: the last word may be cut off.")
    short = clip.rejection is None and measures.duration_s < SHORT_S
    if clip.partner and (short or ("too_short" in flags and clip.rejection is None)):
        said = f"It lasts only {measures.duration_s:.1f} s; it can be merged with its neighbour."
        yield _finding("short", "amber", said, "merge", clip.partner)
    elif short:
        yield _finding("short", "amber", f"It lasts only {measures.duration_s:.1f} s.")
