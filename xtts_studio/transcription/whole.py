"""Whole recordings to texts, without a dataset."""

from pathlib import Path

import numpy as np

from xtts_studio.audio.decode import MOST_IN_MEMORY, mono_blocks
from xtts_studio.audio.mix import Samples
from xtts_studio.errors import TooLarge
from xtts_studio.events import Progress, Report
from xtts_studio.recordings import original_path
from xtts_studio.shapes import Recording, TranscribeResult, Transcript
from xtts_studio.transcription.recogniser import RATE_HZ, Recogniser
from xtts_studio.workspace import Workspace


def transcribe_recordings(
    recordings: list[Recording],
    language: str | None,
    hints: str,
    workspace: Workspace,
    report: Report,
    recogniser: Recogniser,
    result: TranscribeResult,
) -> TranscribeResult:
    """Adds the texts of recordings to `result`. Raises `TooLarge` for one that doesn't fit in memory."""
    whole_s = sum(recording.duration_s for recording in recordings)
    done_s = 0.0
    for recording in recordings:
        samples = _read(original_path(workspace, recording), recording)
        before_s = done_s

        def on_time(seconds: float, before_s: float = before_s, name: str = recording.name) -> None:
            report(Progress(min(1.0, (before_s + seconds) / whole_s), f"Transcribing {name}"))

        on_time(0.0)
        heard = recogniser.hear(samples, language, on_time, hints)
        done_s += recording.duration_s
        result.transcripts.append(
            Transcript(recording_id=recording.id, language=heard.language, text=heard.text, words=heard.words)
        )
        result.transcribed += 1
        result.empty += not heard.text
        result.languages[heard.language] = result.languages.get(heard.language, 0) + 1
    return result


def _read(path: Path, recording: Recording) -> Samples:
    if recording.duration_s * RATE_HZ > MOST_IN_MEMORY:
        raise TooLarge(
            f"{recording.name} is too long to be transcribed in one piece.",
            hint="Cut it into a dataset and transcribe that.",
        )
    return np.concatenate([np.zeros(0, dtype=np.float32), *mono_blocks(path, RATE_HZ, tuple(recording.mix))])
