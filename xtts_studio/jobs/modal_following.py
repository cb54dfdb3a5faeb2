"""A job that runs on Modal, followed to its end: its events from the queue, its end from the call alone.

What a call doesn't tell any more, the job's own record on the data volume does. A training that took longer than its
function may is called again, and goes on with its run; so it goes as long as each call gets to another checkpoint.
"""

import logging
import time
from collections.abc import Callable, Generator
from typing import Any

from xtts_studio import __version__
from xtts_studio.errors import ComputeUnavailable, Interrupted, StudioError, WorkerDied
from xtts_studio.jobs.following import Left, Terms
from xtts_studio.jobs.messages import Failed, Final, Message, Stopped, Succeeded, Told
from xtts_studio.jobs.modal_cloud import DEPLOY, AnswerGone, Call, Cloud, OutOfTime, Running, Unreachable
from xtts_studio.jobs.modal_events import Reading

logger = logging.getLogger(__name__)

MOST_UNREACHABLE_S = 3600.0
"""How long Modal may be out of reach before a job is given up here; the work goes on there."""


class Following:
    """Follows one job. `spawn` starts its work (again)."""

    def __init__(self, cloud: Cloud, job_id: str, terms: Terms, spawn: Callable[[], Call], poll_s: float) -> None:
        self._cloud, self._job_id, self._terms = cloud, job_id, terms
        self._spawn, self._poll_s = spawn, poll_s
        self._reading = Reading(job_id, cloud.items, terms.told)
        self._give_up_at: float | None = None
        self._unreachable_since: float | None = None
        self._checkpoint: str | None = None
        self.answer: dict[str, Any] = {}
        """What the work gave, once it has ended with an answer."""

    def messages(self, call: Call) -> Generator[Message, None, None]:
        """The messages of the work, the last of which is `Final`. Raises `Left` where the server ends before."""
        while True:
            final = self._final(call)
            yield from self._events()
            if isinstance(final, Final):
                yield from self._rest()
                yield final
                return
            call = final or call
            if self._terms.leaving():
                raise Left
            time.sleep(self._poll_s)

    def _events(self) -> Generator[Told, None, None]:
        try:
            new = self._reading.new()
        except Exception:  # the queue is a hint
            logger.warning("the events of job %s can't be read now", self._job_id, exc_info=True)
            return
        for event in new:
            yield told(event)

    def _rest(self) -> Generator[Told, None, None]:
        """What the queue didn't take, and a word on versions that differ."""
        for event in self._reading.fresh(self.answer.get("untold", [])):
            yield told(event)
        if (notice := version_notice(self.answer)) is not None:
            yield Told("log", {"message": notice, "level": "warning"})

    def _final(self, call: Call) -> Final | Call | None:
        """The final message; another call, which goes on; or None while the work runs."""
        try:
            self.answer = call.answer()
        except Running:
            self._unreachable_since = None
            return self._cancel_if_asked(call)
        except Unreachable as error:
            return self._wait_for_modal(error)
        except OutOfTime:
            return self._go_on()
        except AnswerGone:
            return self._as_recorded()
        except StudioError as error:
            return Failed(error.to_dict())
        except Exception as error:
            return Stopped() if self._terms.cancelled() else died(error)
        return final(self.answer)

    def _cancel_if_asked(self, call: Call) -> Final | None:
        """Work that has begun is asked to stop, and ended when it doesn't in time; other work is taken back at once."""
        if not self._terms.cancelled():
            return None
        now = time.monotonic()
        if self._give_up_at is None and self._reading.begun:
            self._give_up_at = now + self._terms.grace_s
            self._cloud.ask_to_stop(self._job_id)
        if self._give_up_at is not None and now < self._give_up_at:
            return None
        call.cancel()
        return Stopped()

    def _wait_for_modal(self, error: Unreachable) -> Final | None:
        now = time.monotonic()
        self._unreachable_since = self._unreachable_since or now
        if self._terms.cancelled():
            logger.warning("job %s is cancelled, but Modal can't be told: its work may go on there", self._job_id)
            return Stopped()
        if now - self._unreachable_since < MOST_UNREACHABLE_S:
            return None
        gone = ComputeUnavailable(
            f"Modal could not be reached for an hour: {error}.",
            hint="Look whether this server reaches the internet. The work may go on there: its app's page tells.",
        )
        return Failed(gone.to_dict())

    def _go_on(self) -> Final | Call:
        """Calls a training again that has come further since the last time."""
        if self._terms.cancelled():
            return Stopped()
        checkpoint = (self._cloud.record(self._job_id) or {}).get("checkpoint")
        if checkpoint is None or checkpoint == self._checkpoint:
            late = WorkerDied(
                "The work took longer than its function on Modal may, and got no further in that time.",
                hint="Give it more time (XTTS_MODAL_TIMEOUT_… and deploy again), or save more often.",
            )
            return Failed(late.to_dict())
        self._checkpoint = str(checkpoint)
        logger.info("job %s goes on in another call, from %s", self._job_id, checkpoint)
        return self._spawn()

    def _as_recorded(self) -> Final:
        """How the work ended by its own record."""
        answer = (self._cloud.record(self._job_id) or {}).get("answer")
        if answer is None:
            gone = Interrupted(
                "Modal no longer knows how this job ended: it keeps answers for seven days.",
                hint="What it wrote is on the volume xtts-finetune-data. Start the job again.",
            )
            return Failed(gone.to_dict())
        self.answer = answer
        return final(answer)


def told(event: dict[str, Any]) -> Told:
    """An event as it crossed the queue."""
    return Told(str(event["kind"]), {name: value for name, value in event.items() if name != "kind"})


def final(answer: dict[str, Any]) -> Final:
    """What `modal_step` gave, as the last message of a run."""
    if "error" in answer:
        return Failed(StudioError.from_dict(answer["error"]).to_dict())
    return Stopped() if answer.get("cancelled") else Succeeded(answer["result"])


def died(error: Exception) -> Failed:
    """Work that ended without an answer."""
    reason = WorkerDied(
        f"Modal ended the work without a result: {type(error).__name__}.",
        hint="The app's log on Modal says why. Start the job again.",
    )
    return Failed(reason.to_dict(), traceback=str(error))


def version_notice(answer: dict[str, Any]) -> str | None:
    """What to do where the deployed app is of another version than this server."""
    theirs = answer.get("version", __version__)
    if theirs == __version__:
        return None
    return f"The app on Modal is of version {theirs}, this server of {__version__}. {DEPLOY}"
