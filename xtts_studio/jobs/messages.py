"""What the server and a worker process say to each other over their pipe.

The server sends `Order`s. A worker sends `(number, message)`: the run that a message belongs to, and the message.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xtts_studio.steps import Role, Step


@dataclass(frozen=True)
class WorkerConfig:
    """What a worker is told when it starts. With `many` it does all runs it is given at once, else one by one."""

    role: Role
    home: Path
    environment: dict[str, str] = field(default_factory=dict)
    memory_limit_bytes: int | None = None
    many: bool = False


@dataclass(frozen=True)
class Run:
    """Run a step. `number` tells one run from the next."""

    number: int
    step: Step
    request: dict[str, Any]


@dataclass(frozen=True)
class Cancel:
    """End the run of this number; one that has ended already is not meant."""

    number: int


@dataclass(frozen=True)
class Heard:
    """A piece of this run's speech was taken; the worker holds back when too many were not."""

    number: int


@dataclass(frozen=True)
class Told:
    """An event of the step."""

    kind: str
    data: dict[str, Any]


@dataclass(frozen=True)
class Spoke:
    """A piece of speech, float32 little-endian."""

    samples: bytes


@dataclass(frozen=True)
class Succeeded:
    """The run is over; its result."""

    result: dict[str, Any]


@dataclass(frozen=True)
class Failed:
    """The run is over; the error for the user, and for unexpected ones the traceback for the log."""

    error: dict[str, Any]
    traceback: str | None = None


@dataclass(frozen=True)
class Stopped:
    """The run is over, as it was cancelled."""


Order = Run | Cancel | Heard
Final = Succeeded | Failed | Stopped
Message = Told | Spoke | Final
Numbered = tuple[int, Message]
