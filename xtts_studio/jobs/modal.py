"""The one module of the package that imports the Modal SDK: the deployed app as `jobs.modal_lane` asks for it."""

import json
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import modal
from pydantic import BaseModel

from xtts_studio.errors import ComputeUnavailable
from xtts_studio.jobs.file_transfer import TransferredFiles
from xtts_studio.jobs.local import LocalBackend
from xtts_studio.jobs.modal_cloud import DEPLOY, AnswerGone, Call, OutOfTime, Passing, Running, Unreachable
from xtts_studio.jobs.modal_events import stop_name
from xtts_studio.jobs.modal_lane import POLL_S, ModalLane
from xtts_studio.jobs.modal_record import record_in_volume
from xtts_studio.jobs.modal_step import commit, reload
from xtts_studio.jobs.store import JobStore
from xtts_studio.settings import Settings
from xtts_studio.shapes import PullRequest
from xtts_studio.steps import Step
from xtts_studio.workspace import Workspace

logger = logging.getLogger(__name__)

APP_NAME = "xtts-studio"
QUEUE_NAME = "xtts-events"
CALLS_NAME = "xtts-calls"
VOLUME_NAMES = {"data": "xtts-finetune-data", "cache": "xtts-model-cache", "speakers": "xtts-speakers"}
"""The volumes by the folders of the workspace that they hold."""

_TRANSIENT = (
    modal.exception.ConnectionError,
    modal.exception.ServiceError,
    modal.exception.ResourceExhaustedError,
    modal.exception.InternalError,
    ConnectionError,
)


class Files(Protocol):
    """How files get to the functions and back."""

    def lacking(self, step: Step, request: BaseModel) -> Sequence[PullRequest]: ...

    def give(self, step: Step, request: BaseModel) -> Iterator[Passing]: ...

    def take(self, step: Step, request: BaseModel, answer: dict[str, Any]) -> Iterator[Passing]: ...


class MountedFiles:
    """For a server that sees the volumes as its own folders, as the app's `api` function does."""

    def __init__(self, volumes: dict[str, Any]) -> None:
        self._volumes = list(volumes.values())
        self._lock = threading.Lock()  # while a volume reloads it looks empty: never two at once

    def lacking(self, step: Step, request: BaseModel) -> Sequence[PullRequest]:
        """None: the person sees there what is here, and fetches it."""
        return ()

    def give(self, step: Step, request: BaseModel) -> Iterator[Passing]:
        """Commits what was written here."""
        with self._lock:
            commit(self._volumes)
        yield from ()

    def take(self, step: Step, request: BaseModel, answer: dict[str, Any]) -> Iterator[Passing]:
        """Reloads what the function has committed. What is open here now is seen with the next step's end."""
        with self._lock:
            reload(self._volumes)
        yield from ()


