"""Subtitles, SRT and WebVTT, as cues. What can't be read is named by its line."""

import html
import re

from xtts_studio.errors import InvalidInput
from xtts_studio.shapes import TranscriptCue

_TIME = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
_TIMES = re.compile(rf"^\s*{_TIME}\s*-->\s*{_TIME}(?:\s.*)?$")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]{1,200})>")
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>|<\d{1,2}:[\d:.]{1,12}>|\{\\[^{}]{0,100}\}")
_NOT_CUES = ("NOTE", "STYLE", "REGION")

Line = tuple[int, str]


def looks_like_vtt(text: str) -> bool:
    """Does a text begin as WebVTT files do?"""
    return re.match(r"\s*WEBVTT(?:[ \t].*)?(?:\n|$)", text) is not None


def looks_like_srt(text: str) -> bool:
    """Is one of the first lines a pair of times, as in SRT?"""
    lines = [line for line in text[:4000].split("\n") if line.strip()][:3]
    return any(_TIMES.match(line) for line in lines)


def read_srt(text: str) -> tuple[list[TranscriptCue], list[str]]:
    """The cues of an SRT file. Raises `InvalidInput`."""
    return _cues(text, "SRT")


def read_vtt(text: str) -> tuple[list[TranscriptCue], list[str]]:
    """The cues of a WebVTT file; its notes and styles are left out. Raises `InvalidInput`."""
    return _cues(text, "WebVTT")


def _cues(text: str, kind: str) -> tuple[list[TranscriptCue], list[str]]:
    cues: list[TranscriptCue] = []
    for number, block in enumerate(_blocks(text)):
        if kind == "WebVTT" and (block[0][1].split()[0] in _NOT_CUES or (number == 0 and _is_head(block))):
            continue
        found = _cue(block, kind)
        if found is None:  # an empty line inside a text: it goes on
            cues[-1] = _longer(cues[-1], block) if cues else _refuse(block[0], kind)
        elif found.text:
            cues.append(found)
    if not cues:
        raise InvalidInput(f"The {kind} file holds no cues.", hint="A cue is a line of times and lines of text.")
    return _in_order(cues)


def _blocks(text: str) -> list[list[Line]]:
    """Runs of lines that are not empty, numbered from 1."""
    blocks: list[list[Line]] = [[]]
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            blocks[-1].append((number, line.strip()))
        elif blocks[-1]:
            blocks.append([])
    return [block for block in blocks if block]


def _is_head(block: list[Line]) -> bool:
    return block[0][1].startswith("WEBVTT") and not any("-->" in line for _, line in block)


def _cue(block: list[Line], kind: str) -> TranscriptCue | None:
    """The cue of a block; None where it holds no times."""
    at = next((index for index, (_, line) in enumerate(block[:3]) if "-->" in line), None)
    if at is None:
        return None
    times = _TIMES.match(block[at][1])
    if times is None:
        return _refuse(block[at], kind)
    start_s, end_s = _seconds(times.groups()[:4]), _seconds(times.groups()[4:])
    if end_s < start_s:
        raise InvalidInput(
            f"Line {block[at][0]} of the {kind} file ends before it begins: {block[at][1][:80]!r}.",
            hint="Correct the times of this line.",
        )
    for number, line in block[at + 1 :]:
        if _TIMES.match(line):
            raise InvalidInput(
                f"Line {number} of the {kind} file has times where text was expected: {line[:80]!r}.",
                hint="Put an empty line before each cue.",
            )
    raw = " ".join(line for _, line in block[at + 1 :])
    voice = _VOICE.search(raw)
    return TranscriptCue(
        text=_plain(raw), start_s=start_s, end_s=end_s, speaker=html.unescape(voice[1]).strip() if voice else None
    )


def _refuse(line: Line, kind: str) -> TranscriptCue:
    sample = "00:00:01,000 --> 00:00:04,000" if kind == "SRT" else "00:00:01.000 --> 00:00:04.000"
    raise InvalidInput(
        f"Line {line[0]} of the {kind} file can't be read: found {line[1][:80]!r}, expected times like {sample}.",
        hint="Correct this line.",
    )


def _longer(cue: TranscriptCue, block: list[Line]) -> TranscriptCue:
    lines = [line for _, line in block if not line.isdigit() or len(block) > 1]
    return cue.model_copy(update={"text": " ".join([cue.text, _plain(" ".join(lines))]).strip()})


def _plain(text: str) -> str:
    """Without tags and entities."""
    return " ".join(html.unescape(_TAG.sub("", text)).split())


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, fraction = parts
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0) + float(f"0.{fraction or 0}")


def _in_order(cues: list[TranscriptCue]) -> tuple[list[TranscriptCue], list[str]]:
    ordered = sorted(cues, key=lambda cue: cue.start_s or 0.0)
    return ordered, ["The cues were not in the order of their times; they are now."] if ordered != cues else []
