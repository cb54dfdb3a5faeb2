"""A lane whose steps run in the functions of a deployed Modal app, instead of in a process of this machine.

Jobs go on there when this server ends, and the next server follows them (`outlives_server`). Speech and voices come
from a generator, which ends with whoever listens.
"""

import logging
import queue as queues
import threading
import time
import uuid
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import Any

from pydantic import BaseModel, ValidationError

from xtts_studio.errors import Cancelled, ComputeUnavailable, StudioError, WorkerDied
from xtts_studio.jobs.backend import WorkerInfo
from xtts_studio.jobs.following import Left, Terms
from xtts_studio.jobs.messages import Failed, Final, Message, Spoke, Stopped, Succeeded, Told
from xtts_studio.jobs.modal_cloud import DEPLOY, Call, Cloud, Passing
from xtts_studio.jobs.modal_following import Following, died, final, version_notice
from xtts_studio.steps import Role, Step

logger = logging.getLogger(__name__)

FUNCTIONS: dict[Role, str] = {
    "vad": "vad_chunking_worker",
    "whisper": "whisper_worker",
    "training": "training_worker",
    "inference": "inference_worker",
    "download": "vad_chunking_worker",
}
POLL_S = 1.0
LISTEN_S = 0.2
"""How often a stream looks whether it was cancelled."""

MOST_UNHEARD = 8
Arguments = tuple[str, str, str, dict[str, Any]]
_END = object()


