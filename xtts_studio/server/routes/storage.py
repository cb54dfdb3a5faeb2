"""What the workspace takes on the disk, and making room."""

from pathlib import Path

from fastapi import APIRouter

from xtts_studio import storage
from xtts_studio.server.bodies import CleanBody, CleanedBody, StorageBody
from xtts_studio.server.routes.runs import run_of
from xtts_studio.server.studio import Studio, StudioDep
from xtts_studio.shapes import TrainRequest

router = APIRouter(prefix="/api/storage", tags=["system"])


@router.get("", operation_id="getStorage")
def get_storage(studio: StudioDep) -> StorageBody:
    """What takes how much room, and what can go. Counts every file, so ask now and then."""
    return StorageBody(
        kinds=storage.stored(studio.workspace),
        cleanable=storage.cleanable(studio.workspace, _in_use(studio)),
        free_bytes=storage.free_bytes(studio.workspace),
    )


@router.post("/clean", operation_id="cleanStorage")
def clean_storage(body: CleanBody, studio: StudioDep) -> CleanedBody:
    """Removes what was chosen, but for what a job is working with."""
    return CleanedBody(freed_bytes=storage.clean(studio.workspace, body.kinds, _in_use(studio)))


def _in_use(studio: Studio) -> set[Path]:
    """The folders of datasets and runs that jobs under way work with, and of exports that are being written."""
    used: set[Path] = set()
    steps = ["train", "publish", "probe", "export_model"]
    for job in studio.store.page(steps=steps, states=["queued", "running"], limit=1000)[0]:
        asked = job.request.get("training", job.request)
        if job.step == "export_model":
            used.add(studio.workspace.home / "data" / "exports")
        if run_id := run_of(studio, job):
            used.add(studio.workspace.run(run_id))
        if "dataset" in asked:
            request = TrainRequest.model_validate(asked)
            names = (request.dataset, *(share.dataset for share in request.more_datasets))
            used.update(map(studio.workspace.dataset, names))
    return used
