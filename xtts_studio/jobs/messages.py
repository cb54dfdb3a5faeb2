"""What the server and a worker process say to each other over their pipe."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xtts_studio.steps import Role, Step


@dataclass(frozen=True)
class WorkerConfig:
    """What a worker is told when it starts."""

    role: Role
    home: Path
    environment: dict[str, str] = field(default_factory=dict)
    memory_limit_bytes: int | None = None


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


Final = Succeeded | Failed | Stopped
Message = Told | Spoke | Final
