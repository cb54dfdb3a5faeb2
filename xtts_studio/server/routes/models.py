"""Models on disk: which are here, fetching them, their licence."""

from fastapi import APIRouter

from xtts_studio import library
from xtts_studio.server.bodies import JobBody, Licence, ModelList
from xtts_studio.server.studio import StudioDep
from xtts_studio.server.work import submit
from xtts_studio.shapes import PullRequest

router = APIRouter(prefix="/api/models", tags=["models"])


@router.get("", operation_id="listModels")
def list_models(studio: StudioDep) -> ModelList:
    """All models: those here, and those that can be fetched."""
    return ModelList(models=library.list_models(studio.workspace))


@router.post("/pull", operation_id="pullModel", status_code=202)
def pull_model(body: PullRequest, studio: StudioDep) -> JobBody:
    """Fetches a model; goes on where an earlier download was cut."""
    request = body.model_copy(update={"source": body.source or studio.settings.hub_url})
    return JobBody(job=submit(studio, "pull", request))


@router.get("/licence", operation_id="getLicence")
def get_licence(studio: StudioDep) -> Licence:
    """The licence of the base model's weights, and whether it was accepted here."""
    return Licence(
        model="xtts-v2",
        name=library.LICENCE_NAME,
        text=library.LICENCE_TEXT,
        accepted=library.licence_accepted(studio.workspace),
    )


@router.post("/licence/accept", operation_id="acceptLicence")
def accept_licence(studio: StudioDep) -> Licence:
    """Accepts the licence of the base model's weights, once for this workspace."""
    library.accept_licence(studio.workspace)
    return get_licence(studio)
