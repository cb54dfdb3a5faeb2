"""The step `transcribe`: what is said in a dataset's chunks, or in whole recordings."""

from xtts_studio.dataset import store
from xtts_studio.dataset.details import read_details
from xtts_studio.dataset.versions import save_version
from xtts_studio.errors import InvalidInput
from xtts_studio.events import Log, Progress, Report
from xtts_studio.models import find_whisper
from xtts_studio.recordings import get_recording
from xtts_studio.settings import Settings
from xtts_studio.shapes import Chunk, TranscribeRequest, TranscribeResult
from xtts_studio.transcription.channels import name_speakers
from xtts_studio.transcription.listening import listen
from xtts_studio.transcription.loading import load_recogniser
from xtts_studio.transcription.own_words import take_own_words
from xtts_studio.transcription.proof import prove
from xtts_studio.transcription.recogniser import Recogniser
from xtts_studio.transcription.saving import Keeper
from xtts_studio.transcription.task import DOUBTFUL, Task, chosen
from xtts_studio.transcription.whole import transcribe_recordings
from xtts_studio.workspace import Workspace

_LISTENING_SHARE = 0.6  # of the time that hearing and proving take together


def transcribe(request: TranscribeRequest, workspace: Workspace, report: Report) -> TranscribeResult:
    """Writes texts to a dataset's active chunks that have none, or transcribes whole recordings.

    A dataset is saved as it goes: cancelled or killed, it keeps what is done, and the next run does the rest. A text
    that somebody types meanwhile stays. Raises `NotFound`, `ModelMissing`, `InvalidInput`.
    """
    if (request.dataset is None) == (not request.recording_ids):
        raise InvalidInput(
            "Either a dataset or recordings can be transcribed.", hint="Send `dataset` or `recording_ids`, not both."
        )
    folder = find_whisper(workspace, request.whisper_model)
    recordings = [get_recording(workspace, recording_id) for recording_id in request.recording_ids or []]
    if request.dataset is not None:
        chosen(store.read(workspace, request.dataset), request.files)
    report(Progress(0.0, f"Loading {request.whisper_model}"))
    recogniser = load_recogniser(folder, Settings().device)
    result = TranscribeResult(dataset=request.dataset, transcribed=0, notices=list(recogniser.notices))
    for notice in recogniser.notices:
        report(Log(notice, "warning"))
    hints = _hints(request, recogniser, result, report)
    if request.dataset is None:
        return transcribe_recordings(recordings, request.language, hints, workspace, report, recogniser, result)
    keeper = Keeper(workspace, request.dataset)
    return _all_passes(Task(request, request.dataset, workspace, report, recogniser, hints, result, keeper))


def _all_passes(task: Task) -> TranscribeResult:
    request = task.request
    chunks = task.chunks()
    anew = request.overwrite or request.files is not None
    todo = [chunk for chunk in chunks if anew or not chunk.text.strip()]
    _save_texts_of_people(task, todo)
    if len(todo) < len(chunks):
        task.notice(f"{len(chunks) - len(todo)} chunks have a text already and were left as they are.")
    task.share = (0.0, _LISTENING_SHARE if request.prove else 1.0)
    listen(task, todo)
    if request.prove:
        task.share = (_LISTENING_SHARE, 1.0)
        heard = {chunk.file for chunk in todo}
        prove(task, [chunk for chunk in task.chunks() if chunk.file in heard or _unproven(task, chunk)])
    if request.own_transcript:
        take_own_words(task)
    if request.speakers_by_channel:
        name_speakers(task)
    active = [chunk for chunk in store.read(task.workspace, task.name).chunks if chunk.state == "active"]
    task.result.doubtful = sum(bool(DOUBTFUL & set(chunk.flags)) for chunk in active)
    return task.result


def _save_texts_of_people(task: Task, todo: list[Chunk]) -> None:
    """What somebody typed or brought along is not lost by transcribing anew: a version of the dataset keeps it."""
    own = [chunk for chunk in todo if chunk.text.strip() and chunk.text_source in ("typed", "imported")]
    if own:
        version = save_version(task.workspace, task.name, "Before transcribing anew")
        task.notice(
            f"{len(own)} typed or imported text{'s are' if len(own) > 1 else ' is'} replaced by what is heard; "
            f"version {version.id} of the dataset keeps {'them' if len(own) > 1 else 'it'}."
        )


def _unproven(task: Task, chunk: Chunk) -> bool:
    return bool(chunk.text.strip()) and read_details(task.folder, chunk.file).proof is None


def _hints(request: TranscribeRequest, recogniser: Recogniser, result: TranscribeResult, report: Report) -> str:
    """The hints as far as the recogniser reads them, in one line."""
    hints = " ".join(request.hints.split())
    used = recogniser.hints_used(hints)
    if used < len(hints):
        notice = f"The hints are too long; Whisper reads them up to “{hints[max(0, used - 40) : used]}”."
        result.notices.append(notice)
        report(Log(notice, "warning"))
    return hints[:used]
