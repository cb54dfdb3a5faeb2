"""What a request of another program's client means here: which voice, model, language and settings.

A request counts first, then what its key's defaults say. Names of voices are never mapped by guessing.
"""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from pydantic import ValidationError

from xtts_studio import models, speakers
from xtts_studio.errors import InvalidInput, NotFound
from xtts_studio.server import errors
from xtts_studio.server.bodies import GenerateRequest
from xtts_studio.server.compat.language import language_named, language_of
from xtts_studio.server.key_shapes import KeyDefaults
from xtts_studio.server.speaking import with_seed
from xtts_studio.shapes import BASE_MODEL, Language, ModelInfo, SpeakRequest
from xtts_studio.workspace import Workspace

OPENAI_SPEECH = ("tts-1", "tts-1-hd", "gpt-4o-mini-tts")
"""OpenAI's models: clients that offer no others mean the one that is set here."""
OPENAI_VOICES = frozenset(
    ["alloy", "ash", "ballad", "coral", "echo", "fable", "onyx", "nova", "sage", "shimmer", "verse", "marin", "cedar"]
)
LANGUAGE_NAMES: dict[Language, str] = {
    "ar": "Arabic",
    "pt": "Brazilian Portuguese",
    "zh-cn": "Chinese",
    "cs": "Czech",
    "nl": "Dutch",
    "en": "English",
    "fr": "French",
    "de": "German",
    "hi": "Hindi",
    "hu": "Hungarian",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "pl": "Polish",
    "ru": "Russian",
    "es": "Spanish",
    "tr": "Turkish",
}


def voice_names(workspace: Workspace) -> list[str]:
    """All voices, by name."""
    return [speaker.name for speaker in speakers.list_speakers(workspace)]


def speech_models(workspace: Workspace) -> list[ModelInfo]:
    """The models here that speak."""
    return [model for model in models.list_models(workspace) if model.present and model.kind != "whisper"]


def voice_for(workspace: Workspace, wanted: str | None, defaults: KeyDefaults) -> str:
    """The voice that is meant: one that the key gives this name, or that has it. Raises `InvalidInput`."""
    wanted = wanted or defaults.voice or ""
    wanted = defaults.voices.get(wanted, wanted)
    voices = voice_names(workspace)
    if wanted in voices:
        return wanted
    alike = [voice for voice in voices if voice.casefold() == wanted.casefold()]
    if len(alike) == 1:
        return alike[0]
    raise InvalidInput(
        f"There is no voice {wanted[:80]!r} here." if wanted else "The request names no voice.",
        hint=_which_voices(wanted, voices),
        details={"param": "voice", "code": "voice_not_found"},
    )


def voice_in_path(path: str) -> str:
    """The voice that a client of xtts-api-server means by a file or folder: nothing is read there."""
    return PurePosixPath(path.replace("\\", "/")).name.removesuffix(".wav")


def model_for(workspace: Workspace, wanted: str | None, defaults: KeyDefaults) -> str:
    """The model that is meant. Raises `NotFound`."""
    names = [model.name for model in speech_models(workspace)]
    if not wanted or (wanted.startswith(OPENAI_SPEECH) and wanted not in names):
        wanted = defaults.model or BASE_MODEL
    if wanted in names or wanted == BASE_MODEL:  # where that is missing, the worker says how to fetch it
        return wanted
    raise NotFound(
        f"There is no model {wanted[:80]!r} here.",
        hint=f"There are: {', '.join([*names, *OPENAI_SPEECH])}.",
        details={"param": "model", "code": "model_not_found"},
    )


def language_for(text: str, wanted: str | None, defaults: KeyDefaults) -> Language:
    """The language that is meant, else the key's, else what the text looks like. Raises `InvalidInput`."""
    if not wanted or wanted.lower() == "auto":
        return defaults.language or language_of(text)
    found = language_named(wanted)
    if found is None:
        raise InvalidInput(
            f"XTTS doesn't speak {wanted[:40]!r}.",
            hint=f"It speaks {', '.join(sorted(LANGUAGE_NAMES))}.",
            details={"param": "language"},
        )
    return found


def speech_request(
    defaults: KeyDefaults, fields: Mapping[str, Any], *, text: str, voice: str, model: str, language: Language
) -> SpeakRequest:
    """The request of the step; None among `fields` is what wasn't said. Raises `InvalidInput` for what can't be."""
    settings = defaults.settings.model_dump(exclude_none=True, exclude={"stream_chunk_size"})
    settings |= {name: value for name, value in fields.items() if value is not None}
    try:
        return with_seed(GenerateRequest(text=text, speaker=voice, model=model, language=language, **settings))
    except ValidationError as error:
        raise errors.invalid(error.errors()) from error


def _which_voices(wanted: str, voices: list[str]) -> str:
    there = f"Voices: {', '.join(voices)}." if voices else "There are no voices yet: make one on the studio's page."
    if wanted not in OPENAI_VOICES:
        return there
    return f"{there} {wanted!r} is a voice of OpenAI; the key can be set to mean one of these by it."
