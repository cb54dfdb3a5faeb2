"""A request for training looked at before it becomes a job: what it goes on with, and what it will take.

Needs no torch: routes and the command line ask.
"""

import shutil
from pathlib import Path
from typing import Any

from xtts_studio.errors import NotFound
from xtts_studio.shapes import BASE_MODEL, TrainingPlan, TrainRequest
from xtts_studio.training.material.states import remembering
from xtts_studio.training.names import refuse_taken_name
from xtts_studio.training.plan.bases import base_folder, refuse_adapter, weight_bytes
from xtts_studio.training.plan.facts import facts
from xtts_studio.training.plan.recipe import plan, refuse_contradictions
from xtts_studio.workspace import Workspace, read_json


def planned(request: TrainRequest, workspace: Workspace) -> TrainingPlan:
    """The plan of a request; of one that goes on with a run, what the run was begun with counts.

    Raises `InvalidInput` for contradictions, `NotFound` for what isn't there, `DatasetError` without a usable clip.
    """
    request = continued(request, workspace)
    refuse_contradictions(request)  # before the data are looked at
    refuse_adapter(workspace, request.base_model)
    folder = base_folder(workspace, request.base_model)
    found = plan(request, facts(request, workspace), weight_bytes(folder), _free_bytes(workspace.home))
    if folder is not None:
        return found
    notice = f"The base model {BASE_MODEL} is not here yet. Fetch it: xtts-studio models pull {BASE_MODEL}."
    return found.model_copy(update={"notices": [*found.notices, notice]})


def refuse_at_once(request: TrainRequest, workspace: Workspace) -> None:
    """Raises what can be told before a job is queued: `Conflict` for a name that is taken, `NotFound` for a run or
    dataset that isn't there, `InvalidInput` for contradictions."""
    refuse_contradictions(request)
    for dataset in (request.dataset, *(share.dataset for share in request.more_datasets)):
        if not (workspace.dataset(dataset) / "metadata.json").exists():
            raise NotFound(
                f"There is no dataset {dataset!r}.", hint="Cutting a recording makes one; or choose another."
            )
    if request.run_id is not None:
        begun_with(request.run_id, workspace)
    refuse_adapter(workspace, request.base_model)
    refuse_taken_name(workspace.model(request.name), request.run_id)


def continued(request: TrainRequest, workspace: Workspace) -> TrainRequest:
    """The request with what its run was begun with in place of all it leaves open; itself where it names no run."""
    if request.run_id is None:
        return request
    begun = begun_with(request.run_id, workspace)
    known = {name: value for name, value in begun.items() if name in TrainRequest.model_fields}
    asked = {name: value for name, value in request.model_dump(exclude_unset=True).items() if value is not None}
    if "epochs" in asked and "max_steps" not in asked:
        known["max_steps"] = None  # more epochs are wanted than it left room for
    return remembering(TrainRequest.model_validate(known | asked), TrainRequest.model_validate(known))


def begun_with(run_id: str, workspace: Workspace) -> dict[str, Any]:
    """The request that a run was begun with. Raises `NotFound`."""
    try:
        begun: dict[str, Any] = read_json(workspace.run(run_id) / "request.json")["request"]
    except (OSError, ValueError, KeyError, TypeError):
        raise NotFound(f"There is no run {run_id!r} to go on with.", hint="Start a new one.") from None
    return begun


def _free_bytes(folder: Path) -> int:
    """Free space on the disk of a folder, which need not exist yet."""
    there = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    return shutil.disk_usage(there).free
