"""The step `preview_speech`: what would be said of a text, without saying it. Needs no torch."""

from functools import lru_cache
from pathlib import Path

from xtts_studio.events import Report
from xtts_studio.models import find_whole
from xtts_studio.shapes import PreviewedSentence, PreviewSpeechRequest, SpeechPreview
from xtts_studio.text.clean import spell_out
from xtts_studio.text.script import Pause, Words, parse
from xtts_studio.text.tokenizer import Tokenizer
from xtts_studio.workspace import Workspace


def preview_speech(request: PreviewSpeechRequest, workspace: Workspace, report: Report) -> SpeechPreview:
    """The pieces that a text would be spoken in, each as the model reads it, and the pauses between them.

    Raises `NotFound`, `ModelMissing` without the model's vocabulary, `TextError` for a text with nothing to speak.
    """
    vocabulary = find_whole(workspace, request.model) / "vocab.json"
    script = parse(
        request.text,
        request.language,
        _tokenizer(vocabulary, vocabulary.stat().st_mtime_ns),
        split=request.split,
        sentence_pause_ms=request.sentence_pause_ms,
        paragraph_pause_ms=request.paragraph_pause_ms,
    )
    sentences: list[PreviewedSentence] = []
    before_ms = 0
    for part in script.parts:
        if isinstance(part, Words):
            sentences.append(PreviewedSentence(text=part.text, spoken=spell_out(part.text, request.language)))
        elif isinstance(part, Pause) and sentences:
            sentences[-1].pause_after_ms += part.ms
        else:
            before_ms += part.ms
    return SpeechPreview(sentences=sentences, pause_before_ms=before_ms, notices=script.notices)


@lru_cache(maxsize=2)
def _tokenizer(vocabulary: Path, changed_ns: int) -> Tokenizer:
    """Kept by the worker: the text changes with each key, the vocabulary hardly ever."""
    return Tokenizer(vocabulary)
