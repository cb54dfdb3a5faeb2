"""Bodies of keys: what a key is, and what counts for the requests that it makes."""

from typing import Annotated

from pydantic import Field, StringConstraints

from xtts_studio.server.bodies import Page
from xtts_studio.shapes import MOST_STRENGTH, Language, Shape

KeyName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class SpeechSettings(Shape):
    """How speech is made where a request doesn't say; None: as for everybody."""

    temperature: float | None = Field(None, ge=0.01, le=2)
    speed: float | None = Field(None, ge=0.25, le=4)
    top_k: int | None = Field(None, ge=0, le=1024)
    top_p: float | None = Field(None, gt=0, le=1)
    repetition_penalty: float | None = Field(None, ge=0.1, le=50)
    length_penalty: float | None = None
    seed: int | None = Field(None, ge=0, lt=2**63)
    split: bool | None = None
    sentence_pause_ms: int | None = Field(None, ge=0, le=10_000)
    paragraph_pause_ms: int | None = Field(None, ge=0, le=10_000)
    loudness_lufs: float | None = Field(None, ge=-40, le=-8)
    strength: float | None = Field(None, ge=0, le=MOST_STRENGTH)
    stream_chunk_size: int | None = Field(
        None, ge=20, le=400, description="Kept for clients that ask for it; sound is sent as soon as it is made."
    )


class KeyDefaults(Shape):
    """What counts for the requests of a key where they don't say otherwise."""

    voice: str | None = Field(None, max_length=100)
    model: str | None = Field(None, max_length=100)
    language: Language | None = Field(None, description="None: recognised from the text.")
    voices: dict[str, str] = Field(
        default={}, max_length=100, description="Voices by the names that a client knows: alloy, for example."
    )
    settings: SpeechSettings = SpeechSettings()


class Key(Shape):
    """A key of a program. `prefix` is how it begins, to tell keys apart; the rest is kept nowhere."""

    id: str
    name: str
    prefix: str
    defaults: KeyDefaults
    created_at: str
    last_used_at: str | None = Field(description="To the minute; None for a key that was never used.")


class NewKey(Shape):
    name: KeyName


class KeyUpdate(Shape):
    """What is left out stays; `defaults` replaces all of them."""

    name: KeyName | None = None
    defaults: KeyDefaults | None = None


class KeyBody(Shape):
    key: Key


class KeyMade(KeyBody):
    """A new key. `secret` is shown this once."""

    secret: str


class KeyPage(Page):
    keys: list[Key]
