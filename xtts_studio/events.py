"""What a step tells while it runs. A worker stores these, the command line draws them, Modal sends them on."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Literal


@dataclass(frozen=True)
class Progress:
    """How far the step is: `fraction` from 0 to 1, and what it does now."""

    kind: ClassVar[str] = "progress"
    fraction: float
    message: str = ""


@dataclass(frozen=True)
class Metric:
    """One number of a curve: `value` of `name` after `step` steps, of the optimizer or of other work."""

    kind: ClassVar[str] = "metric"
    step: int
    name: str
    value: float


@dataclass(frozen=True)
class Log:
    """A line for the person who watches."""

    kind: ClassVar[str] = "log"
    message: str
    level: Literal["info", "warning"] = "info"


@dataclass(frozen=True)
class Artifact:
    """A file the step has finished; `path` relative to the workspace, `what` for instance "model" or "checkpoint"."""

    kind: ClassVar[str] = "artifact"
    path: str
    what: str


@dataclass(frozen=True)
class Sound:
    """A piece of speech, float32 little-endian mono at 24 000 Hz. Only in direct calls; never stored."""

    kind: ClassVar[str] = "sound"
    samples: bytes


Event = Progress | Metric | Log | Artifact | Sound
Report = Callable[[Event], None]
"""Takes the events of a step; raises `errors.Cancelled` when the job was cancelled."""


def event_data(event: Event) -> dict[str, Any]:
    """The fields of an event, ready for JSON (not for `Sound`)."""
    return asdict(event)


def ignore(event: Event) -> None:
    """A `Report` for those who don't want to know."""
