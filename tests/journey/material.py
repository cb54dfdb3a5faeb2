"""What the journey starts from: a recording with known pauses and words, models, and how the texts come about."""

import json
from dataclasses import dataclass
from pathlib import Path

from tests.parity.published import write_published_folder
from tests.recorded import SENTENCES
from tests.shared import ROOT as SHARED, shared
from xtts_studio.sample import RECORDING


@dataclass(frozen=True)
class Sentence:
    """A stretch of speech with known bounds and words."""

    start_s: float
    end_s: float
    text: str


@dataclass(frozen=True)
class Material:
    """The range to cut begins and ends in pauses. `whisper` is None where there is no recogniser: the texts are then
    typed, as a person would."""

    recording: Path
    sentences: list[Sentence]
    start_s: float
    end_s: float
    reference: Path
    whisper: Path | None

    def words_between(self, start_s: float, end_s: float) -> str:
        """What is said in a stretch whose edges lie in pauses."""
        inside = [s.text for s in self.sentences if s.start_s >= start_s - 0.3 and s.end_s <= end_s + 0.3]
        return " ".join(inside)

    def in_speech(self, time_s: float, tolerance_s: float = 0.0) -> Sentence | None:
        """The sentence in whose middle a time falls, if any."""
        for sentence in self.sentences:
            if sentence.start_s + tolerance_s < time_s < sentence.end_s - tolerance_s:
                return sentence
        return None


def shared_material() -> Material:
    """Five minutes of LJ Speech with gaps of known length, and a recogniser that knows these sentences."""
    recording = shared("audio/long/long_en_lj_built.flac")
    known = json.loads(shared("audio/long/long_en_lj_built.json").read_text(encoding="utf-8"))
    rate_hz = known["sample_rate"]
    sentences = [Sentence(s["speech_start"] / rate_hz, s["speech_end"] / rate_hz, s["text"]) for s in known["segments"]]
    return Material(
        recording, sentences, 13.8, 131.1, shared("audio/ljspeech/wavs/LJ001-0001.wav"), shared("models/whisper-lj")
    )


def own_material() -> Material:
    """Our own recording, read by a formant synthesiser, which needs nobody else's material."""
    sentences = [Sentence(s["start_s"], s["end_s"], s["text"]) for s in SENTENCES]
    return Material(RECORDING, sentences, 0.0, 38.0, RECORDING, None)


def tiny_model(folder: Path, material: Material) -> Path:
    """A published-looking XTTS folder with generated weights; our own vocabulary where the material is our own."""
    vocab = SHARED / "parity" / "vocab.json" if material.whisper else None
    return write_published_folder(folder, "tiny", vocab=vocab)
