"""The step `hear`: what is said in a file that somebody has just sent, by faster-whisper. Nothing is kept."""

from pathlib import Path

from faster_whisper.transcribe import Segment

from xtts_studio.audio.decode import read_mono
from xtts_studio.errors import InvalidInput, NotFound
from xtts_studio.events import Progress, Report
from xtts_studio.models import find_whisper
from xtts_studio.settings import Settings
from xtts_studio.shapes import HeardSegment, HearRequest, HearResult, Word
from xtts_studio.transcription.loading import load_recogniser
from xtts_studio.transcription.recogniser import RATE_HZ, words_of
from xtts_studio.workspace import Workspace


def hear(request: HearRequest, workspace: Workspace, report: Report) -> HearResult:
    """The words of an uploaded file, with their times; no text where nothing is said.

    Raises `AudioError`, `TooLarge`, `ModelMissing`, `InvalidInput` for a language that the model doesn't know.
    """
    recogniser = load_recogniser(find_whisper(workspace, request.whisper_model), Settings().device)
    if request.language and not recogniser.knows(request.language):
        raise InvalidInput(
            f"Whisper doesn't know the language {request.language[:40]!r}.",
            hint="Name it by its code (en, de, fr …), or leave it out.",
            details={"param": "language"},
        )
    samples = read_mono(_incoming(workspace, request.incoming), RATE_HZ)
    duration_s = len(samples) / RATE_HZ
    found, language = recogniser.segments(samples, request.language, **_options(request))
    texts: list[str] = []
    segments: list[HeardSegment] = []
    words: list[Word] = []
    for segment in found:
        texts.append(segment.text)
        segments.append(_segment(segment))
        words += words_of(segment)
        report(Progress(min(1.0, float(segment.end) / duration_s), "Listening"))
    return HearResult(
        language=language,
        duration_s=round(duration_s, 3),
        text=" ".join("".join(texts).split()),
        segments=segments,
        words=words,
        notices=list(recogniser.notices),
    )


def _options(request: HearRequest) -> dict[str, object]:
    options: dict[str, object] = {"initial_prompt": request.prompt or None}
    return options | ({"temperature": request.temperature} if request.temperature else {})


def _incoming(workspace: Workspace, name: str) -> Path:
    """The uploaded file, which has to lie in the folder for uploads."""
    path = workspace.incoming / Path(name).name
    if not path.is_file():
        raise NotFound("The uploaded file is no longer there.", hint="Upload it again.")
    return path


def _segment(segment: Segment) -> HeardSegment:
    return HeardSegment(
        start_s=round(segment.start, 3),
        end_s=round(segment.end, 3),
        text=" ".join(segment.text.split()),
        seek=segment.seek,
        tokens=segment.tokens,
        temperature=segment.temperature or 0.0,
        avg_logprob=segment.avg_logprob,
        compression_ratio=segment.compression_ratio,
        no_speech_prob=segment.no_speech_prob,
    )
