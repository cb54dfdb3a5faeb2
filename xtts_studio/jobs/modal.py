"""The one module of the package that imports the Modal SDK: the deployed app as `jobs.modal_lane` asks for it."""

import logging
from collections.abc import Iterator, Sequence
from typing import Any

import modal

from xtts_studio.errors import InvalidInput
from xtts_studio.jobs.local import LocalBackend
from xtts_studio.jobs.modal_lane import ModalLane
from xtts_studio.jobs.store import JobStore
from xtts_studio.settings import Settings
from xtts_studio.workspace import Workspace

logger = logging.getLogger(__name__)

APP_NAME = "xtts-studio"
QUEUE_NAME = "xtts-events"
VOLUME_NAMES = ("xtts-finetune-data", "xtts-model-cache", "xtts-speakers")


class DeployedApp:
    """The deployed app `xtts-studio`, by the SDK: what `modal_lane.Cloud` asks for."""

    def __init__(self, volumes: Sequence[str] = VOLUME_NAMES) -> None:
        self._queue = modal.Queue.from_name(QUEUE_NAME)
        self._volumes = [modal.Volume.from_name(name) for name in volumes]

    def spawn(self, function: str, job_id: str, step: str, request: dict[str, Any]) -> Any:
        """Starts a function; gives its `modal.FunctionCall`."""
        return modal.Function.from_name(APP_NAME, function).spawn(job_id, step, request)

    def stream(self, function: str, job_id: str, step: str, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """What a generator function yields."""
        yield from modal.Function.from_name(APP_NAME, function).remote_gen(job_id, step, request)

    def told(self, job_id: str) -> Iterator[dict[str, Any]]:
        """All events of a job so far; reading doesn't consume them."""
        yield from self._queue.iterate(partition=job_id)

    def commit(self) -> None:
        """Makes what was written in this container visible to the functions."""
        for volume in self._volumes:
            volume.commit()

    def reload(self) -> None:
        """Makes what the functions wrote visible in this container.

        A volume with a file open here can't be reloaded: the next step's end makes up for it.
        """
        for volume in self._volumes:
            try:
                volume.reload()
            except Exception:
                logger.warning("a volume could not be reloaded", exc_info=True)


def modal_backend(store: JobStore, workspace: Workspace, settings: Settings) -> LocalBackend:
    """The backend of a server that runs in the app itself: jobs as ever, but each step in a function of the app.

    Raises `InvalidInput` elsewhere: there the volumes are not the server's folders.
    """
    if modal.is_local():
        raise InvalidInput(
            "XTTS_COMPUTE=modal works only inside the deployed Modal app so far.",
            hint="Deploy it with: modal deploy modal/app.py. On this machine leave XTTS_COMPUTE unset.",
        )
    cloud = DeployedApp()
    return LocalBackend(store, workspace, settings, make_lane=lambda name: ModalLane(name, cloud))
