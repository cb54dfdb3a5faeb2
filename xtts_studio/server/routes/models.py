"""Models on disk: which are here, fetching them, their licence, exports for other programs."""

from typing import Any, Literal

from fastapi import APIRouter
from fastapi.responses import FileResponse

from xtts_studio import models
from xtts_studio.errors import Conflict
from xtts_studio.export import shelf
from xtts_studio.server.bodies import ExportModelBody, JobBody, Licence, ModelExports, ModelList
from xtts_studio.server.studio import Studio, StudioDep
from xtts_studio.server.work import submit
from xtts_studio.shapes import BASE_MODEL, ExportLayout, ExportModelRequest, PullRequest

router = APIRouter(prefix="/api/models", tags=["models"])

ZIP: dict[int | str, dict[str, Any]] = {200: {"content": {"application/zip": {}}}}


@router.get("", operation_id="listModels")
def list_models(studio: StudioDep) -> ModelList:
    """All models: those here, and those that can be fetched."""
    return ModelList(models=models.list_models(studio.workspace))


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
        name=models.LICENCE_NAME,
        text=models.LICENCE_TEXT,
        accepted=models.licence_accepted(studio.workspace),
    )


@router.post("/licence/accept", operation_id="acceptLicence")
def accept_licence(studio: StudioDep) -> Licence:
    """Accepts the licence of the base model's weights, once for this workspace."""
    models.accept_licence(studio.workspace)
    return get_licence(studio)


@router.delete("/{name}", operation_id="deleteModel", status_code=204)
def delete_model(name: str, studio: StudioDep, kind: Literal["xtts", "whisper"] | None = None) -> None:
    """Deletes a model; its exports stay. `kind` says which is meant where two have one name.

    Not while a training needs it.
    """
    if kind != "whisper":
        _refuse_while_trained_from(studio, name)
    models.remove(studio.workspace, name, kind)


@router.post("/{name}/export", operation_id="exportModel", status_code=202)
def export_model(name: str, body: ExportModelBody, studio: StudioDep) -> JobBody:
    """Writes a model as another program wants it: one zip, which is loaded and tested before it is there."""
    folder = models.find_xtts(studio.workspace, name)
    request = ExportModelRequest(model=folder.name, **body.model_dump())
    return JobBody(job=submit(studio, "export_model", request))


@router.get("/{name}/exports", operation_id="listModelExports")
def list_model_exports(name: str, studio: StudioDep) -> ModelExports:
    """The exports of a model that are here."""
    return ModelExports(exports=shelf.list_exports(studio.workspace, name))


@router.get("/{name}/exports/{layout}", operation_id="getModelExport", response_class=FileResponse, responses=ZIP)
def get_model_export(name: str, layout: ExportLayout, studio: StudioDep) -> FileResponse:
    """The zip; takes ranges."""
    path = shelf.find_export(studio.workspace, name, layout)
    return FileResponse(path, media_type="application/zip", filename=path.name)


@router.delete("/{name}/exports/{layout}", operation_id="deleteModelExport", status_code=204)
def delete_model_export(name: str, layout: ExportLayout, studio: StudioDep) -> None:
    """Removes the zip; the model stays."""
    shelf.delete_export(studio.workspace, name, layout)


def _refuse_while_trained_from(studio: Studio, name: str) -> None:
    for job in studio.store.page(steps=["train", "probe"], states=["queued", "running"], limit=1000)[0]:
        asked = job.request.get("training") or job.request
        if asked.get("base_model", BASE_MODEL) == name:
            raise Conflict(f"A training needs the model {name!r}.", hint="Wait for its end, or stop it first.")
