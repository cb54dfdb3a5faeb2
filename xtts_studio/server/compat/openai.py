"""OpenAI's speech API: `/v1/audio/speech`, voices and models."""

import re
from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import Response

from xtts_studio.errors import InvalidInput, NotFound
from xtts_studio.server import speaking
from xtts_studio.server.bodies import REQUEST_ID
from xtts_studio.server.caller import Caller, CallerDep
from xtts_studio.server.compat.choices import (
    OPENAI_SPEECH,
    language_for,
    model_for,
    speech_models,
    speech_request,
    voice_for,
    voice_names,
)
from xtts_studio.server.compat.openai_shapes import SpeechBody, created_voice, listed, model_row, named_model
from xtts_studio.server.compat.speech_events import events_answer
from xtts_studio.server.compat.transcriptions import OPENAI_HEARING, whisper_models
from xtts_studio.server.studio import Studio, StudioDep
from xtts_studio.server.upload import receive
from xtts_studio.server.work import while_there
from xtts_studio.shapes import CloneRequest, SpeakRequest
from xtts_studio.workspace import Workspace, check_name

router = APIRouter(prefix="/v1", tags=["openai"], include_in_schema=False)


@router.post("/audio/speech")
async def create_speech(body: SpeechBody, request: Request, studio: StudioDep, caller: CallerDep) -> Response:
    """Speaks: sound as it is made, or events that carry it (`stream_format: sse`)."""
    spoken = await to_thread.run_sync(_spoken, studio, caller, body)
    request_id = _request_id(request)
    if body.stream_format == "sse":
        return await events_answer(studio, spoken, request, body.response_format, request_id)
    return await speaking.answer(
        studio, spoken, request, body.response_format, stream=body.stream, request_id=request_id
    )


def _request_id(request: Request) -> str | None:
    """The name of the request in the queue; None for one of another form: clients and proxies have their own uses."""
    sent = request.headers.get("x-request-id", "")
    return sent if re.fullmatch(REQUEST_ID, sent) else None


def _spoken(studio: Studio, caller: Caller, body: SpeechBody) -> SpeakRequest:
    defaults, workspace = caller.defaults, studio.workspace
    return speech_request(
        defaults,
        body.settings(),
        text=body.input,
        voice=voice_for(workspace, body.voice_name, defaults),
        model=model_for(workspace, body.model, defaults),
        language=language_for(body.input, body.language, defaults),
    )


@router.get("/audio/voices")
def list_voices(studio: StudioDep) -> dict[str, Any]:
    """The voices, by name."""
    return listed("voices", [{"id": name, "name": name} for name in voice_names(studio.workspace)])


@router.post("/audio/voices", status_code=201)
async def create_voice(request: Request, studio: StudioDep, caller: CallerDep) -> dict[str, Any]:
    """Makes a voice of one or more samples."""
    form = await receive(request, studio.workspace.incoming, studio.settings.upload_limit_bytes, "audio_sample")
    try:
        if not form.fields.get("name"):
            raise InvalidInput("The voice has no name.", hint="Send a form field `name`.", details={"param": "name"})
        name = check_name(form.fields["name"], "voice name")
        model = await to_thread.run_sync(model_for, studio.workspace, form.fields.get("model"), caller.defaults)
        wanted = CloneRequest(name=name, files=[file.path.name for file in form.files], model=model)
        await while_there(studio, "clone", wanted, request)
        return created_voice(name)
    finally:
        form.discard()


@router.get("/audio/models")
def list_speech_models(studio: StudioDep) -> dict[str, Any]:
    """The models that speak."""
    return listed("models", _speech_rows(studio.workspace))


@router.get("/models")
def list_models(studio: StudioDep) -> dict[str, Any]:
    """All models: those that speak, those that listen, and OpenAI's names that stand for them."""
    return {"object": "list", "data": _rows(studio.workspace)}


@router.get("/models/{name}")
def get_model(name: str, studio: StudioDep) -> dict[str, Any]:
    """One model."""
    for row in _rows(studio.workspace):
        if row["id"] == name:
            return row
    raise NotFound(
        f"There is no model {name[:80]!r} here.",
        hint="GET /v1/models lists them.",
        details={"param": "model", "code": "model_not_found"},
    )


def _rows(workspace: Workspace) -> list[dict[str, Any]]:
    listening = [model_row(model) for model in whisper_models(workspace)]
    return [*_speech_rows(workspace), *listening, *map(named_model, OPENAI_HEARING)]


def _speech_rows(workspace: Workspace) -> list[dict[str, Any]]:
    return [*map(model_row, speech_models(workspace)), *map(named_model, OPENAI_SPEECH)]