class ModalLane:
    """Runs steps as `lane.Lane` does, but elsewhere; how many at a time is Modal's affair."""

    outlives_server = True

    def __init__(self, name: str, cloud: Cloud, poll_s: float = POLL_S) -> None:
        self.name = name
        self._cloud, self._poll_s = cloud, poll_s

    def run(self, step: Step, request: BaseModel, terms: Terms) -> Generator[Message, None, None]:
        """Runs a step to its final message, or follows on where another server has started it.

        Raises `Cancelled`, `ComputeUnavailable`, and `Left` where this server ends while the work goes on.
        """
        job_id = terms.job_id or uuid.uuid4().hex
        arguments = (FUNCTIONS[step.role], job_id, step.name, request.model_dump(mode="json"))
        call = self._cloud.spawned(job_id) if terms.resumed else None
        if call is None:
            yield from self._fetched_there(job_id, step, request, terms)
            yield from self._given(step, request, terms)
        if step.role == "inference":
            yield from self._ended(step, request, terms, arguments, {}, self._stream(arguments, terms))
            return
        following = Following(self._cloud, job_id, terms, lambda: self._cloud.spawn(*arguments), self._poll_s)
        call = call or self._cloud.spawn(*arguments)
        with closing(self._followed(following, call, terms)) as messages:
            yield from self._ended(step, request, terms, arguments, following, messages)

    def info(self) -> WorkerInfo | None:
        """Nothing runs here."""
        return None

    def stop_if_idle(self, idle_s: float, generation: int) -> None:
        """Modal ends idle containers itself."""

    def stop(self, within_s: float) -> None:
        """Nothing runs here."""

    def _followed(self, following: Following, call: Call, terms: Terms) -> Generator[Message, None, None]:
        """The messages of spawned work. A call that nobody waits for any more is ended with its caller."""
        over = False
        try:
            for message in following.messages(call):
                over = isinstance(message, Final)
                yield message
        finally:
            if not over and terms.job_id is None:
                call.cancel()

    def _ended(
        self,
        step: Step,
        request: BaseModel,
        terms: Terms,
        arguments: Arguments,
        followed: Following | dict[str, Any],
        messages: Iterator[Message],
    ) -> Generator[Message, None, None]:
        """The messages; before the last, what the step wrote is brought here: its reader will look for it."""
        for message in messages:
            if isinstance(message, Final):
                answer = self._completed(followed.answer, arguments) if isinstance(followed, Following) else followed
                if step.name != "speak":  # speech writes nothing
                    yield from self._taken(step, request, answer, terms, must=isinstance(message, Succeeded))
                message = checked(step, message, answer)
            yield message

    def _fetched_there(self, job_id: str, step: Step, request: BaseModel, terms: Terms) -> Generator[Told, None, None]:
        """Fetches the models that the step needs on Modal's side: one that is there is not sent."""
        for pull in self._cloud.lacking(step, request):
            pull_id = f"{job_id[:28]}-{pull.name.replace('.', '-')}"[:40]
            arguments = (FUNCTIONS["download"], pull_id, "pull", pull.model_dump(mode="json"))
            spawn = partial(self._cloud.spawn, *arguments)
            call = (self._cloud.spawned(pull_id) if terms.resumed else None) or spawn()
            following = Following(self._cloud, pull_id, replace(terms, told=0), spawn, self._poll_s)
            for message in following.messages(call):
                if isinstance(message, Told) and message.kind == "progress" and terms.job_id is not None:
                    yield Told("progress", {"fraction": 0.0, "message": message.data["message"], "transfer": True})
                elif isinstance(message, Failed):
                    raise StudioError.from_dict(message.error)
                elif isinstance(message, Stopped):
                    raise Cancelled

    def _given(self, step: Step, request: BaseModel, terms: Terms) -> Generator[Told, None, None]:
        for told in self._passed(self._cloud.give(step, request), terms):
            if terms.cancelled():
                raise Cancelled
            yield told

    def _completed(self, answer: dict[str, Any], arguments: Arguments) -> dict[str, Any]:
        """The answer, with the run of a training that ended without one."""
        if arguments[2] != "train" or "run_id" in answer:
            return answer
        return {**answer, "run_id": (self._cloud.record(arguments[1]) or {}).get("run_id")}

    def _taken(
        self, step: Step, request: BaseModel, answer: dict[str, Any], terms: Terms, must: bool
    ) -> Generator[Told, None, None]:
        """Brings here what the step wrote, of a training that was cancelled its checkpoints too."""
        try:
            yield from self._passed(self._cloud.take(step, request, answer), terms)
        except StudioError:
            if must:
                raise
            logger.warning("what %s wrote before its end could not be brought here", step.name, exc_info=True)

    def _passed(self, passing: Iterator[Passing], terms: Terms) -> Generator[Told, None, None]:
        for passed in passing:
            if terms.leaving():
                raise Left
            if terms.job_id is not None:
                yield Told("progress", {"fraction": 0.0, "message": passed.message, "transfer": True})

    def _stream(self, arguments: Arguments, terms: Terms) -> Generator[Message, None, None]:
        """What a generator function yields, read by a thread, so that a cancel needs no next piece."""
        pieces: queues.Queue[Any] = queues.Queue(MOST_UNHEARD)
        left = threading.Event()
        threading.Thread(target=self._pump, args=(arguments, pieces, left), daemon=True).start()
        heard = time.monotonic()
        try:
            while True:
                if terms.cancelled():
                    yield Stopped()
                    return
                try:
                    item = pieces.get(timeout=LISTEN_S)
                except queues.Empty:
                    if terms.silence_s is not None and time.monotonic() > heard + terms.silence_s:
                        raise WorkerDied(
                            f"The function on Modal said nothing for {terms.silence_s:.0f} s.", hint="Try again."
                        ) from None
                    continue
                yield from self._said(item)
                heard = time.monotonic()
                if not (isinstance(item, dict) and "sound" in item):
                    return
        finally:
            left.set()

    def _said(self, item: Any) -> Iterator[Message]:
        if isinstance(item, StudioError):
            raise item
        if item is _END:
            yield died(EOFError("the stream ended without a result"))
        elif isinstance(item, Exception):
            yield died(item)
        elif "sound" in item:
            yield Spoke(item["sound"])
        else:
            yield final(item)

    def _pump(self, arguments: Arguments, pieces: "queues.Queue[Any]", left: threading.Event) -> None:
        def put(item: Any) -> bool:
            while not left.is_set():
                try:
                    pieces.put(item, timeout=LISTEN_S)
                    return True
                except queues.Full:
                    continue
            return False

        try:
            stream = self._cloud.stream(*arguments)
            try:
                for item in stream:
                    if not put(item):
                        return
            finally:
                if isinstance(stream, Generator):
                    stream.close()
            put(_END)
        except Exception as error:
            put(error)


def checked(step: Step, message: Final, answer: dict[str, Any]) -> Final:
    """The final message. Raises `ComputeUnavailable` for a result that only another version can have given."""
    if not isinstance(message, Succeeded) or version_notice(answer) is None:
        return message
    try:
        step.result.model_validate(message.result)
    except ValidationError as error:
        raise ComputeUnavailable(
            f"The app on Modal (version {answer['version']}) gave a result that this server can't read.", hint=DEPLOY
        ) from error
    return message
