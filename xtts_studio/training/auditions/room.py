"""Auditions: at each checkpoint the same unseen sentences with the same seeds, spoken, kept and scored.

    room = AuditionRoom(
        run.folder / "auditions", base.folder, tokenizer, held_out, sentences_for(languages, own), seed,
        mel_stats, find_recogniser(workspace), device,
    )
    audition = room.hold(gpt, step=200, epoch=2, eval_loss=3.1, report=report)
    if is_better(audition, best_score, best_eval_loss):
        …

The GPT is the one in training, as it is, on `device`; vocoder and speaker encoder are in memory only while an audition
is held. Nothing of the training is disturbed: weights, gradients, modes and torch's own random numbers are as before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from xtts_studio.errors import StudioError, TextError
from xtts_studio.events import Log, Progress, Report
from xtts_studio.shapes import Audition, AuditionLine
from xtts_studio.text.tokenizer import Tokenizer
from xtts_studio.training.auditions.files import SAMPLE_RATE_HZ, line_file, write_audition, write_reference
from xtts_studio.training.auditions.held_out import HeldOut
from xtts_studio.training.auditions.recognising import RATE_HZ as HEARING_RATE_HZ, Recogniser
from xtts_studio.training.auditions.scores import (
    character_error_rate,
    cosine,
    is_speech,
    mean,
    score,
    silence_share,
    speech_s,
)
from xtts_studio.training.auditions.speaking import Piece, Uttered, let_memory_go, resting, utter, voiced
from xtts_studio.training.material.features import SAMPLE_RATE_HZ as CLIP_RATE_HZ, TrainingClip
from xtts_studio.xtts.checkpoint import load_vocoder
from xtts_studio.xtts.cloning import Clip, speaker_embedding
from xtts_studio.xtts.gpt import Gpt
from xtts_studio.xtts.resample import resample
from xtts_studio.xtts.speaker import SpeakerEncoder
from xtts_studio.xtts.vocoder import Vocoder
from xtts_studio.xtts.voice import Voice

Samples = NDArray[np.float32]
_DECODED, _VOICED = 0.7, 0.85  # shares of an audition's progress


@dataclass(frozen=True)
class _Line:
    """A sentence, and the pieces in which the model speaks it: one, unless it is long."""

    text: str
    language: str
    seed: int
    pieces: list[Piece]


@dataclass(frozen=True)
class _Spoken:
    """samples (n,) at 24 000 Hz, none where nothing came; embedding (512,) of the speaker that is heard in them."""

    samples: Samples
    ended: bool
    embedding: Samples | None


class AuditionRoom:
    """Holds the auditions of one run.

    folder: the run's auditions/. model_folder: the model whose vocoder and speaker encoder are taken. held_out: clips
    to evaluate with, or the last to train on where there are none. sentences: as `sentences_for` gives them. mel_stats
    (80,): on the GPT's device, as is `device`.
    """

    def __init__(
        self,
        folder: Path,
        model_folder: Path,
        tokenizer: Tokenizer,
        held_out: Sequence[TrainingClip],
        sentences: Sequence[tuple[str, str]],
        seed: int,
        mel_stats: Tensor,
        recogniser: Recogniser | None,
        device: torch.device,
    ) -> None:
        self.folder, self.model_folder, self.tokenizer = folder, model_folder, tokenizer
        self.mel_stats, self.recogniser, self.device = mel_stats, recogniser, device
        self._held_out = HeldOut(held_out, tokenizer)
        self._notices: list[str] = []
        self._lines = [
            line
            for number, (text, language) in enumerate(sentences)
            if (line := self._prepared(text, language, (seed + number) % 2**32)) is not None
        ]

    def hold(self, gpt: Gpt, step: int, epoch: int, eval_loss: float | None, report: Report) -> Audition:
        """Lets the checkpoint speak, writes what it says beside its scores, and gives the scores.

        `report` gets progress from 0 to 1, of this audition. What can't be scored, weights that are no numbers or a
        model that says nothing, has the score 0. Raises `Cancelled` (by `report`), `OutOfMemory`, `DiskFull`,
        `DatasetError` where no clip is left to take the voice from; nothing is written then.
        """
        while self._notices:
            report(Log(self._notices.pop(0), "warning"))
        report(Progress(0.0, f"Audition at step {step}"))
        voice, spoken = self._speak(gpt, step, report)
        heard = self._hear(spoken, report)
        lines = self._measured_all(spoken, heard, voice)
        audition = Audition(
            step=step,
            epoch=epoch,
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
            lines=lines,
            eval_loss=eval_loss if eval_loss is not None and np.isfinite(eval_loss) else None,
            similarity=mean(line.similarity for line in lines),
            cer=mean(line.cer for line in lines),
            pace=mean(line.pace for line in lines),
            silence=mean(line.silence for line in lines),
            score=score(lines, self._held_out.silence),
        )
        report(Progress(1.0, f"Audition at step {step}: score {audition.score:.2f}"))
        write_reference(self.folder, self._held_out.reference, CLIP_RATE_HZ)
        write_audition(self.folder, audition, [one.samples for one in spoken])
        return audition

    def _prepared(self, text: str, language: str, seed: int) -> _Line | None:
        """None, and a notice, for a sentence that this model's vocabulary can't speak."""
        try:
            parts = self.tokenizer.split(text, language)
            spelled = [part.lower() if language == "ja" else part for part in parts]  # as in `Xtts.text_ids`
            pieces = [
                Piece(self.tokenizer.encode(part.strip(), language), seed, place) for place, part in enumerate(spelled)
            ]
        except TextError as error:
            self._notices.append(f"A sentence of the audition can't be spoken: {error.message}")
            return None
        return _Line(text, language, seed, pieces) if pieces else None

    def _speak(self, gpt: Gpt, step: int, report: Report) -> tuple[Voice, list[_Spoken]]:
        """The voice (its embedding is the mean of the held-out clips'), and each line in it."""
        vocoder = load_vocoder(self.model_folder).to(self.device)
        try:
            with resting(gpt):
                voice = self._held_out.voice(gpt, vocoder.speaker_encoder, self.mel_stats)
                pieces = [piece for line in self._lines for piece in line.pieces]
                what = f"Audition at step {step}: speaking {len(self._lines)} sentences"
                uttered = utter(gpt, voice, pieces, lambda share: report(Progress(_DECODED * share, what)))
            return voice, self._voice_lines(vocoder, voice, uttered, report)
        finally:
            del vocoder
            let_memory_go(self.device)

    def _voice_lines(self, vocoder: Vocoder, voice: Voice, uttered: Sequence[Uttered], report: Report) -> list[_Spoken]:
        rest, spoken = list(uttered), list[_Spoken]()
        for line in self._lines:
            done = _DECODED + (_VOICED - _DECODED) * len(spoken) / len(self._lines)
            report(Progress(done, f"Listening to sentence {len(spoken) + 1} of {len(self._lines)}"))
            own, rest = rest[: len(line.pieces)], rest[len(line.pieces) :]
            samples = voiced(vocoder, voice, own)
            embedding = _embedding(vocoder.speaker_encoder, samples) if is_speech(samples) else None
            spoken.append(_Spoken(samples, all(one.ended for one in own), embedding))
        return spoken

    def _hear(self, spoken: Sequence[_Spoken], report: Report) -> list[str | None]:
        """What a recogniser hears; nothing known where there is none, or where it fails."""
        heard: list[str | None] = [None] * len(spoken)
        if self.recogniser is None:
            return heard
        report(Progress(_VOICED, "Listening to what was said"))
        audible = [number for number, one in enumerate(spoken) if one.embedding is not None]
        sounds = [_resampled(spoken[number].samples, HEARING_RATE_HZ) for number in audible]
        try:
            found = self.recogniser(sounds, [self._lines[number].language for number in audible])
        except (StudioError, RuntimeError, ValueError, OSError, ImportError) as error:
            report(Log(f"What was said in the audition could not be recognised: {error}", "warning"))
            return heard
        for number, text in zip(audible, found, strict=True):
            heard[number] = text
        return heard

    def _measured_all(self, spoken: Sequence[_Spoken], heard: Sequence[str | None], voice: Voice) -> list[AuditionLine]:
        together = zip(self._lines, spoken, heard, strict=True)
        return [self._measured(*told, number, voice) for number, told in enumerate(together, start=1)]

    def _measured(self, line: _Line, spoken: _Spoken, heard: str | None, number: int, voice: Voice) -> AuditionLine:
        audible = spoken.embedding is not None
        told = AuditionLine(
            text=line.text,
            language=line.language,
            seed=line.seed,
            file=line_file(number),
            duration_s=round(len(spoken.samples) / SAMPLE_RATE_HZ, 3),
            ended=spoken.ended and audible,
        )
        if spoken.embedding is None:
            return told
        return told.model_copy(
            update={
                "similarity": cosine(spoken.embedding, voice.speaker_embedding.flatten().numpy()),
                "heard": heard,
                "cer": None if heard is None else character_error_rate(line.text, heard, line.language),
                "pace": self._pace(line, spoken.samples),
                "silence": silence_share(spoken.samples, SAMPLE_RATE_HZ),
            }
        )

    def _pace(self, line: _Line, samples: Samples) -> float | None:
        ids = [number for piece in line.pieces for number in piece.ids]
        own, seconds = self._held_out.pace(ids[0]), speech_s(samples, SAMPLE_RATE_HZ)
        return self.tokenizer.letters(ids) / seconds / own if own and seconds > 0 else None


def _embedding(encoder: SpeakerEncoder, samples: Samples) -> Samples:
    found: Samples = (
        speaker_embedding(encoder, Clip(torch.from_numpy(samples)[None], SAMPLE_RATE_HZ)).flatten().cpu().numpy()
    )
    return found


def _resampled(samples: Samples, rate_hz: int) -> Samples:
    found: Samples = resample(torch.from_numpy(samples), SAMPLE_RATE_HZ, rate_hz).numpy()
    return found
