"""What OpenAI's clients send and read. Fields that nobody knows are passed over: clients send extras."""

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from xtts_studio.shapes import AudioFormat, ModelInfo


class Theirs(BaseModel):
    """Base of what other programs' clients send. A null is taken as a field left out."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, fields: Any) -> Any:
        return {name: value for name, value in fields.items() if value is not None} if type(fields) is dict else fields


class VoiceId(Theirs):
    id: str


class SpeechBody(Theirs):
    """A request for speech: OpenAI's fields, then ours, which any client may add."""

    input: str = Field(min_length=1, max_length=200_000)
    model: str | None = None
    voice: str | VoiceId | None = None
    response_format: AudioFormat = "mp3"
    stream_format: Literal["audio", "sse"] = "audio"
    speed: float | None = Field(None, ge=0.25, le=4)

    language: str | None = None
    stream: bool = True
    seed: int | None = None
    temperature: float | None = None
    top_k: int | None = None
    top_p: float | None = None
    repetition_penalty: float | None = None
    length_penalty: float | None = None
    split: bool | None = None
    sentence_pause_ms: int | None = None
    paragraph_pause_ms: int | None = None
    loudness_lufs: float | None = None
    precision: str | None = None
    strength: float | None = None

    @property
    def voice_name(self) -> str | None:
        return self.voice.id if isinstance(self.voice, VoiceId) else self.voice

    def settings(self) -> dict[str, Any]:
        """What of it is said of the way of speaking."""
        other = {"input", "model", "voice", "response_format", "stream_format", "language", "stream"}
        return self.model_dump(exclude=other)


class Transcription(Theirs):
    """The fields of a request for a transcript; `file` comes beside them."""

    model: str | None = None
    language: str | None = None
    prompt: str = Field("", max_length=100_000)
    response_format: Literal["json", "text", "srt", "vtt", "verbose_json"] = "json"
    temperature: float = Field(0.0, ge=0, le=1)
    timestamp_granularities: list[Literal["word", "segment"]] = []


def listed(kind: str, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A list as its readers want it: `data` as OpenAI has it, and by its own name, which Open WebUI looks for."""
    return {"object": "list", kind: rows, "data": rows}


def model_row(model: ModelInfo) -> dict[str, Any]:
    """A model of ours."""
    created = datetime.fromisoformat(model.created_at).timestamp() if model.created_at else 0
    return named_model(model.name, "xtts-studio", int(created))


def named_model(name: str, owner: str = "openai", created: int = 0) -> dict[str, Any]:
    """A model by its name: `openai` are names that stand for one of ours."""
    return {"id": name, "object": "model", "created": created, "owned_by": owner}


def created_voice(name: str) -> dict[str, Any]:
    """A voice that was just made."""
    return {"object": "audio.voice", "id": name, "name": name, "created_at": int(time.time())}
