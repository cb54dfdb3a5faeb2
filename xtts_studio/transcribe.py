"""The step `transcribe`: what is said in a dataset's chunks, or in whole recordings, by faster-whisper."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import ctranslate2
import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.transcribe import Segment

from xtts_studio.audio.decode import MOST_IN_MEMORY, decode_file, mono_blocks
from xtts_studio.audio.mix import Samples
from xtts_studio.audio.resample import resample
from xtts_studio.dataset import store
from xtts_studio.errors import AudioError, CheckpointError, InvalidInput, NotFound, TooLarge
from xtts_studio.events import Log, Progress, Report
from xtts_studio.library import find_whisper
from xtts_studio.recordings import get_recording, original_path
from xtts_studio.settings import Settings
from xtts_studio.shapes import Chunk, Recording, TranscribeRequest, TranscribeResult, Transcript, Word
from xtts_studio.workspace import Workspace

RATE_HZ = 16_000

_SAVE_EVERY_S = 2.0
_DETECTION_CLIPS = 5
_VAD = {"threshold": 0.35, "min_silence_duration_ms": 2000, "speech_pad_ms": 400}
"""Only long silences and clips without any speech are left out: words at the edges of a short clip matter."""

_TO_WHISPER = {"zh-cn": "zh"}
_FROM_WHISPER = {"zh": "zh-cn"}


@dataclass(frozen=True)
class Heard:
    """What was heard in a piece of sound. `confidence` is the mean probability of its words."""

    text: str
    language: str
    words: list[Word]
    confidence: float | None


def transcribe(request: TranscribeRequest, workspace: Workspace, report: Report) -> TranscribeResult:
    """Writes texts to a dataset's active chunks that have none, or transcribes whole recordings.

    A dataset is saved as it goes: cancelled, it keeps what is done. A text that somebody types meanwhile stays. Chunks
    in which nothing is heard get the flag `no_speech`. Raises `NotFound`, `ModelMissing`, `InvalidInput`.
    """
    if (request.dataset is None) == (not request.recording_ids):
        raise InvalidInput(
            "Either a dataset or recordings can be transcribed.", hint="Send `dataset` or `recording_ids`, not both."
        )
    folder = find_whisper(workspace, request.whisper_model)
    report(Progress(0.0, f"Loading {request.whisper_model}"))
    recogniser = load_recogniser(folder, Settings().device)
    for notice in recogniser.notices:
        report(Log(notice, "warning"))
    if request.dataset is not None:
        return _Transcription(request, request.dataset, workspace, report, recogniser).run()
    recordings = [get_recording(workspace, recording_id) for recording_id in request.recording_ids or []]
    return _transcribe_recordings(recordings, request, workspace, report, recogniser)


class Recogniser:
    """A Whisper model in memory. `notices` tells where it doesn't run as it was asked to."""

    def __init__(self, model: WhisperModel, notices: tuple[str, ...] = ()) -> None:
        self._model = model
        self.notices = notices

    def hear(
        self, samples: Samples, language: str | None = None, on_time: Callable[[float], None] | None = None
    ) -> Heard:
        """The words in mono samples (n,) at 16 kHz. `on_time` hears of the seconds that are done."""
        segments, found = self.segments(samples, language)
        texts: list[str] = []
        words: list[Word] = []
        for segment in segments:
            texts.append(segment.text)
            words += words_of(segment)
            if on_time:
                on_time(segment.end)
        confidence = round(sum(word.probability for word in words) / len(words), 4) if words else None
        return Heard(" ".join("".join(texts).split()), found, words, confidence)

    def segments(
        self, samples: Samples, language: str | None = None, **options: object
    ) -> tuple[Iterable[Segment], str]:
        """What is heard, found while it is read, and the language. `options` are those of faster-whisper."""
        segments, info = self._model.transcribe(
            _full_level(samples),
            language=self._code(language),
            word_timestamps=True,
            condition_on_previous_text=False,  # else an error in one place is carried through the rest
            vad_filter=True,
            vad_parameters=dict(_VAD),
            **options,
        )
        return segments, _FROM_WHISPER.get(info.language, info.language)

    def knows(self, language: str) -> bool:
        """Can this language be heard? A model of one language takes every text for that."""
        return not self._model.model.is_multilingual or self._code(language) in self._model.supported_languages

    def language_of(self, clips: list[Samples]) -> str:
        """The language that fits several clips of one speaker best; one short clip alone is easily mistaken."""
        if not self._model.model.is_multilingual:
            return "en"
        scores: Counter[str] = Counter()
        for clip in clips:
            scores.update(dict(self._model.detect_language(_full_level(clip))[2]))
        best = scores.most_common(1)[0][0]
        return _FROM_WHISPER.get(best, best)

    def _code(self, language: str | None) -> str | None:
        if not self._model.model.is_multilingual:
            return "en"
        return _TO_WHISPER.get(language, language) if language else None


