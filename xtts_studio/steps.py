"""The table of steps: name, request, result, which worker runs it, and where its function is.

A step is a typed function `run(request, workspace, report) -> result`. It knows nothing of jobs, HTTP or Modal.
Functions are named by a string and imported by the process that runs them, so that this table never imports torch.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel

from xtts_studio import shapes
from xtts_studio.events import Report
from xtts_studio.workspace import Workspace

Role = Literal["vad", "whisper", "training", "inference", "download"]
"""The kinds of worker process; each step belongs to one."""

Run = Callable[[Any, Workspace, Report], BaseModel]


@dataclass(frozen=True)
class Step:
    """One row of the table. `kind` job: durable, with events; call: answered while the caller waits."""

    name: str
    role: Role
    kind: Literal["job", "call"]
    request: type[BaseModel]
    result: type[BaseModel]
    function: str

    def load(self) -> Run:
        """Imports the function; only workers, the command line and Modal functions do."""
        module, _, name = self.function.partition(":")
        run: Run = getattr(importlib.import_module(module), name)
        return run


STEPS: dict[str, Step] = {
    step.name: step
    for step in (
        Step("ingest", "vad", "call", shapes.IngestRequest, shapes.Recording, "xtts_studio.ingest:ingest"),
        Step(
            "analyze", "vad", "call", shapes.AnalyzeRequest, shapes.AnalyzeResult, "xtts_studio.segment.steps:analyze"
        ),
        Step("check", "vad", "call", shapes.CheckRequest, shapes.CheckResult, "xtts_studio.dataset.checks:check"),
        Step("chunk", "vad", "job", shapes.ChunkRequest, shapes.ChunkResult, "xtts_studio.segment.steps:chunk"),
        Step(
            "transcribe",
            "whisper",
            "job",
            shapes.TranscribeRequest,
            shapes.TranscribeResult,
            "xtts_studio.transcribe:transcribe",
        ),
        Step("hear", "whisper", "call", shapes.HearRequest, shapes.HearResult, "xtts_studio.hearing:hear"),
        Step("train", "training", "job", shapes.TrainRequest, shapes.TrainResult, "xtts_studio.training.run:train"),
        Step("clone", "inference", "call", shapes.CloneRequest, shapes.Speaker, "xtts_studio.synthesis.cloning:clone"),
        Step("blend", "inference", "call", shapes.BlendRequest, shapes.Speaker, "xtts_studio.synthesis.blending:blend"),
        Step(
            "studio_voices",
            "inference",
            "call",
            shapes.StudioVoicesRequest,
            shapes.StudioVoices,
            "xtts_studio.synthesis.published_voices:studio_voices",
        ),
        Step(
            "add_studio_voice",
            "inference",
            "call",
            shapes.StudioVoiceRequest,
            shapes.Speaker,
            "xtts_studio.synthesis.published_voices:add_studio_voice",
        ),
        Step(
            "import_voice",
            "inference",
            "call",
            shapes.ImportVoiceRequest,
            shapes.Speaker,
            "xtts_studio.synthesis.importing:import_voice",
        ),
        Step(
            "speak", "inference", "call", shapes.SpeakRequest, shapes.SpeakResult, "xtts_studio.synthesis.steps:speak"
        ),
        Step("pull", "download", "job", shapes.PullRequest, shapes.PullResult, "xtts_studio.library:pull"),
    )
}


def follow_up(name: str, request: BaseModel) -> tuple[str, BaseModel] | None:
    """The job that belongs after a job of `name` has succeeded: transcription after cutting, where it was asked for."""
    if isinstance(request, shapes.ChunkRequest) and name == "chunk" and request.transcribe:
        return "transcribe", shapes.TranscribeRequest(
            dataset=request.dataset, language=request.language, whisper_model=request.whisper_model
        )
    return None
