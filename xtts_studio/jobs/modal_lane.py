"""A lane whose steps run in the functions of a deployed Modal app, instead of in a process of this machine.

For a server that sees the app's volumes as its own folders, as the app's `api` function does. Whether a job has
ended, and how, is asked of the function call alone; the queue of events is a hint, read without consuming it.
"""

import time
import uuid
from collections.abc import Callable, Generator, Iterator
from typing import Any, Protocol

from pydantic import BaseModel

from xtts_studio.errors import StudioError, WorkerDied
from xtts_studio.jobs.backend import WorkerInfo
from xtts_studio.jobs.messages import Failed, Final, Message, Spoke, Stopped, Succeeded, Told
from xtts_studio.steps import Role, Step

FUNCTIONS: dict[Role, str] = {
    "vad": "vad_chunking_worker",
    "whisper": "whisper_worker",
    "training": "training_worker",
    "inference": "inference_worker",
    "download": "vad_chunking_worker",
}
POLL_S = 1.0


class Call(Protocol):
    """What we use of `modal.FunctionCall`."""

    def get(self, timeout: float | None = None) -> Any: ...

    def cancel(self) -> None: ...


class Cloud(Protocol):
    """What we use of a deployed app; `jobs.modal.DeployedApp` is the real one."""

    def spawn(self, function: str, job_id: str, step: str, request: dict[str, Any]) -> Call: ...

    def stream(self, function: str, job_id: str, step: str, request: dict[str, Any]) -> Iterator[dict[str, Any]]: ...

    def told(self, job_id: str) -> Iterator[dict[str, Any]]:
        """All events of a job so far, from the first."""

    def commit(self) -> None:
        """Makes what was written here visible to the functions."""

    def reload(self) -> None:
        """Makes what the functions wrote visible here."""


class ModalLane:
    """Runs steps one at a time, as `lane.Lane` does, but elsewhere."""

    def __init__(self, name: str, cloud: Cloud, poll_s: float = POLL_S) -> None:
        self.name = name
        self._cloud, self._poll_s = cloud, poll_s

    def run(
        self,
        step: Step,
        request: BaseModel,
        *,
        generation: int,
        cancelled: Callable[[], bool],
        grace_s: float,
        silence_s: float | None = None,
        wait_s: float = -1,
        job_id: str | None = None,
    ) -> Generator[Message, None, None]:
        """Runs a step to its final message. Modal queues and limits: `generation`, `silence_s`, `wait_s` are unused."""
        arguments = (FUNCTIONS[step.role], job_id or uuid.uuid4().hex, step.name, request.model_dump(mode="json"))
        self._cloud.commit()
        if step.role == "inference":
            messages = self._stream(arguments, cancelled)
        else:
            messages = self._follow(arguments, cancelled)
        for message in messages:
            if isinstance(message, Final) and step.name != "speak":  # speech writes nothing there
                self._cloud.reload()  # before the reader hears of files that it will look for
            yield message

    def info(self) -> WorkerInfo | None:
        """Nothing runs here."""
        return None

    def stop_if_idle(self, idle_s: float, generation: int) -> None:
        """Modal ends idle containers itself."""

    def stop(self, within_s: float) -> None:
        """Nothing runs here."""

    def _stream(
        self, arguments: tuple[str, str, str, dict[str, Any]], cancelled: Callable[[], bool]
    ) -> Iterator[Message]:
        for item in self._cloud.stream(*arguments):
            if cancelled():
                yield Stopped()
                return
            yield Spoke(item["sound"]) if "sound" in item else _final(item)

    def _follow(
        self, arguments: tuple[str, str, str, dict[str, Any]], cancelled: Callable[[], bool]
    ) -> Iterator[Message]:
        call = self._cloud.spawn(*arguments)
        seen = 0
        while True:
            final = self._ended(call, cancelled)
            for event in list(self._cloud.told(arguments[1]))[seen:]:
                seen += 1
                yield Told(str(event["kind"]), {name: value for name, value in event.items() if name != "kind"})
            if final is not None:
                yield final
                return
            time.sleep(self._poll_s)

    def _ended(self, call: Call, cancelled: Callable[[], bool]) -> Final | None:
        """The final message, or None while the call runs (which `get` tells by the builtin TimeoutError)."""
        if cancelled():
            call.cancel()
            return Stopped()
        try:
            return _final(call.get(timeout=0))
        except TimeoutError:
            return None
        except Exception as error:
            died = WorkerDied(
                f"Modal ended the work without a result: {type(error).__name__}.",
                hint="The app's log on Modal says why. Start the job again.",
            )
            return Failed(died.to_dict(), traceback=str(error))


def _final(item: dict[str, Any]) -> Final:
    if "error" in item:
        return Failed(StudioError.from_dict(item["error"]).to_dict())
    return Succeeded(item["result"])
