"""The one reader of the environment. Read once at the start of a process and passed on from there."""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

DEFAULT_PASSWORD = "xtts2024"
"""Accepted on loopback only: see `server.auth.check_exposure`."""


class Settings(BaseSettings):
    """What differs by machine. Each field is read from the variable named in its alias (`Settings(XTTS_HOME=…)`)."""

    model_config = SettingsConfigDict(extra="ignore")

    auth_user: str = Field("admin", alias="AUTH_USER", description="User name for the login.")
    auth_password: str | None = Field(
        None,
        alias="AUTH_PASSWORD",
        description="Password for the login. Without it `xtts2024` works, on loopback only.",
    )
    jwt_secret: str | None = Field(
        None,
        alias="JWT_SECRET",
        description="Signs logins (32 characters or more). Without it one is made and kept in the workspace.",
    )
    home: Path = Field(
        Path("workspace"), alias="XTTS_HOME", description="The workspace: recordings, datasets, models, database."
    )
    host: str = Field(
        "127.0.0.1", alias="XTTS_HOST", description="Address to listen on. Beyond loopback a password must be set."
    )
    port: int = Field(3000, alias="XTTS_PORT", ge=0, le=65535, description="Port to listen on.")
    compute: Literal["local", "modal"] = Field(
        "local", alias="XTTS_COMPUTE", description="Where steps run: this machine or Modal."
    )
    device: str = Field("auto", alias="XTTS_DEVICE", description="Device of the models: auto, cpu, cuda, cuda:1 …")
    precision: Literal["fastest", "float32", "bfloat16", "float16", "int8"] = Field(
        "fastest",
        alias="XTTS_PRECISION",
        description="Weights of the model that speaks: float32 equals the reference, fastest is chosen by measuring.",
    )
    speech_at_once: int = Field(
        16, alias="XTTS_SPEECH_AT_ONCE", ge=1, le=256, description="Requests for speech that are spoken together."
    )
    speech_queue: int = Field(
        64, alias="XTTS_SPEECH_QUEUE", ge=0, le=10_000, description="Requests for speech that may wait for their turn."
    )
    worker_idle_s: float = Field(
        300.0,
        alias="XTTS_WORKER_IDLE_S",
        gt=0,
        description="Seconds without work after which a worker process ends and frees its memory.",
    )
    upload_limit_bytes: int = Field(
        4 * 1024**3, alias="XTTS_UPLOAD_LIMIT_BYTES", gt=0, description="Largest file that may be uploaded, in bytes."
    )
    hub_url: str | None = Field(
        None,
        alias="XTTS_HUB_URL",
        description="Base URL that models are fetched from, where it is not the Hugging Face Hub.",
    )