def _full_level(samples: Samples) -> Samples:
    """Quiet recordings are heard as well as loud ones."""
    peak = float(np.abs(samples).max(initial=0.0))
    return samples * np.float32(0.9 / peak) if peak > 0 else samples


def words_of(segment: Segment) -> list[Word]:
    """The words of what was heard."""
    return [
        Word(
            word=word.word.strip(),
            start_s=round(float(word.start), 3),
            end_s=round(float(word.end), 3),
            probability=round(float(word.probability), 4),
        )
        for word in segment.words or []
    ]


@lru_cache(maxsize=1)
def load_recogniser(folder: Path, device: str) -> Recogniser:
    """The Whisper model in a folder; kept, so that a worker loads it once. Raises `CheckpointError`.

    `device` auto: the GPU where there is one that works, else the processor with 8-bit weights.
    """
    gpu = device.startswith("cuda") or (device == "auto" and ctranslate2.get_cuda_device_count() > 0)
    if gpu:
        try:
            return Recogniser(_on_gpu(folder, int(device.partition(":")[2] or 0)))
        except (RuntimeError, ValueError) as error:
            notice = f"Speech is recognised on the processor, since the GPU can't be used: {error}"
            return Recogniser(_on_processor(folder), (notice,))
    return Recogniser(_on_processor(folder))


def _on_gpu(folder: Path, index: int) -> WhisperModel:
    model = WhisperModel(str(folder), device="cuda", device_index=index, local_files_only=True)
    list(model.transcribe(np.zeros(RATE_HZ, dtype=np.float32), language="en")[0])  # a missing library shows only now
    return model


def _on_processor(folder: Path) -> WhisperModel:
    try:
        return WhisperModel(str(folder), device="cpu", compute_type="int8", local_files_only=True)
    except (RuntimeError, ValueError, OSError) as error:
        raise CheckpointError(
            f"The Whisper model in {folder.name} can't be loaded: {error}", hint="Fetch the model again."
        ) from error


