"""The third pass over a dataset: chunks of a recording that has a transcript of its own get their words from there."""

from pathlib import Path

from xtts_studio.dataset import store
from xtts_studio.dataset.details import read_details
from xtts_studio.errors import StudioError
from xtts_studio.recordings import get_recording
from xtts_studio.shapes import Chunk, OwnTranscript
from xtts_studio.transcription.sharing import Share, Shared, share_out
from xtts_studio.transcription.task import Task
from xtts_studio.transcription.transcripts import find_transcript
from xtts_studio.transcription.verdict import LEAST_AGREEMENT, punctuated

LEAST_IN_COMMON = 0.3
"""Share of the heard words that a transcript has to have; else it is another recording's."""

_SHOWN = 5
_DIFFERENT = "heard_differently"
_OF_SENTENCES = ("starts_mid_sentence", "ends_mid_sentence")


def take_own_words(task: Task) -> None:
    """Puts the words of own transcripts into the chunks in which they were heard, but not over what somebody typed.

    What was written but not heard, or heard otherwise, is flagged and told of.
    """
    known = [chunk for chunk in store.read(task.workspace, task.name).chunks if chunk.state == "active"]
    chosen = {chunk.file for chunk in task.chunks()}
    for recording_id in dict.fromkeys(chunk.recording for chunk in known if chunk.file in chosen):
        transcript = _transcript(task, recording_id)
        if transcript is not None:
            chunks = [chunk for chunk in known if chunk.recording == recording_id]
            task.progress(1.0, f"Aligning {transcript.name}")
            _take(task, transcript, sorted(chunks, key=lambda chunk: (chunk.start_s, chunk.end_s)), chosen)
    task.keeper.save()


def _transcript(task: Task, recording_id: str) -> OwnTranscript | None:
    try:
        get_recording(task.workspace, recording_id)
        return find_transcript(task.workspace, recording_id)
    except StudioError:
        return None


def _take(task: Task, transcript: OwnTranscript, chunks: list[Chunk], chosen: set[str]) -> None:
    words = [read_details(task.folder, chunk.file).words for chunk in chunks]
    language = next((chunk.language for chunk in chunks if chunk.language), None)
    shared = share_out(transcript.cues, chunks, words, language)
    if shared.common < LEAST_IN_COMMON:
        task.notice(
            f"{transcript.name} has little in common with what is heard ({shared.common:.0%} of the words), "
            "so the heard words were kept."
        )
        return
    marks = punctuated([cue.text for cue in transcript.cues])
    differing = [
        share.chunk.file
        for share in shared.shares
        if share.chunk.file in chosen and _give(task, share, language, marks)
    ]
    _tell(task, transcript, shared, differing)


def _give(task: Task, share: Share, language: str | None, marks: bool) -> bool:
    """Gives a chunk its words; true where they differ from what was heard."""
    if share.chunk.text_source not in ("heard", "imported"):
        return False
    missing = not share.text
    differs = missing or share.doubtful or share.agreement(language) < LEAST_AGREEMENT
    proof = read_details(task.folder, share.chunk.file).proof
    unsure = proof is not None and proof.in_context != "" and proof.agreement < LEAST_AGREEMENT

    def change(now: Chunk) -> Chunk | None:
        if now.text_source not in ("heard", "imported"):
            return None
        flags = [
            flag for flag in now.flags if flag != _DIFFERENT and (missing or not marks or flag not in _OF_SENTENCES)
        ]
        if not missing and marks:
            flags += [
                flag
                for flag, is_so in zip(_OF_SENTENCES, (share.begins_within, share.ends_within), strict=True)
                if is_so
            ]
        text = {} if missing else {"text": share.text, "text_source": "imported"}
        speaker = {"speaker": share.speaker} if share.speaker else {}
        return now.model_copy(update={**text, **speaker, "flags": flags + [_DIFFERENT] * (differs or unsure)})

    task.keeper.later(share.chunk.file, change)
    task.result.from_transcript += not missing
    return differs


def _tell(task: Task, transcript: OwnTranscript, shared: Shared, differing: list[str]) -> None:
    name = transcript.name
    if differing:
        task.notice(f"{len(differing)} chunks are heard otherwise than {name} has them: {_some(differing)}.")
    for words, before, after in shared.unheard[:_SHOWN]:
        task.notice(
            f"Nobody was heard saying this of {name}, "
            f"between {Path(before).name} and {Path(after).name}: “{words[:300]}”."
        )
    if len(shared.unheard) > _SHOWN:
        task.notice(f"In {len(shared.unheard) - _SHOWN} more places, words of {name} were not heard.")
    if shared.outside > 0:
        task.notice(f"{shared.outside} words of {name} belong to parts of the recording that are in no chunk.")


def _some(files: list[str]) -> str:
    names = [Path(file).name for file in files[:_SHOWN]]
    return ", ".join(names) + (" …" if len(files) > _SHOWN else "")
