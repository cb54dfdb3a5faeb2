"""What the passes over a dataset have in common: the request, the recogniser, what is told, what is saved."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from xtts_studio.audio.decode import decode_file
from xtts_studio.audio.mix import Samples
from xtts_studio.audio.resample import resample
from xtts_studio.dataset import store
from xtts_studio.dataset.listing import DOUBTFUL_FLAGS
from xtts_studio.errors import AudioError, InvalidInput, NotFound
from xtts_studio.events import Log, Progress, Report
from xtts_studio.shapes import Chunk, Dataset, TranscribeRequest, TranscribeResult
from xtts_studio.transcription.recogniser import RATE_HZ, Recogniser
from xtts_studio.transcription.saving import Keeper
from xtts_studio.workspace import Workspace

HEARD_FLAGS = frozenset(
    ("no_speech", "first_word_cut", "last_word_cut", "starts_mid_sentence", "ends_mid_sentence", "heard_differently")
)
"""The flags that transcribing gives; those of cutting stay with a chunk whatever is heard."""

DOUBTFUL = DOUBTFUL_FLAGS


@dataclass
class Task:
    """One run over a dataset. `share` is the part of the whole progress that the pass at work has: from, to."""

    request: TranscribeRequest
    name: str
    workspace: Workspace
    report: Report
    recogniser: Recogniser
    hints: str
    result: TranscribeResult
    keeper: Keeper
    share: tuple[float, float] = (0.0, 1.0)
    languages: dict[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return self.keeper.folder

    def chunks(self) -> list[Chunk]:
        """The active chunks that are asked for, in the dataset's order. Raises `NotFound` for an unknown file."""
        return chosen(store.read(self.workspace, self.name), self.request.files)

    def progress(self, done: float, message: str) -> None:
        """Tells how far the pass is, 0 to 1."""
        low, high = self.share
        self.report(Progress(low + (high - low) * min(1.0, done), message))

    def notice(self, text: str) -> None:
        """Something that the person should know, now and in the result."""
        if text not in self.result.notices:
            self.result.notices.append(text)
            self.report(Log(text, "warning"))

    def sound(self, file: str) -> Samples | None:
        """A chunk's sound (n,) at 16 kHz; None, with a notice, where it can't be read."""
        try:
            return read_chunk(self.folder / file)
        except (AudioError, NotFound, OSError) as error:
            self.notice(f"{file} can't be read and was left out: {error}")
            return None

    def language(self, chunk: Chunk, clips: Callable[[], list[Samples]]) -> str:
        """What was asked for, else what the chunk is known to be in, else what its recording sounds like."""
        own = chunk.language if chunk.language and self.recogniser.knows(chunk.language) else None
        known = self.request.language or own or self.languages.get(chunk.recording)
        return known or self.languages.setdefault(chunk.recording, self.recogniser.language_of(clips()))


def chosen(dataset: Dataset, files: list[str] | None) -> list[Chunk]:
    """The active chunks of a dataset, or those that are named. Raises `NotFound`, `InvalidInput` for no choice."""
    if files is None:
        return [chunk for chunk in dataset.chunks if chunk.state == "active"]
    if not files:
        raise InvalidInput("No chunk is named.", hint="Name some in `files`, or leave it out for all.")
    wanted = {store.find_chunk(dataset, file).file for file in files}
    return [chunk for chunk in dataset.chunks if chunk.file in wanted]


def read_chunk(path: Path) -> Samples:
    """A chunk's sound, (n,) at 16 kHz. Raises `AudioError`, `NotFound`."""
    sound = decode_file(path)
    return resample(sound.mono(), sound.sample_rate_hz, RATE_HZ)
