"""The saved state of each dataset that a run is trained on: pinned when it begins, remembered when it goes on.

Needs no torch: whoever plans a training asks.
"""

from collections import Counter

from xtts_studio.dataset.versions import save_version
from xtts_studio.errors import InvalidInput
from xtts_studio.shapes import TrainRequest
from xtts_studio.training.plan.facts import parts
from xtts_studio.workspace import Workspace


def pinned(request: TrainRequest, workspace: Workspace) -> TrainRequest:
    """The request with a saved state of each of its datasets; the present one, saved now, where it names none.

    Raises `InvalidInput` for a dataset that is named twice, `NotFound`. Edits that come later don't touch these states.
    """
    _refuse_doubles(request, workspace)
    note = f"Trained as {request.name}"
    versions = [share.version or save_version(workspace, share.dataset, note).id for share in parts(request)]
    more = [
        share.model_copy(update={"version": version})
        for share, version in zip(request.more_datasets, versions[1:], strict=True)
    ]
    return request.model_copy(update={"dataset_version": versions[0], "more_datasets": more})


def remembering(request: TrainRequest, begun: TrainRequest) -> TrainRequest:
    """The request with the states that its run was `begun` on, for each dataset of which it names none."""
    states = {share.dataset: share.version for share in parts(begun)}
    more = [
        share.model_copy(update={"version": share.version or states.get(share.dataset)})
        for share in request.more_datasets
    ]
    version = request.dataset_version or states.get(request.dataset)
    return request.model_copy(update={"dataset_version": version, "more_datasets": more})


def _refuse_doubles(request: TrainRequest, workspace: Workspace) -> None:
    names = Counter(workspace.dataset(share.dataset).name for share in parts(request))
    doubled = [name for name, count in names.items() if count > 1]
    if doubled:
        raise InvalidInput(
            f"The dataset {doubled[0]!r} is named {names[doubled[0]]} times in one training.",
            hint="Name it once; its weight tells how often its clips are seen.",
        )
