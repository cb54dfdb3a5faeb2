"""What clients of xtts-api-server send and read. Numbers may come as strings: SillyTavern's sliders send those."""

from typing import Any

from pydantic import Field

from xtts_studio.server.compat.openai_shapes import Theirs
from xtts_studio.server.key_shapes import SpeechSettings
from xtts_studio.shapes import SpeakRequest

STREAM_CHUNK_SIZE = 100
SLOWEST = 0.25
"""Our slowest speed; theirs is 0.2."""


class TtsSettings(Theirs):
    """All settings at once, within the ranges that those clients know."""

    stream_chunk_size: int = Field(ge=20, le=400)
    temperature: float = Field(ge=0.01, le=1)
    speed: float = Field(ge=0.2, le=2)
    length_penalty: float
    repetition_penalty: float = Field(ge=0.1, le=10)
    top_p: float = Field(ge=0.01, le=1)
    top_k: int = Field(ge=1, le=100)
    enable_text_splitting: bool

    def over(self, settings: SpeechSettings) -> SpeechSettings:
        """The settings of a key, with these in place of the same."""
        fields = self.model_dump(exclude={"enable_text_splitting"})
        fields |= {"split": self.enable_text_splitting, "speed": max(SLOWEST, self.speed)}
        return settings.model_copy(update=fields)


def settings_told(settings: SpeechSettings) -> dict[str, Any]:
    """A key's settings as those clients name them; where it has none, what counts for everybody."""
    chosen = settings.model_dump(exclude_none=True)
    names = ("temperature", "length_penalty", "repetition_penalty", "top_k", "top_p", "speed")
    told = {name: chosen.get(name, SpeakRequest.model_fields[name].default) for name in names}
    return {
        **told,
        "enable_text_splitting": chosen.get("split", True),
        "stream_chunk_size": chosen.get("stream_chunk_size", STREAM_CHUNK_SIZE),
    }


class OutputFolder(Theirs):
    output_folder: str


class SpeakerFolder(Theirs):
    speaker_folder: str


class ModelName(Theirs):
    model_name: str


class Synthesis(Theirs):
    """A text to speak. `speaker_wav` names a voice, whatever path or ending a client puts around it."""

    text: str = Field(min_length=1, max_length=200_000)
    speaker_wav: str | None = None
    language: str | None = None