class _Transcription:
    """One run over a dataset."""

    def __init__(
        self, request: TranscribeRequest, name: str, workspace: Workspace, report: Report, recogniser: Recogniser
    ) -> None:
        self._request, self._name, self._report = request, name, report
        self._workspace, self._recogniser = workspace, recogniser
        self._folder = workspace.dataset(name)
        self._languages: dict[str, str] = {}  # by recording
        self._waiting: list[tuple[Chunk, Heard]] = []
        self._saved_at = time.monotonic()

    def run(self) -> TranscribeResult:
        dataset = store.read(self._workspace, self._name)
        active = [chunk for chunk in dataset.chunks if chunk.state == "active"]
        todo = [chunk for chunk in active if self._request.overwrite or not chunk.text.strip()]
        result = TranscribeResult(dataset=dataset.name, transcribed=0)
        if len(todo) < len(active):
            result.notices.append(f"{len(active) - len(todo)} chunks have a text already and were left as they are.")
        try:
            for index, chunk in enumerate(todo):
                self._report(Progress(index / len(todo), f"Transcribing {index + 1} of {len(todo)}"))
                self._one(chunk, todo, result)
        finally:
            self._save()
        return result

    def _one(self, chunk: Chunk, todo: list[Chunk], result: TranscribeResult) -> None:
        try:
            samples = _read_chunk(self._folder / chunk.file)
        except (AudioError, NotFound, OSError) as error:
            notice = f"{chunk.file} can't be read and was left out: {error}"
            result.notices.append(notice)
            self._report(Log(notice, "warning"))
            return
        heard = self._recogniser.hear(samples, self._language(chunk, todo))
        self._waiting.append((chunk, heard))
        result.transcribed += 1
        result.empty += not heard.text
        result.languages[heard.language] = result.languages.get(heard.language, 0) + 1
        if time.monotonic() - self._saved_at > _SAVE_EVERY_S:
            self._save()
        self._report(Log(f"{Path(chunk.file).name}: {heard.text or '(no words)'}"))

    def _language(self, chunk: Chunk, todo: list[Chunk]) -> str:
        """What was asked for, else what the chunk is known to be in, else what its recording sounds like."""
        known = self._request.language or chunk.language or self._languages.get(chunk.recording)
        if known:
            return known
        files = [self._folder / one.file for one in todo if one.recording == chunk.recording]
        clips = [_read_chunk(path) for path in files[:: max(1, len(files) // _DETECTION_CLIPS)] if path.exists()]
        return self._languages.setdefault(chunk.recording, self._recogniser.language_of(clips[:_DETECTION_CLIPS]))

    def _save(self) -> None:
        """Writes what is waiting; chunks that somebody has edited meanwhile stay as they are."""
        if self._waiting:
            with store.changing(self._workspace, self._name) as dataset:
                chunks = {chunk.file: chunk for chunk in dataset.chunks}
                for before, heard in self._waiting:
                    now = chunks.get(before.file)
                    if now and now.text == before.text:
                        _write_down(now, heard)
                spoken = Counter(chunk.language for chunk in dataset.chunks if chunk.language)
                if dataset.language is None and spoken:
                    dataset.language = spoken.most_common(1)[0][0]
        self._waiting, self._saved_at = [], time.monotonic()


def _write_down(chunk: Chunk, heard: Heard) -> None:
    chunk.text, chunk.language = heard.text, heard.language
    chunk.words, chunk.confidence = heard.words, heard.confidence
    chunk.flags = [flag for flag in chunk.flags if flag != "no_speech"]
    if not heard.text:
        chunk.flags.append("no_speech")


def _read_chunk(path: Path) -> Samples:
    sound = decode_file(path)
    return resample(sound.mono(), sound.sample_rate_hz, RATE_HZ)


def _transcribe_recordings(
    recordings: list[Recording],
    request: TranscribeRequest,
    workspace: Workspace,
    report: Report,
    recogniser: Recogniser,
) -> TranscribeResult:
    result = TranscribeResult(transcribed=0)
    whole_s = sum(recording.duration_s for recording in recordings)
    done_s = 0.0
    for recording in recordings:
        samples = _read_recording(original_path(workspace, recording), recording)
        before_s = done_s

        def on_time(seconds: float, before_s: float = before_s, name: str = recording.name) -> None:
            report(Progress(min(1.0, (before_s + seconds) / whole_s), f"Transcribing {name}"))

        on_time(0.0)
        heard = recogniser.hear(samples, request.language, on_time)
        done_s += recording.duration_s
        result.transcripts.append(
            Transcript(recording_id=recording.id, language=heard.language, text=heard.text, words=heard.words)
        )
        result.transcribed += 1
        result.empty += not heard.text
        result.languages[heard.language] = result.languages.get(heard.language, 0) + 1
    return result


def _read_recording(path: Path, recording: Recording) -> Samples:
    if recording.duration_s * RATE_HZ > MOST_IN_MEMORY:
        raise TooLarge(
            f"{recording.name} is too long to be transcribed in one piece.",
            hint="Cut it into a dataset and transcribe that.",
        )
    return np.concatenate([np.zeros(0, dtype=np.float32), *mono_blocks(path, RATE_HZ, tuple(recording.mix))])
