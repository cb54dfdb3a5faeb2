"""A step inside a Modal function: its events go to a queue, its files to volumes, its result or error to the caller.

The functions take the queue and the volumes as they are given, so that they run unchanged where there is no Modal.
`jobs.modal_lane` is the other end. Modal may end a container at any time and run the input again: of a job the worker
keeps a record on the data volume (`modal_record`), and a training goes on with its own run from the last checkpoint.
"""

import logging
import queue as queues
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from xtts_studio import __version__
from xtts_studio.errors import Cancelled, NotFound, StudioError
from xtts_studio.events import Artifact, Event, Report, Sound
from xtts_studio.jobs.file_manifest import write_manifests
from xtts_studio.jobs.modal_cloud import DEPLOY
from xtts_studio.jobs.modal_events import LOT_EVERY_S, EventQueue, Telling
from xtts_studio.jobs.modal_record import JobRecord, next_attempt
from xtts_studio.jobs.step_files import FILES, step_files
from xtts_studio.jobs.worker import failed
from xtts_studio.settings import Settings
from xtts_studio.steps import STEPS, Step
from xtts_studio.workspace import Workspace

logger = logging.getLogger(__name__)

VOLUME_TRIES, VOLUME_PAUSE_S = 3, 0.3
"""A volume with a file open can't be reloaded or committed: another thread may be about to close it."""


class Volume(Protocol):
    """What we use of `modal.Volume`."""

    def commit(self) -> None: ...

    def reload(self) -> None: ...


def run_step(
    job_id: str, step: str, request: dict[str, Any], *, queue: EventQueue, volumes: Sequence[Volume]
) -> dict[str, Any]:
    """Runs a step and gives `{"result": …}`, `{"error": …}` or `{"cancelled": True}`, each with our `version`.

    Errors are returned, not raised: they cross as what the user reads, and Modal has nothing to run again. What was
    written is committed to the volumes either way. Events that the queue didn't take are in `untold`.
    """
    row = STEPS.get(step)
    if row is None:
        return _answer({"error": _unknown(step).to_dict()})
    reload(volumes)
    workspace = Workspace(Settings().home)
    record = next_attempt(workspace, job_id, step) if row.kind == "job" else None
    with Telling(job_id, record.attempt if record else 1, queue, LOT_EVERY_S) as telling:
        report = telling.report if record is None else _noting(record, telling.report, workspace, volumes)
        if record is not None:
            record.write(workspace)
            commit(volumes)
            request = _going_on(row, request, record)
        answer = _answer(_outcome(row, request, workspace, report))
    if telling.untold:
        answer["untold"] = telling.untold
    if record is not None:
        if record.run_id is not None:
            answer["run_id"] = record.run_id
        record.answer = answer
        record.write(workspace)
    _tell_files(row, request, workspace, answer)
    commit(volumes)
    return answer


def stream_step(
    job_id: str, step: str, request: dict[str, Any], *, queue: EventQueue, volumes: Sequence[Volume]
) -> Iterator[dict[str, Any]]:
    """Like `run_step`, but yields `{"sound": bytes}` for each piece of speech before the last item."""
    row = STEPS.get(step)
    if row is None:
        yield _answer({"error": _unknown(step).to_dict()})
        return
    reload(volumes)
    workspace = Workspace(Settings().home)
    pieces: queues.Queue[dict[str, Any]] = queues.Queue()
    stopped = threading.Event()

    def report(event: Event) -> None:
        if stopped.is_set():
            raise Cancelled
        if isinstance(event, Sound):
            pieces.put({"sound": event.samples})

    def work() -> None:
        try:
            answer = _answer(_outcome(row, request, workspace, report))
            if step != "speak":  # speech writes nothing
                _tell_files(row, request, workspace, answer)
            pieces.put(answer)
        except BaseException as error:  # the reader must hear of everything, else it waits for ever
            logger.exception("step %s ended unexpectedly", step)
            pieces.put({"error": StudioError(f"The step {step} ended unexpectedly: {type(error).__name__}.").to_dict()})

    threading.Thread(target=work, daemon=True).start()
    try:
        while "sound" in (item := pieces.get()):
            yield item
        if step != "speak":
            commit(volumes)
        yield item
    finally:
        stopped.set()


def _outcome(row: Step, request: dict[str, Any], workspace: Workspace, report: Report) -> dict[str, Any]:
    try:
        result = row.load()(row.request.model_validate(request), workspace, report)
        return {"result": result.model_dump(mode="json")}
    except Cancelled:
        return {"cancelled": True}
    except Exception as error:
        outcome = failed(row.name, error)
        if outcome.traceback:
            logger.error("step %s failed:\n%s", row.name, outcome.traceback)
        return {"error": outcome.error}


def _noting(record: JobRecord, report: Report, workspace: Workspace, volumes: Sequence[Volume]) -> Report:
    """A report that keeps a training's run and checkpoints: written down and committed before they are told."""

    def noting(event: Event) -> None:
        if isinstance(event, Artifact) and event.what in ("run", "checkpoint"):
            if event.what == "run":
                record.run_id = event.path.rpartition("/")[2]
            else:
                record.checkpoint = event.path
            record.write(workspace)
            write_manifests(workspace, [f"data/runs/{record.run_id}"])
            commit(volumes, tries=1)  # one whose base model is mapped refuses, and has nothing new
        report(event)

    return noting


def _going_on(row: Step, request: dict[str, Any], record: JobRecord) -> dict[str, Any]:
    """The request for this attempt: that of the run which an attempt before has begun."""
    if record.run_id is None or "run_id" not in row.request.model_fields:
        return request
    return {**request, "run_id": record.run_id}


def _tell_files(row: Step, request: dict[str, Any], workspace: Workspace, answer: dict[str, Any]) -> None:
    """Writes down what is in the files that the step has written, for a server that has to fetch them."""
    if row.name not in FILES:
        return
    try:
        written = step_files(row.name, row.request.model_validate(request), workspace, answer).writes
        write_manifests(workspace, written)
    except (StudioError, ValueError, OSError):
        logger.warning("what %s has written could not be noted", row.name, exc_info=True)


def _answer(outcome: dict[str, Any]) -> dict[str, Any]:
    return {**outcome, "version": __version__}


def _unknown(step: str) -> NotFound:
    return NotFound(
        f"The deployed Modal app (version {__version__}) has no step {step!r}.",
        hint=f"It is of another version than this server. {DEPLOY}",
    )


def commit(volumes: Sequence[Volume], tries: int = VOLUME_TRIES) -> None:
    """Makes what was written here visible elsewhere. Modal also commits by itself, every few seconds and at the end."""
    for volume in volumes:
        _insist(volume.commit, tries)


def reload(volumes: Sequence[Volume]) -> None:
    """Makes what was committed elsewhere visible here."""
    for volume in volumes:
        _insist(volume.reload, VOLUME_TRIES)


def _insist(change: Callable[[], object], tries: int) -> None:
    """Tries so often; a volume that refuses to the end must not end the step."""
    for remaining in reversed(range(tries)):
        try:
            change()
            return
        except Exception as error:
            if not remaining:
                logger.warning("a volume could not be brought up to date: %s", error)
                return
        time.sleep(VOLUME_PAUSE_S)