class DeployedApp:
    """The deployed app `xtts-studio`, by the SDK: what `modal_cloud.Cloud` asks for. `files` is made of
    the volumes, by the folders of the workspace that they hold; `sdk` is replaced by tests."""

    def __init__(self, files: Callable[[dict[str, Any]], Files], sdk: Any = modal) -> None:
        self._sdk = sdk
        self._queue = sdk.Queue.from_name(QUEUE_NAME, create_if_missing=True)
        self._calls = sdk.Dict.from_name(CALLS_NAME, create_if_missing=True)
        self.volumes = {folder: sdk.Volume.from_name(name) for folder, name in VOLUME_NAMES.items()}
        self._files = files(self.volumes)

    def spawn(self, function: str, job_id: str, step: str, request: dict[str, Any]) -> Call:
        """Starts a function; its call is noted by the job's id."""
        with explained():
            call = self._sdk.Function.from_name(APP_NAME, function).spawn(job_id, step, request)
            self._calls[job_id] = call.object_id
        return SpawnedCall(call)

    def spawned(self, job_id: str) -> Call | None:
        """The call noted last for the job."""
        with explained():
            call_id = self._calls.get(job_id)
            return None if call_id is None else SpawnedCall(self._sdk.FunctionCall.from_id(call_id))

    def stream(self, function: str, job_id: str, step: str, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """What the generator of a class yields, whose container keeps the model."""
        with explained():
            yield from self._sdk.Cls.from_name(APP_NAME, function)().stream.remote_gen(job_id, step, request)

    def items(self, partition: str) -> Sequence[dict[str, Any]]:
        """All items of a partition; reading doesn't consume them."""
        return list(self._queue.iterate(partition=partition, item_poll_timeout=0.0))

    def ask_to_stop(self, job_id: str) -> None:
        """Puts the word on which `modal_events.Telling` stops the work."""
        try:
            self._queue.put("stop", block=False, partition=stop_name(job_id))
        except Exception:
            logger.warning("job %s could not be asked to stop; it is ended later", job_id, exc_info=True)

    def record(self, job_id: str) -> dict[str, Any] | None:
        """The job's record as committed; None where there is none."""
        try:
            content = b"".join(self.volumes["data"].read_file(record_in_volume(job_id)))
            record: dict[str, Any] = json.loads(content)
        except Exception:  # not there, not reachable or half: nothing is known then
            logger.info("there is no record of job %s to be read", job_id, exc_info=True)
            return None
        return record

    def lacking(self, step: Step, request: BaseModel) -> Sequence[PullRequest]:
        """The models that have to be fetched there first."""
        with explained():
            return self._files.lacking(step, request)

    def give(self, step: Step, request: BaseModel) -> Iterator[Passing]:
        """Makes what the step reads visible to the functions."""
        with explained():
            yield from self._files.give(step, request)

    def take(self, step: Step, request: BaseModel, answer: dict[str, Any]) -> Iterator[Passing]:
        """Makes what the step wrote visible here."""
        with explained():
            yield from self._files.take(step, request, answer)


class SpawnedCall:
    """A `modal.FunctionCall`, with what its exceptions mean."""

    def __init__(self, call: Any) -> None:
        self._call = call

    def answer(self) -> dict[str, Any]:
        """See `modal_cloud.Call`."""
        try:
            answer: dict[str, Any] = self._call.get(timeout=0)
        except TimeoutError as error:  # the builtin one alone: Modal's own is no kind of it
            raise Running from error
        except modal.exception.FunctionTimeoutError as error:
            raise OutOfTime from error
        except modal.exception.OutputExpiredError as error:
            raise AnswerGone from error
        except (*_TRANSIENT, modal.exception.AuthError) as error:
            raise Unreachable(type(error).__name__) from error
        return answer

    def cancel(self) -> None:
        """Ends the call; one that can't be reached or has ended stays as it is."""
        try:
            self._call.cancel()
        except Exception:
            logger.warning("a call could not be cancelled", exc_info=True)


@contextmanager
def explained() -> Iterator[None]:
    """Turns what the SDK raises, where nothing has run yet, into what the user can do."""
    try:
        yield
    except modal.exception.AuthError as error:
        raise ComputeUnavailable(
            "Modal doesn't know this server: there is no token, or one that is not valid any more.",
            hint="Make one: modal token new. Or set MODAL_TOKEN_ID and MODAL_TOKEN_SECRET.",
        ) from error
    except modal.exception.NotFoundError as error:
        raise ComputeUnavailable(f"The app {APP_NAME!r} is not there on Modal.", hint=f"{DEPLOY}") from error
    except modal.exception.PermissionDeniedError as error:
        raise ComputeUnavailable(
            "Modal's token may not use the app.", hint="Take a token of the workspace in which the app is deployed."
        ) from error
    except _TRANSIENT as error:
        raise ComputeUnavailable(
            f"Modal can't be reached: {type(error).__name__}.", hint="Look whether this server reaches the internet."
        ) from error


HERE = ("vad", "vad calls", "download")
"""Lanes that stay on a user's own server: they need no GPU, and an edit must not wait for a container."""


def modal_backend(store: JobStore, workspace: Workspace, settings: Settings) -> LocalBackend:
    """The backend whose steps run in functions of the deployed app; jobs, events and calls are as ever.

    In the app itself that is so for all steps, and the volumes are the server's folders. A server elsewhere sends the
    steps that want a GPU, with their files, and does the others itself.
    """
    if not modal.is_local():
        cloud = DeployedApp(MountedFiles)
        return LocalBackend(store, workspace, settings, make_lane=lambda name: ModalLane(name, cloud))
    return LocalBackend(store, workspace, settings, make_lane=hybrid_lanes(workspace))


def hybrid_lanes(workspace: Workspace, sdk: Any = modal, poll_s: float = POLL_S) -> Callable[[str], ModalLane | None]:
    """The lanes of a server that sends its steps to Modal, None for those that it runs itself."""
    cloud = DeployedApp(lambda volumes: TransferredFiles(workspace, volumes), sdk)
    return lambda name: None if name in HERE else ModalLane(name, cloud, poll_s)
