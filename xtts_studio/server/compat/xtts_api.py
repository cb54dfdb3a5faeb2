"""The API of xtts-api-server, as SillyTavern calls it: below `/xtts`, or `/xtts/key/<key>` for clients without headers.

Settings, voice and model belong to the key, never to the server. Nothing a client sends is taken for a path.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

from anyio import to_thread
from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse, Response

from xtts_studio import speakers
from xtts_studio.errors import InvalidInput, NotFound
from xtts_studio.server import speaking
from xtts_studio.server.caller import Caller, CallerDep
from xtts_studio.server.compat.choices import (
    LANGUAGE_NAMES,
    language_for,
    model_for,
    speech_models,
    speech_request,
    voice_for,
    voice_in_path,
    voice_names,
)
from xtts_studio.server.compat.xtts_shapes import (
    ModelName,
    OutputFolder,
    SpeakerFolder,
    Synthesis,
    TtsSettings,
    settings_told,
)
from xtts_studio.server.key_shapes import Key, KeyDefaults
from xtts_studio.server.studio import Studio, StudioDep
from xtts_studio.shapes import BASE_MODEL, SpeakRequest

router = APIRouter(prefix="/xtts", tags=["xtts-api-server"], include_in_schema=False)

Message = dict[str, str]


@router.get("/speakers_list")
def list_speaker_names(studio: StudioDep) -> list[str]:
    return voice_names(studio.workspace)


@router.get("/speakers")
def list_speakers(request: Request, studio: StudioDep, caller: CallerDep) -> list[dict[str, str]]:
    """Voices, each with the address of a sample: one that a client can open without a header, if it came without."""
    base = f"{request.url.scheme}://{request.url.netloc}{caller.base}"
    return [
        {"name": name, "voice_id": name, "preview_url": f"{base}/sample/{quote(name)}.wav"}
        for name in voice_names(studio.workspace)
    ]


@router.get("/languages")
def list_languages() -> dict[str, dict[str, str]]:
    return {"languages": {name: code for code, name in LANGUAGE_NAMES.items()}}


@router.get("/get_folders")
def get_folders(studio: StudioDep) -> dict[str, str]:
    """Where things lie, from the workspace on; a client can't change it."""
    workspace = studio.workspace
    folders = {
        "speaker_folder": workspace.speakers,
        "output_folder": workspace.history,
        "model_folder": workspace.models,
    }
    return {name: folder.relative_to(workspace.home).as_posix() for name, folder in folders.items()}


@router.get("/get_models_list")
def list_model_names(studio: StudioDep) -> list[str]:
    return [model.name for model in speech_models(studio.workspace)]


@router.get("/get_tts_settings")
def get_settings(caller: CallerDep) -> dict[str, Any]:
    return settings_told(caller.defaults.settings)


@router.post("/set_tts_settings")
def set_settings(body: TtsSettings, studio: StudioDep, caller: CallerDep) -> Message:
    _change(studio, caller, lambda before: {"settings": body.over(before.settings)})
    return {"message": "Settings successfully applied"}


@router.post("/switch_model")
def switch_model(body: ModelName, studio: StudioDep, caller: CallerDep) -> Message:
    if body.model_name == (caller.defaults.model or BASE_MODEL):
        raise InvalidInput(f"The model {body.model_name!r} is in use already.")
    if body.model_name not in list_model_names(studio):
        raise InvalidInput(
            f"There is no model {body.model_name[:80]!r} here.",
            hint=f"There are: {', '.join(list_model_names(studio)) or 'none yet'}.",
        )
    _change(studio, caller, lambda _: {"model": body.model_name})
    return {"message": f"Model switched to {body.model_name}"}


@router.post("/set_output")
def set_output(_: OutputFolder) -> Message:
    return {"message": "Speech is kept in the studio's history; that can't be changed from here."}


@router.post("/set_speaker_folder")
def set_speaker_folder(_: SpeakerFolder) -> Message:
    return {"message": "Voices are kept by the studio; that can't be changed from here."}


@router.get("/sample/{file:path}")
def get_sample(file: str, studio: StudioDep) -> FileResponse:
    """A clip that a voice was made of."""
    return FileResponse(_sample(studio, voice_in_path(file)), media_type="audio/wav")


@router.post("/tts_to_audio")
@router.post("/tts_to_audio/")
async def speak_to_audio(body: Synthesis, request: Request, studio: StudioDep, caller: CallerDep) -> Response:
    """A WAV file, whole."""
    answer = await _speak(studio, caller, body, request)
    answer.headers["Content-Disposition"] = 'attachment; filename="output.wav"'
    return answer


@router.post("/tts_to_file")
async def speak_to_file(body: Synthesis, request: Request, studio: StudioDep, caller: CallerDep) -> Message:
    """Speaks into the history, and nowhere else; the path is from the workspace on."""
    answer = await _speak(studio, caller, body, request)
    path = studio.history.audio_path(answer.headers["X-Speech-Id"])
    return {
        "message": "The audio was successfully made and stored.",
        "output_path": path.relative_to(studio.workspace.home).as_posix(),
    }


@router.get("/tts_stream")
@router.get("/tts_stream/")
async def stream_speech(
    query: Annotated[Synthesis, Query()], request: Request, studio: StudioDep, caller: CallerDep
) -> Response:
    """A WAV file as it is made, for `<audio src=…>`."""
    answer = await _speak(studio, caller, query, request, stream=True)
    answer.headers["Content-Type"] = "audio/x-wav"
    return answer


async def _speak(
    studio: Studio, caller: Caller, body: Synthesis, request: Request, *, stream: bool = False
) -> Response:
    spoken = await to_thread.run_sync(_spoken, studio, caller.defaults, body)
    return await speaking.answer(studio, spoken, request, stream=stream)


def _spoken(studio: Studio, defaults: KeyDefaults, body: Synthesis) -> SpeakRequest:
    workspace = studio.workspace
    return speech_request(
        defaults,
        {},
        text=body.text,
        voice=voice_for(workspace, voice_in_path(body.speaker_wav or ""), defaults),
        model=model_for(workspace, None, defaults),
        language=language_for(body.text, body.language, defaults),
    )


def _sample(studio: Studio, voice: str) -> Path:
    """The first clip of a voice. Raises `NotFound`, also for a voice that was not made of clips."""
    if voice not in voice_names(studio.workspace):
        raise NotFound(f"There is no voice {voice[:80]!r}.")
    return speakers.sample_path(studio.workspace, voice)


def _change(studio: Studio, caller: Caller, changes: Callable[[KeyDefaults], dict[str, Any]]) -> None:
    """Changes the defaults of the caller's key."""
    assert caller.key is not None, "the gate lets only keys in here"

    def changed(key: Key) -> Key:
        return key.model_copy(update={"defaults": key.defaults.model_copy(update=changes(key.defaults))})

    studio.keys.change(caller.key.id, changed)
