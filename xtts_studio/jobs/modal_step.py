"""A step inside a Modal function: its events go to a queue, its files to volumes, its result or error to the caller.

The functions take the queue and the volumes as they are given, so that they run unchanged where there is no Modal.
`jobs.modal_lane` is the other end.
"""

import logging
import queue as queues
import threading
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from xtts_studio.errors import Cancelled, StudioError
from xtts_studio.events import Event, Report, Sound, event_data
from xtts_studio.jobs.worker import failed
from xtts_studio.settings import Settings
from xtts_studio.steps import STEPS
from xtts_studio.workspace import Workspace

logger = logging.getLogger(__name__)


class EventQueue(Protocol):
    """What we use of `modal.Queue`: one partition for each job."""

    def put(self, v: Any, /, *, block: bool, partition: str) -> None: ...


class Volume(Protocol):
    """What we use of `modal.Volume`."""

    def commit(self) -> None: ...

    def reload(self) -> None: ...


def run_step(
    job_id: str, step: str, request: dict[str, Any], *, queue: EventQueue, volumes: Sequence[Volume]
) -> dict[str, Any]:
    """Runs a step and gives `{"result": …}` or `{"error": …}`.

    Errors are returned, not raised: they cross as what the user reads, and Modal has nothing to run again. What was
    written is committed to the volumes either way.
    """
    return _run(step, request, _reporter(job_id, queue), volumes)


def stream_step(
    job_id: str, step: str, request: dict[str, Any], *, queue: EventQueue, volumes: Sequence[Volume]
) -> Iterator[dict[str, Any]]:
    """Like `run_step`, but yields `{"sound": bytes}` for each piece of speech before the last item."""
    pieces: queues.Queue[dict[str, Any]] = queues.Queue()
    to_queue = _reporter(job_id, queue)
    stopped = threading.Event()

    def report(event: Event) -> None:
        if stopped.is_set():
            raise Cancelled
        if isinstance(event, Sound):
            pieces.put({"sound": event.samples})
        else:
            to_queue(event)

    def work() -> None:
        try:
            pieces.put(_run(step, request, report, volumes))
        except BaseException as error:  # the reader must hear of everything, else it waits for ever
            logger.exception("step %s ended unexpectedly", step)
            pieces.put({"error": StudioError(f"The step {step} ended unexpectedly: {type(error).__name__}.").to_dict()})

    threading.Thread(target=work, daemon=True).start()
    try:
        while "sound" in (item := pieces.get()):
            yield item
        yield item
    finally:
        stopped.set()


def _run(step: str, request: dict[str, Any], report: Report, volumes: Sequence[Volume]) -> dict[str, Any]:
    row = STEPS[step]
    for volume in volumes:
        volume.reload()
    try:
        result = row.load()(row.request.model_validate(request), Workspace(Settings().home), report)
        return {"result": result.model_dump(mode="json")}
    except Cancelled:
        raise
    except Exception as error:
        outcome = failed(step, error)
        if outcome.traceback:
            logger.error("step %s failed:\n%s", step, outcome.traceback)
        return {"error": outcome.error}
    finally:
        for volume in volumes:
            volume.commit()


def _reporter(job_id: str, queue: EventQueue) -> Report:
    def report(event: Event) -> None:
        if isinstance(event, Sound):
            return
        try:
            queue.put({"kind": event.kind, **event_data(event)}, block=False, partition=job_id)
        except Exception:  # the queue is a hint: a full or unreachable one must not end a training
            logger.warning("an event of job %s was lost", job_id, exc_info=True)

    return report
