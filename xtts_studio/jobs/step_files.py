"""Which files each step reads and writes, so that a step that runs elsewhere has them there, and they come back.

Units are files or folders, named by their path in the workspace. Published models are named apart: they are fetched
where the step runs, never sent.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from pydantic import BaseModel

from xtts_studio import shapes
from xtts_studio.errors import InvalidInput
from xtts_studio.models.catalogue import BASE, published
from xtts_studio.models.shelf import base_of, whisper_folder
from xtts_studio.workspace import Workspace, check_id, check_name, read_json

_FOLDERS = ("data", "cache", "speakers")


@dataclass
class StepFiles:
    """`reads` are sent before, `writes` too, and come back after; `models` are the published ones that are needed."""

    reads: list[str] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    models: list[str] = field(default_factory=list)

    @property
    def units(self) -> list[str]:
        """All of them, each once, in order."""
        return list(dict.fromkeys([*self.reads, *self.writes]))


Answer = dict[str, Any]
_Find = Callable[[Any, Workspace, Answer], StepFiles]


def step_files(step: str, request: BaseModel, workspace: Workspace, answer: Answer | None = None) -> StepFiles:
    """The files of a step. With its `answer` also those whose names were not known before.

    Raises `InvalidInput` for a request that names something outside the workspace.
    """
    found = FILES[step](request, workspace, answer or {})
    for unit in found.units:
        check_unit(unit)
    return found


def check_unit(path: str) -> str:
    """A path inside the workspace. Raises `InvalidInput` for one that could lead out of it."""
    parts = PurePosixPath(path).parts
    if len(parts) < 2 or parts[0] not in _FOLDERS or ".." in parts or "\\" in path or "\0" in path:
        raise InvalidInput(f"{path[:80]!r} is no path inside the workspace.", hint="Name a file of the workspace.")
    return path


# What things are


def _dataset(name: str) -> str:
    return f"data/datasets/{check_name(name, 'dataset name')}"


def _recording(recording_id: str) -> str:
    return f"data/recordings/{check_id(recording_id, 'recording id')}"


def _voice(name: str) -> str:
    return f"speakers/{check_name(name, 'voice name')}"


def _run(run_id: str) -> str:
    return f"data/runs/{check_id(run_id, 'run id')}"


def _model(name: str) -> str:
    return f"data/models/{check_name(name, 'model name')}"


def _incoming(name: str) -> str:
    return f"data/incoming/{PurePosixPath(name).name}"


def _result(answer: Answer, name: str) -> list[str]:
    """A field of the result, where there is one already."""
    value = (answer.get("result") or {}).get(name)
    return [str(value)] if value else []


def _xtts(name: str, workspace: Workspace) -> tuple[list[str], list[str]]:
    """An XTTS model and what it stands on: the units of fine-tuned ones, the names of published ones."""
    units: list[str] = []
    while name != BASE.name and _model(name) not in units:
        units.append(_model(name))
        name = base_of(workspace.model(name))
    return units, [BASE.name] if name == BASE.name else []


def _whisper(name: str, workspace: Workspace) -> tuple[list[str], list[str]]:
    if published(name) is not None:
        return [], [name]
    return [whisper_folder(workspace, name).relative_to(workspace.home).as_posix()], []


def _with_models(files: StepFiles, *found: tuple[list[str], list[str]]) -> StepFiles:
    for units, names in found:
        files.reads += units
        files.models += [name for name in names if name not in files.models]
    return files


def _recordings_of(dataset: str, workspace: Workspace) -> Iterable[str]:
    """The recordings that a dataset was cut from and that are here."""
    try:
        listed = read_json(workspace.dataset(dataset) / "metadata.json")["recordings"]
        ids = [str(recording["id"]) for recording in listed]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return [_recording(recording_id) for recording_id in ids if workspace.recording(recording_id).is_dir()]


# The steps


def _ingest(request: shapes.IngestRequest, workspace: Workspace, answer: Answer) -> StepFiles:
    return StepFiles(writes=[_incoming(request.incoming), *map(_recording, _result(answer, "id"))])


def _analyze(request: shapes.AnalyzeRequest, workspace: Workspace, answer: Answer) -> StepFiles:
    return StepFiles(writes=[_recording(request.recording_id)])


def _chunk(request: shapes.ChunkRequest, workspace: Workspace, answer: Answer) -> StepFiles:
    return StepFiles(writes=[_recording(request.recording_id), _dataset(request.dataset)])


def _judged(request: Any, workspace: Workspace, answer: Answer) -> StepFiles:
    """A dataset looked at with the eyes of a base model."""
    return _with_models(StepFiles(writes=[_dataset(request.dataset)]), _xtts(request.base_model, workspace))


def _edit_clips(request: shapes.EditClipsRequest, workspace: Workspace, answer: Answer) -> StepFiles:
    return StepFiles(reads=[*_recordings_of(request.dataset, workspace)], writes=[_dataset(request.dataset)])


def _import_dataset(request: shapes.ImportDatasetRequest, workspace: Workspace, answer: Answer) -> StepFiles:
    return StepFiles(writes=[_incoming(request.incoming), _dataset(request.name)])


def _transcribe(request: shapes.TranscribeRequest, workspace: Workspace, answer: Answer) -> StepFiles:
    files = StepFiles(writes=[*map(_recording, request.recording_ids or [])])
    if request.dataset is not None:
        files.reads += _recordings_of(request.dataset, workspace)
        files.writes.append(_dataset(request.dataset))
    return _with_models(files, _whisper(request.whisper_model, workspace))


def _hear(request: shapes.HearRequest, workspace: Workspace, answer: Answer) -> StepFiles:
    return _with_models(StepFiles(writes=[_incoming(request.incoming)]), _whisper(request.whisper_model, workspace))


def _train(request: shapes.TrainRequest, workspace: Workspace, answer: Answer) -> StepFiles:
    run_id = answer.get("run_id") or request.run_id
    files = StepFiles(writes=[_dataset(request.dataset), *(_dataset(share.dataset) for share in request.more_datasets)])
    files.writes += [*([_run(run_id)] if run_id else []), _model(request.name)]
    return _with_models(files, _xtts(request.base_model, workspace))


def _probe(request: shapes.ProbeRequest, workspace: Workspace, answer: Answer) -> StepFiles:
    return _train(request.training, workspace, {})


def _publish(request: shapes.PublishRequest, workspace: Workspace, answer: Answer) -> StepFiles:
    files = StepFiles(reads=[_run(request.run_id)], writes=[_model(request.name)])
    try:
        base = read_json(workspace.run(request.run_id) / "request.json")["request"]["base_model"]
    except (OSError, ValueError, KeyError, TypeError):
        return files
    return _with_models(files, _xtts(base, workspace))


def _export_model(request: shapes.ExportModelRequest, workspace: Workspace, answer: Answer) -> StepFiles:
    files = StepFiles(reads=[_voice(request.speaker)] if request.speaker else [], writes=_result(answer, "file"))
    folder = workspace.model(request.model)
    if (folder / "card.json").is_file():
        files.reads += [_dataset(name) for name in _card_datasets(read_json(folder / "card.json"))]
    return _with_models(files, _xtts(request.model, workspace))


def _card_datasets(card: Any) -> list[str]:
    try:
        return [str(share["name"]) for share in card["datasets"]]
    except (KeyError, TypeError):
        return []


def _spoken(request: Any, workspace: Workspace, answer: Answer) -> StepFiles:
    files = StepFiles(reads=[_voice(request.speaker)] if request.speaker else [])
    return _with_models(files, _xtts(request.model, workspace))


def _clone(request: shapes.CloneRequest, workspace: Workspace, answer: Answer) -> StepFiles:
    clips = [name if "/" in name else _incoming(name) for name in request.files]
    return _with_models(StepFiles(writes=[*clips, _voice(request.name)]), _xtts(request.model, workspace))


def _blend(request: shapes.BlendRequest, workspace: Workspace, answer: Answer) -> StepFiles:
    parts = [_voice(part.speaker) for part in request.parts]
    return StepFiles(reads=parts, writes=[_voice(request.name)], models=[BASE.name])


def _studio_voices(request: BaseModel, workspace: Workspace, answer: Answer) -> StepFiles:
    return StepFiles(models=[BASE.name])


def _add_studio_voice(request: shapes.StudioVoiceRequest, workspace: Workspace, answer: Answer) -> StepFiles:
    return StepFiles(writes=[_voice(request.as_name or request.name)], models=[BASE.name])


def _import_voice(request: shapes.ImportVoiceRequest, workspace: Workspace, answer: Answer) -> StepFiles:
    name = _result(answer, "name") or ([request.name] if request.name else [])
    return StepFiles(writes=[_incoming(request.file), *map(_voice, name)])


def _pull(request: shapes.PullRequest, workspace: Workspace, answer: Answer) -> StepFiles:
    """Nothing: what it fetches stays where it is."""
    return StepFiles()


FILES: dict[str, _Find] = {
    "ingest": _ingest,
    "analyze": _analyze,
    "check": _judged,
    "edit_clips": _edit_clips,
    "xray": _judged,
    "compare_speakers": _judged,
    "import_dataset": _import_dataset,
    "chunk": _chunk,
    "transcribe": _transcribe,
    "hear": _hear,
    "train": _train,
    "probe": _probe,
    "publish": _publish,
    "export_model": _export_model,
    "preview_speech": _spoken,
    "clone": _clone,
    "blend": _blend,
    "studio_voices": _studio_voices,
    "add_studio_voice": _add_studio_voice,
    "import_voice": _import_voice,
    "speak": _spoken,
    "pull": _pull,
}
