"""Speech, voices, and who waits to speak."""

from typing import Any

from pydantic import Field

from xtts_studio.server.bodies.base import Page
from xtts_studio.shapes import AudioFormat, Precision, Shape, Speaker, SpeakRequest, SpeechPreview

MOST_GRACE_S = 120
"""For nobody, a place is held no longer than that."""


class SpeakerPage(Page):
    speakers: list[Speaker]


class SpeakerBody(Shape):
    speaker: Speaker


class GenerateRequest(SpeakRequest):
    """Text to speech; `stream` sends each piece as soon as it is spoken."""

    format: AudioFormat = "wav"
    stream: bool = False
    grace_s: float = Field(
        0, ge=0, le=MOST_GRACE_S, description="So long streamed speech goes on when its listener is cut off."
    )


class QueuedRequest(Shape):
    """A request for speech. `id` is what its client sent as `X-Request-Id`; position 0 is being spoken, 1 is next."""

    id: str | None
    position: int


class SpeechQueue(Shape):
    """Requests for speech now: up to `at_once` are spoken together, up to `limit` wait, in the order they came."""

    running: int
    waiting: int
    at_once: int
    limit: int
    requests: list[QueuedRequest]


class JoinedTake(Shape):
    """A sentence, counted from 0, whose place another take has, and the seed that was spoken with."""

    sentence: int
    seed: int


class Speech(Shape):
    """Speech that was made; its sound is at `/api/inference/history/{id}/audio`."""

    id: str
    text: str
    language: str
    speaker: str
    model: str
    settings: dict[str, Any]
    seed: int
    audio_s: float
    wall_s: float
    first_sound_s: float | None = Field(None, description="None for speech from before this was measured.")
    precision: Precision | None = None
    sentences: list[str] = []
    notices: list[str] = []
    joined: list[JoinedTake] | None = Field(
        None, description="Of speech that was put together: the other takes in it. `wall_s` is no speaking then."
    )
    has_takes: bool = Field(False, description="Can its sentences be spoken again one by one?")
    created_at: str


class SpeechPage(Page):
    speech: list[Speech]


class PreviewBody(SpeechPreview):
    """What would be said of a text, and how long it will take to hear.

    `measured`: the pace is that of this voice in this language; else a usual one.
    """

    audio_s: float
    characters_per_s: float
    measured: bool


class TakeRequest(Shape):
    """Another take of one sentence of a speech."""

    sentence: int = Field(ge=0, description="Its number, from 0.")
    seed: int | None = Field(None, ge=0, lt=2**63, description="None: a new one is chosen.")


class Take(Shape):
    """One sentence of a speech, spoken once more; its sound is at `…/history/{speech_id}/takes/{id}/audio`."""

    id: str
    speech_id: str
    sentence: int
    seed: int
    audio_s: float
    created_at: str


class SpokenSentence(Shape):
    """A sentence as the speech itself has it; its sound is at `…/history/{speech_id}/sentences/{number}/audio`."""

    text: str
    audio_s: float


class Takes(Shape):
    """The sentences of a speech, and the other takes there are of them, oldest first."""

    sentences: list[SpokenSentence]
    takes: list[Take]


class JoinRequest(Shape):
    """For each sentence the id of the take that is chosen, or null for the sentence as the speech has it."""

    takes: list[str | None]


class SpeechBody(Shape):
    speech: Speech


class TakeBody(Shape):
    take: Take
