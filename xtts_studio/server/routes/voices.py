"""Voices: made of reference clips, listed, deleted."""

from fastapi import APIRouter, Request

from xtts_studio import speakers
from xtts_studio.errors import InvalidInput
from xtts_studio.server.bodies import SpeakerBody, SpeakerPage
from xtts_studio.server.studio import PagingDep, StudioDep
from xtts_studio.server.upload import multipart_body, receive
from xtts_studio.server.work import in_worker
from xtts_studio.shapes import BASE_MODEL, CloneRequest, Speaker
from xtts_studio.workspace import check_name

router = APIRouter(prefix="/api/inference", tags=["voices"])


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
        made = await in_worker(studio, "clone", body)
        return SpeakerBody(speaker=Speaker.model_validate(made.model_dump()))
    finally:
        form.discard()


@router.delete("/speakers/{name}", operation_id="deleteSpeaker", status_code=204)
def delete_speaker(name: str, studio: StudioDep) -> None:
    """Deletes a voice."""
    speakers.delete_speaker(studio.workspace, name)
