"""Voices: made of reference clips, of other voices or of those published; listed, heard, exported, deleted."""

import secrets
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from xtts_studio import speakers
from xtts_studio.errors import InvalidInput
from xtts_studio.server.bodies import SpeakerBody, SpeakerPage
from xtts_studio.server.studio import PagingDep, Studio, StudioDep
from xtts_studio.server.upload import multipart_body, receive
from xtts_studio.server.work import in_worker, while_there
from xtts_studio.shapes import (
    BASE_MODEL,
    BlendRequest,
    CloneRequest,
    ImportVoiceRequest,
    Shape,
    Speaker,
    StudioVoiceRequest,
    StudioVoices,
    StudioVoicesRequest,
)
from xtts_studio.voice_file import MOST_BYTES, SUFFIX, export_voice
from xtts_studio.workspace import check_name

router = APIRouter(prefix="/api/inference", tags=["voices"])

WAV: dict[int | str, dict[str, Any]] = {200: {"content": {"audio/wav": {}}}}
FILE: dict[int | str, dict[str, Any]] = {200: {"content": {"application/octet-stream": {}}}}


@router.get("/speakers", operation_id="listSpeakers")
def list_speakers(studio: StudioDep, paging: PagingDep) -> SpeakerPage:
    """Voices, by name."""
    found = speakers.list_speakers(studio.workspace)
    page = found[paging.offset : paging.offset + paging.limit]
    return SpeakerPage(speakers=page, total=len(found), limit=paging.limit, offset=paging.offset)


@router.post(
    "/speakers",
    operation_id="createSpeaker",
    status_code=201,
    openapi_extra=multipart_body(files="Reference clips.", name="Name of the voice.", model="?Model to make it with."),
)
async def create_speaker(request: Request, studio: StudioDep) -> SpeakerBody:
    """Makes a voice of reference clips."""
    form = await receive(request, studio.workspace.incoming, studio.settings.upload_limit_bytes)
    try:
        if not form.fields.get("name"):
            raise InvalidInput("The voice has no name.", hint="Send a form field `name`.")
        body = CloneRequest(
            name=check_name(form.fields["name"], "voice name"),
            files=[file.path.name for file in form.files],
            model=form.fields.get("model") or BASE_MODEL,
        )
        return await _made(studio, "clone", body, request)
    finally:
        form.discard()


@router.post("/speakers/blend", operation_id="blendSpeakers", status_code=201)
async def blend_speakers(body: BlendRequest, caller: Request, studio: StudioDep) -> SpeakerBody:
    """Makes a voice in between others. They are copied: it stays what it is when they are deleted."""
    return await _made(studio, "blend", body, caller)


@router.post("/speakers/studio", operation_id="addStudioVoice", status_code=201)
async def add_studio_voice(body: StudioVoiceRequest, caller: Request, studio: StudioDep) -> SpeakerBody:
    """Makes a voice of one that was published with the base model."""
    return await _made(studio, "add_studio_voice", body, caller)


@router.post(
    "/speakers/import",
    operation_id="importSpeaker",
    status_code=201,
    openapi_extra=multipart_body(files="One voice file.", name="?Name of the voice; its own when left out."),
)
async def import_speaker(request: Request, studio: StudioDep) -> SpeakerBody:
    """Makes a voice of a file that was exported. Where its name is taken (409), send another in the field `name`."""
    limit_bytes = min(MOST_BYTES, studio.settings.upload_limit_bytes)
    form = await receive(request, studio.workspace.incoming, limit_bytes)
    try:
        if len(form.files) != 1:
            raise InvalidInput(f"{len(form.files)} files were sent, one is expected.", hint="Import them one by one.")
        body = ImportVoiceRequest(file=form.files[0].path.name, name=form.fields.get("name") or None)
        return await _made(studio, "import_voice", body, request)
    finally:
        form.discard()


@router.get("/studio-voices", operation_id="listStudioVoices")
async def list_studio_voices(studio: StudioDep) -> StudioVoices:
    """The voices that were published with the base model."""
    names = speakers.studio_names(studio.workspace)
    if names is None:
        found = await in_worker(studio, "studio_voices", StudioVoicesRequest())
        return StudioVoices.model_validate(found.model_dump())
    return StudioVoices(names=names)


@router.get("/speakers/{name}/sample", operation_id="getSpeakerSample", response_class=FileResponse, responses=WAV)
def get_speaker_sample(name: str, studio: StudioDep) -> FileResponse:
    """The first clip of a voice; takes ranges."""
    return FileResponse(speakers.sample_path(studio.workspace, name), media_type="audio/wav")


@router.get("/speakers/{name}/export", operation_id="exportSpeaker", response_class=FileResponse, responses=FILE)
def export_speaker(name: str, studio: StudioDep) -> FileResponse:
    """The voice as one file, `<name>.xttsvoice`, for another studio."""
    speaker = speakers.read_speaker(studio.workspace, name)
    path = _exported(studio, speaker)
    return FileResponse(
        path,
        media_type="application/octet-stream",
        filename=speaker.name + SUFFIX,
        background=BackgroundTask(path.unlink, missing_ok=True),
    )


@router.delete("/speakers/{name}", operation_id="deleteSpeaker", status_code=204)
def delete_speaker(name: str, studio: StudioDep) -> None:
    """Deletes a voice."""
    speakers.delete_speaker(studio.workspace, name)


async def _made(studio: Studio, step: str, body: Shape, caller: Request) -> SpeakerBody:
    made = await while_there(studio, step, body, caller)
    return SpeakerBody(speaker=Speaker.model_validate(made.model_dump()))


def _exported(studio: Studio, speaker: Speaker) -> Path:
    """A file of the voice, to be removed when it is sent."""
    studio.workspace.incoming.mkdir(parents=True, exist_ok=True)
    path = studio.workspace.incoming / f"{secrets.token_hex(16)}{SUFFIX}"
    try:
        with path.open("xb") as file:
            export_voice(studio.workspace.speaker(speaker.name), file)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path
