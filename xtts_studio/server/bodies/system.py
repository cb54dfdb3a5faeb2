"""Settings, and the machine."""

from typing import Literal

from pydantic import Field

from xtts_studio.jobs.backend import WorkerInfo
from xtts_studio.jobs.modal_check import ComputeCheck
from xtts_studio.shapes import ModelInfo, Shape
from xtts_studio.storage import Cleanable, CleanableKind, StoredKind


class Preferences(Shape):
    """What a person may change while the server runs; kept in the workspace, stronger than the environment."""

    device: str = Field("auto", pattern=r"^(auto|cpu|mps|cuda(:\d{1,2})?)$", description="Device of the models.")
    worker_idle_s: float = Field(300.0, ge=5, le=86_400, description="Idle seconds after which a worker ends.")
    whisper_model: str = Field("base", min_length=1, max_length=100, description="Whisper model where none is named.")


class PreferencesUpdate(Shape):
    """What is left out stays."""

    device: str | None = None
    worker_idle_s: float | None = None
    whisper_model: str | None = None


class SettingsBody(Preferences):
    """The preferences, and what only the environment can change."""

    compute: str
    workspace: str
    upload_limit_bytes: int
    default_password: bool = Field(description="True while the well-known password is in use (loopback only).")


class Device(Shape):
    """A device that models can run on."""

    id: str
    name: str
    memory_bytes: int | None = None
    memory_used_bytes: int | None = None


class Disk(Shape):
    total_bytes: int
    used_bytes: int
    free_bytes: int


class SystemInfo(Shape):
    version: str
    python: str
    platform: str
    packages: dict[str, str] = Field(description="Versions of what is installed of the packages that workers need.")
    devices: list[Device]
    disk: Disk
    models: list[ModelInfo]
    workers: list[WorkerInfo]


class Health(Shape):
    status: Literal["ok"] = "ok"
    version: str


class WorkersBody(Shape):
    workers: list[WorkerInfo]


class ComputeTest(Shape):
    """Where work is done, and whether Modal could be reached for it: its checks end with the first that fails."""

    compute: str
    checks: list[ComputeCheck]


class StorageBody(Shape):
    """What the workspace takes on the disk."""

    kinds: list[StoredKind]
    cleanable: list[CleanableKind]
    free_bytes: int


class CleanBody(Shape):
    """What is to go: `exports` are written anew when asked for, `features` of datasets computed anew by the next
    training; without `training_states` a run that has ended takes no more epochs, its model and checkpoints stay."""

    kinds: list[Cleanable] = Field(min_length=1)


class CleanedBody(Shape):
    freed_bytes: int
