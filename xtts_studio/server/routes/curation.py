"""Curating a dataset: many clips at once, their sound, undo, versions, x-ray."""

from fastapi import APIRouter

from xtts_studio.dataset import edits, history, versions
from xtts_studio.dataset.metadata import read_written
from xtts_studio.dataset.xray_file import changed_since, read_xray
from xtts_studio.errors import InvalidInput
from xtts_studio.server.bodies import (
    BulkEdit,
    ChangeInfo,
    Changes,
    CheckBody,
    ChunksBody,
    EditClipsBody,
    JobBody,
    VersionBody,
    VersionNote,
    Versions,
    XrayBody,
)
from xtts_studio.server.studio import StudioDep
from xtts_studio.server.work import in_worker, submit
from xtts_studio.shapes import Change, ChunkEdit, EditClipsRequest, EditClipsResult, XrayRequest
from xtts_studio.workspace import check_name

router = APIRouter(prefix="/api/datasets/{name}", tags=["curation"])


@router.post("/chunks", operation_id="editChunks")
def edit_chunks(name: str, body: BulkEdit, studio: StudioDep) -> ChunksBody:
    """Drops, restores, or sets the language of many chunks; one change to undo. Nothing changes if one is not there."""
    if body.text is not None:
        raise InvalidInput("Many chunks can't get the same text.", hint="Change `state` or `language`.")
    change = ChunkEdit(state=body.state, language=body.language)
    return ChunksBody(chunks=edits.edit_chunks(studio.workspace, name, body.files, change))


@router.post("/edit", operation_id="editClips")
async def edit_clips(name: str, body: EditClipsBody, studio: StudioDep) -> EditClipsResult:
    """Splits, merges, trims or normalises clips: new files take their place, and undo brings the old ones back."""
    read_written(studio.workspace.dataset(name))
    request = EditClipsRequest(dataset=name, **body.model_dump())
    return EditClipsResult.model_validate((await in_worker(studio, "edit_clips", request)).model_dump())


@router.get("/changes", operation_id="listChanges")
def list_changes(name: str, studio: StudioDep) -> Changes:
    """What can be undone, and what can be done again."""
    read_written(studio.workspace.dataset(name))
    done, undone = history.changes(studio.workspace.dataset(name))
    return Changes(undo=[_told(change) for change in done[::-1]], redo=[_told(change) for change in undone[::-1]])


@router.post("/undo", operation_id="undoChange")
def undo_change(name: str, studio: StudioDep) -> ChangeInfo:
    """Takes the last change back."""
    return _told(history.undo(studio.workspace, name))


@router.post("/redo", operation_id="redoChange")
def redo_change(name: str, studio: StudioDep) -> ChangeInfo:
    """Does the change again that was undone last."""
    return _told(history.redo(studio.workspace, name))


@router.get("/versions", operation_id="listVersions")
def list_versions(name: str, studio: StudioDep) -> Versions:
    """Saved states, the newest first. Training saves one, so that a run knows what it was trained on."""
    read_written(studio.workspace.dataset(name))
    return Versions(versions=versions.list_versions(studio.workspace.dataset(name)))


@router.post("/versions", operation_id="saveVersion", status_code=201)
def save_version(name: str, body: VersionNote, studio: StudioDep) -> VersionBody:
    """Saves the present state; gives the last saved one where nothing has changed since."""
    return VersionBody(version=versions.save_version(studio.workspace, name, body.note))


@router.post("/versions/{version_id}/restore", operation_id="restoreVersion", status_code=204)
def restore_version(name: str, version_id: int, studio: StudioDep) -> None:
    """Makes a saved state the present one; clips that came later stay, dropped. Can be undone."""
    versions.restore_version(studio.workspace, name, version_id)


@router.post("/xray", operation_id="startXray", status_code=202)
def start_xray(name: str, studio: StudioDep, body: CheckBody | None = None) -> JobBody:
    """Measures the clips; tells of each what training does with it and how it sounds."""
    read_written(studio.workspace.dataset(name))
    base_model = check_name((body or CheckBody()).base_model, "model name")
    return JobBody(job=submit(studio, "xray", XrayRequest(dataset=name, base_model=base_model)))


@router.get("/xray", operation_id="getXray")
def get_xray(name: str, studio: StudioDep) -> XrayBody:
    """What the last x-ray found, summed up."""
    folder = studio.workspace.dataset(name)
    read_written(folder)
    found = read_xray(folder)
    if found is None:
        return XrayBody(made_at=None)
    return XrayBody(**found.model_dump(exclude={"version", "clips"}), stale=changed_since(folder, found))


def _told(change: Change) -> ChangeInfo:
    return ChangeInfo(id=change.id, at=change.at, label=change.label)
