"""XTTS Studio on Modal: decorators around the same steps. Deploy with `modal deploy modal/app.py` from the repository.

There is no `__init__.py` in this folder: with one, `import modal` would find it instead of the SDK.
"""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import modal

from xtts_studio.settings import ModalSettings

ROOT = Path(__file__).resolve().parent.parent
EXTRAS: dict[str, tuple[str, ...]] = {
    "api": ("modal", "parquet"),
    "whisper": ("whisper", "vad", "chinese", "japanese"),  # proving cuts finds speech, one's own words are cleaned
    "vad": ("vad", "chinese", "japanese", "parquet"),
    "training": ("xtts", "whisper", "chinese", "japanese"),  # auditions are heard
    "inference": ("xtts", "chinese", "japanese"),
}
"""What each image has beside our dependencies, as pyproject.toml names it."""
IGNORED = ("**/__pycache__", "**/dist.*")
WITHOUT_DEPENDENCIES = ("silero-vad",)
"""Asks for torch, of which we use nothing: its model runs in onnxruntime."""
HOME = "/studio"
CONSTRAINTS = "/tmp/constraints.txt"
ENVIRONMENT = {"XTTS_HOME": HOME, "XTTS_COMPUTE": "modal"}
CHOSEN = ModalSettings()

app = modal.App("xtts-studio")
data = modal.Volume.from_name("xtts-finetune-data", create_if_missing=True)
cache = modal.Volume.from_name("xtts-model-cache", create_if_missing=True)
speakers = modal.Volume.from_name("xtts-speakers", create_if_missing=True)
events = modal.Queue.from_name("xtts-events", create_if_missing=True)
login = modal.Secret.from_name("xtts-auth", required_keys=["JWT_SECRET", "AUTH_PASSWORD"])

VOLUMES: dict[str, Any] = {f"{HOME}/data": data, f"{HOME}/cache": cache, f"{HOME}/speakers": speakers}
EVERYWHERE: dict[str, Any] = {"volumes": VOLUMES, "region": CHOSEN.region}


def image_for(role: str) -> modal.Image:
    """An image with what a role imports, at our pinned versions, and our code on top of it."""
    image = modal.Image.debian_slim("3.11").apt_install("libsndfile1")
    if modal.is_local():
        image = image.add_local_file(ROOT / "constraints.txt", CONSTRAINTS, copy=True)
    whole, alone = requirements(*EXTRAS[role])
    image = image.uv_pip_install(*whole, extra_options=f"-c {CONSTRAINTS}")
    if alone:
        image = image.uv_pip_install(*alone, extra_options="--no-deps")
    return image.env(ENVIRONMENT).add_local_dir(ROOT / "xtts_studio", "/root/xtts_studio", ignore=IGNORED)


def requirements(*extras: str) -> tuple[list[str], list[str]]:
    """Our dependencies for these extras, and those that come alone; none in a container, which has them."""
    if not modal.is_local():
        return [], []
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    found = list(project["dependencies"])
    for extra in extras:
        found += project["optional-dependencies"][extra]
    alone = [one for one in dict.fromkeys(found) if one.startswith(WITHOUT_DEPENDENCIES)]
    return [one for one in dict.fromkeys(found) if one not in alone], alone


def run_here(job_id: str, step: str, request: dict[str, Any]) -> dict[str, Any]:
    from xtts_studio.jobs.modal_step import run_step

    return run_step(job_id, step, request, queue=events, volumes=list(VOLUMES.values()))


@app.function(image=image_for("api"), secrets=[login], max_containers=1, timeout=CHOSEN.timeout_api_s, **EVERYWHERE)
@modal.concurrent(max_inputs=100)
@modal.asgi_app()
def api() -> Any:
    """The page and the API; no torch in this image. One container: it alone has the database."""
    from xtts_studio.server.hosted import hosted_app
    from xtts_studio.settings import Settings

    return hosted_app(Settings(XTTS_HOST="0.0.0.0", XTTS_COMPUTE="modal"), data.commit)


@app.function(image=image_for("whisper"), gpu=CHOSEN.gpu_whisper, timeout=CHOSEN.timeout_whisper_s, **EVERYWHERE)
def whisper_worker(job_id: str, step: str, request: dict[str, Any]) -> dict[str, Any]:
    """Transcription."""
    return run_here(job_id, step, request)


@app.function(
    image=image_for("training"),
    gpu=CHOSEN.gpu_training,
    timeout=CHOSEN.timeout_training_s,
    retries=modal.Retries(max_retries=CHOSEN.retries_training, initial_delay=1.0, backoff_coefficient=1.0),
    single_use_containers=True,  # the GPU's memory is empty, and no file of another run is open
    **EVERYWHERE,
)
def training_worker(job_id: str, step: str, request: dict[str, Any]) -> dict[str, Any]:
    """Fine-tuning. Pre-empted or crashed it is run again, and goes on from its last checkpoint on the volume."""
    return run_here(job_id, step, request)


@app.function(
    image=image_for("vad"),
    gpu=CHOSEN.gpu_vad,
    timeout=CHOSEN.timeout_vad_s,
    **EVERYWHERE,
)
def vad_chunking_worker(job_id: str, step: str, request: dict[str, Any]) -> dict[str, Any]:
    """Decoding, speech detection, cutting, checks; no GPU unless one is asked for: a CPU does an hour in seconds."""
    return run_here(job_id, step, request)


@app.cls(
    image=image_for("inference"),
    gpu=CHOSEN.gpu_inference,
    timeout=CHOSEN.timeout_inference_s,
    scaledown_window=CHOSEN.idle_inference_s,
    enable_memory_snapshot=True,
    **EVERYWHERE,
)
@modal.concurrent(max_inputs=CHOSEN.inputs_inference)
class inference_worker:
    """Voices and speech. The model stays loaded as long as the container lives; many are spoken to at once."""

    @modal.enter(snap=True)
    def import_all(self) -> None:
        """What takes seconds and is the same each time; no GPU is there, and none may be asked for."""
        from xtts_studio.steps import STEPS

        for step in STEPS.values():
            if step.role == "inference":
                step.load()

    @modal.method()
    def stream(self, job_id: str, step: str, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Yields `{"sound": bytes}` while it speaks, then `{"result": …}` or `{"error": …}`."""
        from xtts_studio.jobs.modal_step import stream_step

        yield from stream_step(job_id, step, request, queue=events, volumes=list(VOLUMES.values()))


@app.function(image=image_for("vad"), timeout=CHOSEN.timeout_vad_s, **EVERYWHERE)
def fill_cache(whisper: str = "base", accept_licence: bool = False) -> None:
    """Fetches XTTS v2 and a Whisper model once: `modal run modal/app.py::fill_cache --accept-licence`."""
    for request in ({"name": "xtts-v2", "accept_licence": accept_licence}, {"name": whisper}):
        answer = run_here(uuid.uuid4().hex, "pull", request)
        if "error" in answer:
            raise RuntimeError("{message} {hint}".format_map(answer["error"]))
