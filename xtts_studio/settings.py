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
    training_memory_bytes: int | None = Field(
        None,
        alias="XTTS_TRAINING_MEMORY_BYTES",
        gt=0,
        description="Most memory that training may take, a GPU's where there is one; else most of what is free.",
    )
    upload_limit_bytes: int = Field(
        16 * 1024**3, alias="XTTS_UPLOAD_LIMIT_BYTES", gt=0, description="Largest file that may be uploaded, in bytes."
    )
    stream_limit_s: float | None = Field(
        None,
        alias="XTTS_STREAM_LIMIT_S",
        gt=0,
        description="Seconds after which a stream of events ends and is taken up anew: where a proxy ends long request",
    )
    hub_url: str | None = Field(
        None,
        alias="XTTS_HUB_URL",
        description="Base URL that models are fetched from, where it is not the Hugging Face Hub.",
    )


_GPU = r"^[A-Za-z0-9+\-]+(:\d)?$"
_SHORTEST_S, _LONGEST_S = 60, 24 * 3600


class ModalSettings(BaseSettings):
    """How the functions on Modal are deployed (`modal/app.py`): read when deploying, by the machine that deploys.

    The SDK doesn't check the longest timeout nor the most retries; here they are. GPUs by Modal's names: T4, L4, A10G,
    L40S, A100, H100 … Timeouts in seconds are those of one call: a training goes on in the next.
    """

    model_config = SettingsConfigDict(extra="ignore")

    gpu_whisper: str = Field("T4", alias="XTTS_MODAL_GPU_WHISPER", pattern=_GPU)
    gpu_training: str = Field("A10G", alias="XTTS_MODAL_GPU_TRAINING", pattern=_GPU)
    gpu_inference: str = Field("T4", alias="XTTS_MODAL_GPU_INFERENCE", pattern=_GPU)
    gpu_vad: str | None = Field(None, alias="XTTS_MODAL_GPU_VAD", pattern=_GPU, description="None: a CPU is enough.")
    timeout_api_s: int = Field(3600, alias="XTTS_MODAL_TIMEOUT_API_S", ge=_SHORTEST_S, le=_LONGEST_S)
    timeout_whisper_s: int = Field(3600, alias="XTTS_MODAL_TIMEOUT_WHISPER_S", ge=_SHORTEST_S, le=_LONGEST_S)
    timeout_training_s: int = Field(7200, alias="XTTS_MODAL_TIMEOUT_TRAINING_S", ge=_SHORTEST_S, le=_LONGEST_S)
    timeout_inference_s: int = Field(600, alias="XTTS_MODAL_TIMEOUT_INFERENCE_S", ge=_SHORTEST_S, le=_LONGEST_S)
    timeout_vad_s: int = Field(3600, alias="XTTS_MODAL_TIMEOUT_VAD_S", ge=_SHORTEST_S, le=_LONGEST_S)
    retries_training: int = Field(3, alias="XTTS_MODAL_RETRIES_TRAINING", ge=0, le=10)
    idle_inference_s: int = Field(120, alias="XTTS_MODAL_IDLE_INFERENCE_S", ge=2, le=3600)
    inputs_inference: int = Field(8, alias="XTTS_MODAL_INPUTS_INFERENCE", ge=1, le=100)
    region: str | None = Field(None, alias="XTTS_MODAL_REGION", description="None: anywhere, which costs least.")
