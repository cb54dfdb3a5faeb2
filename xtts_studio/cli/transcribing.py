"""The verb `transcribe`, and `recordings transcript`: what somebody else wrote down of a recording."""

from pathlib import Path
from typing import Annotated

import typer

from xtts_studio import shapes
from xtts_studio.cli import console
from xtts_studio.errors import InvalidInput
from xtts_studio.workspace import Workspace


def transcribe(
    what: Annotated[str, typer.Argument(help="A dataset, or an audio file.")],
    language: Annotated[str | None, typer.Option(help="Language of the speech; recognised when left out.")] = None,
    whisper_model: Annotated[str, typer.Option(help="Whisper model: tiny, base, small, medium, large-v3, …")] = "base",
    overwrite: Annotated[bool, typer.Option(help="Also chunks that have a text already.")] = False,
    hints: Annotated[str, typer.Option(help="Names and rare words that are said, for their spelling.")] = "",
    own_transcript: Annotated[bool, typer.Option(help="Take the words of a recording's own transcript.")] = True,
    prove: Annotated[bool, typer.Option(help="Prove the cuts, and mend those that cut words.")] = True,
    speakers_by_channel: Annotated[bool, typer.Option(help="Two channels are two speakers.")] = False,
) -> None:
    """Write down what is said: in a dataset's chunks, or in a file (printed to standard output)."""
    workspace = console.workspace()
    common = {"language": language, "whisper_model": whisper_model, "hints": hints}
    if Path(what).is_file():
        transcribe_here(workspace, recording_ids=[console.ingest(Path(what), workspace).id], **common)
        return
    transcribe_here(
        workspace,
        dataset=what,
        overwrite=overwrite,
        own_transcript=own_transcript,
        prove=prove,
        speakers_by_channel=speakers_by_channel,
        **common,
    )


def transcribe_here(workspace: Workspace, **fields: object) -> None:
    """Runs the step `transcribe` with these fields of its request, and prints what came of it."""
    body = console.request(shapes.TranscribeRequest, **fields)
    result: shapes.TranscribeResult = console.run("transcribe", body, workspace, "Transcribing")
    for notice in result.notices:
        console.say(f"Note: {notice}")
    for transcript in result.transcripts:
        console.out.print(transcript.text, markup=False, soft_wrap=True)
    if result.dataset is not None:
        console.out.print(f"{result.transcribed} chunks transcribed{_told(result)}.", markup=False)


def _told(result: shapes.TranscribeResult) -> str:
    languages = ", ".join(f"{count} {name}" for name, count in result.languages.items())
    counts = (
        (result.empty, "without words"),
        (result.from_transcript, "from the transcript"),
        (result.proven, "proven"),
        (result.mended, "mended"),
        (result.doubtful, "doubtful"),
    )
    told = "".join(f", {count} {what}" for count, what in counts if count)
    return (f" ({languages})" if languages else "") + told


def transcript(
    recording: Annotated[str, typer.Argument(help="The id of a recording, or an audio file.")],
    file: Annotated[Path | None, typer.Argument(help="TXT, SRT, VTT or CSV; shown when left out.")] = None,
    delete: Annotated[bool, typer.Option("--delete", help="Forget the recording's transcript.")] = False,
) -> None:
    """Give a recording a transcript of its own: its chunks get their words from there."""
    from xtts_studio.recordings import get_recording
    from xtts_studio.transcription import transcripts

    workspace = console.workspace()
    path = Path(recording)
    recording_id = console.ingest(path, workspace).id if path.is_file() else recording
    if delete:
        transcripts.delete_transcript(workspace, recording_id)
        console.out.print("The transcript is forgotten.")
        return
    if file is None:
        for cue in transcripts.get_transcript(workspace, recording_id).cues:
            console.out.print(_shown(cue), markup=False, soft_wrap=True)
        return
    known = get_recording(workspace, recording_id)
    if not file.is_file():
        raise InvalidInput(f"{str(file)!r} is no file.", hint="Name a TXT, SRT, VTT or CSV file.")
    own, notices = transcripts.read_transcript(file.read_bytes(), file.name)
    transcripts.save_transcript(workspace, recording_id, own)
    for notice in notices:
        console.say(f"Note: {notice}")
    words = sum(len(cue.text.split()) for cue in own.cues)
    console.out.print(f"{known.name} has a transcript of {words} words now ({own.format}).", markup=False)


def _shown(cue: shapes.TranscriptCue) -> str:
    if cue.start_s is None or cue.end_s is None:
        return cue.text
    return f"{cue.start_s:9.2f} {cue.end_s:9.2f}  {cue.text}"
