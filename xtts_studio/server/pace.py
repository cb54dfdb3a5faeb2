"""How long a text will take to hear, by what was said before."""

from collections.abc import Sequence

from xtts_studio.server.bodies import PreviewBody, Speech
from xtts_studio.shapes import PreviewSpeechRequest, SpeechPreview

LOOKED_AT = 200
"""Speech of the history, the newest, in which a voice's pace is looked up."""

_CHARACTERS_PER_S = 15.0
_SLOWER = {"zh-cn": 4.5, "ja": 7.0, "ko": 6.5, "hi": 12.0}  # writing that says more with a character
_ENOUGH_S = 10.0


def previewed(request: PreviewSpeechRequest, preview: SpeechPreview, said: Sequence[Speech]) -> PreviewBody:
    """A preview with the length of each sentence, and of the whole with its pauses. said: what the history holds."""
    measured = _pace(request, said)
    pace = (measured or _SLOWER.get(request.language, _CHARACTERS_PER_S)) * request.speed
    for sentence in preview.sentences:
        sentence.estimate_s = round(len(sentence.spoken) / pace, 2)
    spoken_s = sum(sentence.estimate_s or 0.0 for sentence in preview.sentences)
    pauses_ms = preview.pause_before_ms + sum(sentence.pause_after_ms for sentence in preview.sentences)
    return PreviewBody(
        **preview.model_dump(),
        audio_s=round(spoken_s + pauses_ms / 1000, 1),
        characters_per_s=round(pace, 1),
        measured=measured is not None,
    )


def _pace(request: PreviewSpeechRequest, said: Sequence[Speech]) -> float | None:
    """Characters a second at speed 1 of this voice in this language; None where too little was said."""
    alike = [one for one in said if (one.speaker, one.language) == (request.speaker, request.language)]
    heard_s = sum(one.audio_s * float(one.settings.get("speed", 1.0)) for one in alike)
    characters = sum(len(sentence) for one in alike for sentence in one.sentences)
    return characters / heard_s if heard_s >= _ENOUGH_S and characters else None
