"""Transcripts as subtitles."""

from collections.abc import Sequence

from xtts_studio.shapes import HeardSegment


def srt(segments: Sequence[HeardSegment]) -> str:
    """SubRip: numbered, times as 00:01:02,345."""
    return "".join(
        f"{number}\n{_time(one.start_s, ',')} --> {_time(one.end_s, ',')}\n{one.text}\n\n"
        for number, one in enumerate(segments, start=1)
    )


def vtt(segments: Sequence[HeardSegment]) -> str:
    """WebVTT: times as 00:01:02.345."""
    cues = (f"{_time(one.start_s, '.')} --> {_time(one.end_s, '.')}\n{_escaped(one.text)}\n\n" for one in segments)
    return "WEBVTT\n\n" + "".join(cues)


def _time(seconds: float, point: str) -> str:
    whole_ms = round(seconds * 1000)
    minutes, ms = divmod(whole_ms, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{ms // 1000:02d}{point}{ms % 1000:03d}"


def _escaped(text: str) -> str:
    """WebVTT has tags; what was said has none."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
