"""XTTS Studio on Modal: decorators around the same steps. Deploy with `modal deploy modal/app.py` from the repository.

There is no `__init__.py` in this folder: with one, `import modal` would find it instead of the SDK.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import modal

ROOT = Path(__file__).resolve().parent.parent
HOME = "/studio"
GPU = {
    "whisper": os.environ.get("XTTS_MODAL_GPU_WHISPER", "T4"),
    "training": os.environ.get("XTTS_MODAL_GPU_TRAINING", "A10G"),
    "inference": os.environ.get("XTTS_MODAL_GPU_INFERENCE", "T4"),
}

app = modal.App("xtts-studio")
data = modal.Volume.from_name("xtts-finetune-data", create_if_missing=True)
cache = modal.Volume.from_name("xtts-model-cache", create_if_missing=True)
speakers = modal.Volume.from_name("xtts-speakers", create_if_missing=True)
events = modal.Queue.from_name("xtts-events", create_if_missing=True)
login = modal.Secret.from_name("xtts-auth", required_keys=["JWT_SECRET", "AUTH_PASSWORD"])

VOLUMES: dict[str, Any] = {f"{HOME}/data": data, f"{HOME}/cache": cache, f"{HOME}/speakers": speakers}


def image_for(*extras: str) -> modal.Image:
    """An image with what a role imports, at our pinned versions, and our code on top of it."""
    constraints = "/tmp/constraints.txt"
    image = modal.Image.debian_slim("3.11").apt_install("libsndfile1")
    if modal.is_local():
        image = image.add_local_file(ROOT / "constraints.txt", constraints, copy=True)
    image = image.uv_pip_install(*requirements(*extras), extra_options=f"-c {constraints}").env({"XTTS_HOME": HOME})
    return image.add_local_dir(ROOT / "xtts_studio", "/root/xtts_studio", ignore=["**/__pycache__"])


def requirements(*extras: str) -> list[str]:
    """Our dependencies for these extras, as pyproject.toml names them; empty in a container, which has them."""
    if not modal.is_local():
        return []
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    found = list(project["dependencies"])
    for extra in extras:
        found += project["optional-dependencies"][extra]
    return list(dict.fromkeys(found))


def run_here(job_id: str, step: str, request: dict[str, Any]) -> dict[str, Any]:
    from xtts_studio.jobs.modal_step import run_step

    return run_step(job_id, step, request, queue=events, volumes=list(VOLUMES.values()))


@app.function(image=image_for("modal"), volumes=VOLUMES, secrets=[login], max_containers=1)
@modal.concurrent(max_inputs=100)
@modal.asgi_app()
def api() -> Any:
    """The page and the API; no torch in this image."""
    from xtts_studio.server.app import create_app
    from xtts_studio.settings import Settings

    return create_app(Settings(XTTS_HOST="0.0.0.0", XTTS_COMPUTE="modal"))


@app.function(image=image_for("whisper"), gpu=GPU["whisper"], timeout=3600, volumes=VOLUMES)
def whisper_worker(job_id: str, step: str, request: dict[str, Any]) -> dict[str, Any]:
    """Transcription."""
    return run_here(job_id, step, request)


@app.function(image=image_for("xtts", "chinese", "japanese"), gpu=GPU["training"], timeout=7200, volumes=VOLUMES)
def training_worker(job_id: str, step: str, request: dict[str, Any]) -> dict[str, Any]:
    """Fine-tuning. A run that was broken off keeps its checkpoints on the volume and can be gone on with."""
    return run_here(job_id, step, request)


@app.function(image=image_for("vad", "chinese", "japanese"), timeout=3600, volumes=VOLUMES)
def vad_chunking_worker(job_id: str, step: str, request: dict[str, Any]) -> dict[str, Any]:
    """Decoding, speech detection, cutting, checks: no GPU, since a CPU does an hour of speech in seconds."""
    return run_here(job_id, step, request)


@app.function(image=image_for("xtts", "chinese", "japanese"), gpu=GPU["inference"], timeout=600, volumes=VOLUMES)
def inference_worker(job_id: str, step: str, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Voices and speech: yields `{"sound": bytes}` while it speaks, then `{"result": …}` or `{"error": …}`."""
    from xtts_studio.jobs.modal_step import stream_step

    yield from stream_step(job_id, step, request, queue=events, volumes=list(VOLUMES.values()))
