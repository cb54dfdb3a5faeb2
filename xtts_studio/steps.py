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
        Step(
            "edit_clips",
            "vad",
            "call",
            shapes.EditClipsRequest,
            shapes.EditClipsResult,
            "xtts_studio.dataset.editing:edit_clips",
        ),
        Step("xray", "vad", "job", shapes.XrayRequest, shapes.XrayResult, "xtts_studio.dataset.xray:xray"),
        Step(
            "compare_speakers",
            "training",
            "job",
            shapes.CompareSpeakersRequest,
            shapes.XrayResult,
            "xtts_studio.dataset.speakers:compare_speakers",
        ),
        Step(
            "import_dataset",
            "vad",
            "job",
            shapes.ImportDatasetRequest,
            shapes.ImportDatasetResult,
            "xtts_studio.dataset.exchange.importing:import_dataset",
        ),
        Step("chunk", "vad", "job", shapes.ChunkRequest, shapes.ChunkResult, "xtts_studio.segment.steps:chunk"),
        Step(
            "transcribe",
            "whisper",
            "job",
            shapes.TranscribeRequest,
            shapes.TranscribeResult,
            "xtts_studio.transcription.job:transcribe",
        ),
        Step("hear", "whisper", "call", shapes.HearRequest, shapes.HearResult, "xtts_studio.hearing:hear"),
        Step("train", "training", "job", shapes.TrainRequest, shapes.TrainResult, "xtts_studio.training.run:train"),
        Step("probe", "training", "job", shapes.ProbeRequest, shapes.Forecast, "xtts_studio.training.plan.probe:probe"),
        Step(
            "publish",
            "training",
            "job",
            shapes.PublishRequest,
            shapes.PublishResult,
            "xtts_studio.training.publishing:publish",
        ),
        Step(
            "export_model",
            "training",
            "job",
            shapes.ExportModelRequest,
            shapes.ExportModelResult,
            "xtts_studio.export.steps:export_model",
        ),
        Step(
            "preview_speech",
            "vad",
            "call",
            shapes.PreviewSpeechRequest,
            shapes.SpeechPreview,
            "xtts_studio.synthesis.preview:preview_speech",
        ),
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
        Step("pull", "download", "job", shapes.PullRequest, shapes.PullResult, "xtts_studio.models:pull"),
    )
}


def follow_up(name: str, request: BaseModel) -> tuple[str, BaseModel] | None:
    """The job that belongs after a job of `name` has succeeded: transcription after cutting, where it was asked for;
    after an x-ray the comparison of speakers, which needs a model and so another worker."""
    if isinstance(request, shapes.ChunkRequest) and name == "chunk" and request.transcribe:
        passed_on = request.model_dump(include=set(shapes.TranscribeRequest.model_fields))
        return "transcribe", shapes.TranscribeRequest.model_validate(passed_on)
    if isinstance(request, shapes.XrayRequest) and name == "xray":
        return "compare_speakers", shapes.CompareSpeakersRequest(**request.model_dump())
    return None
