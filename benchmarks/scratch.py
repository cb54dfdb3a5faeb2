"""The making of a small XTTS from nothing but recordings, part by part, in any size."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from benchmarks.scratch_codes import measured_mel_stats, train_dvae
from benchmarks.scratch_model import LANGUAGE, Scale, new_network, write_vocabulary
from benchmarks.scratch_sound import fit_speaker_encoder, fit_vocoder, taught_latents
from xtts_studio.dataset.split import split
from xtts_studio.events import ignore
from xtts_studio.models.shelf import base_folder
from xtts_studio.shapes import Chunk, Dataset, TrainRequest
from xtts_studio.training.auditions.speaking import Piece, utter, voiced
from xtts_studio.training.loop.learned import GPT_FILE
from xtts_studio.training.material.features import SAMPLE_RATE_HZ, TrainingClip, read_wave
from xtts_studio.training.preparing import prepare
from xtts_studio.workspace import Workspace, write_json
from xtts_studio.xtts.checkpoint import load_dvae, load_network, load_vocoder, save_network
from xtts_studio.xtts.cloning import Clip, speaker_embedding
from xtts_studio.xtts.mel import conditioning_mel
from xtts_studio.xtts.resample import resample
from xtts_studio.xtts.speaker import SpeakerEncoder
from xtts_studio.xtts.vocoder import SAMPLE_RATE_HZ as SPOKEN_HZ
from xtts_studio.xtts.voice import Voice

DATASET = "scratch"
PROMPT_SAMPLES = 6 * SAMPLE_RATE_HZ
NOISE_S = 4


class Recording(NamedTuple):
    """wave: (samples,) at 22 050 Hz."""

    path: Path
    text: str
    wave: Tensor


def read_recordings(folder: Path) -> list[Recording]:
    """The clips of a folder in LJSpeech's form, metadata.csv (id|text|…) and wavs/; without it all sounds."""
    table = folder / "metadata.csv"
    if table.exists():
        rows = [line.split("|") for line in table.read_text(encoding="utf-8").splitlines() if line.strip()]
        named = [(folder / "wavs" / f"{row[0]}.wav", row[1]) for row in rows]
    else:
        named = [(path, "") for path in sorted(folder.iterdir()) if path.suffix in (".wav", ".flac", ".ogg")]
    return [Recording(path, text, read_wave(path)) for path, text in named]


class Scratch:
    """A workspace in `home` with a dataset of the recordings, in which a model is made and trained."""

    def __init__(self, home: Path, recordings: Sequence[Recording], scale: Scale, device: str, seed: int) -> None:
        self.workspace, self.recordings, self.scale = Workspace(home), list(recordings), scale
        self.device, self.seed = device, seed
        self.chunks = self._write_dataset()

    def make_base(self, dvae_steps: int, others: Sequence[Tensor], eval_fraction: float) -> None:
        """The base model: a DVAE of the recordings, a speaker encoder that tells their voice from `others` (and from
        noise; where there are any), and a GPT and a vocoder that can do nothing yet."""
        learned, _ = split(self.chunks, eval_fraction)
        names = {Path(chunk.file).name for chunk in learned}
        waves = [one.wave for one in self.recordings if one.path.name in names]
        stats = measured_mel_stats(waves)
        scale = self.scale
        dvae = train_dvae(
            waves,
            stats,
            codes=scale.codes,
            width=scale.width,
            hidden=scale.hidden,
            steps=dvae_steps,
            device=self.device,
        )
        network = new_network(scale.config(), self.seed)
        network.mel_stats.copy_(stats)
        if others:
            voices = [waves, *([wave] for wave in others), _noises()]
            fit_speaker_encoder(network.hifigan_decoder.speaker_encoder, voices, SAMPLE_RATE_HZ)
        base = base_folder(self.workspace)
        base.parent.mkdir(parents=True, exist_ok=True)
        save_network(base, network, write_vocabulary(base.with_name("vocab.json")), dvae=dvae)

    def take(self, run_id: str, request: TrainRequest) -> None:
        """Takes the run's last checkpoint, and the clips that it was trained on."""
        prepared = prepare(request.model_copy(update={"name": "again", "batch_size": 1}), self.workspace, ignore)
        self.clips, self.gpt, self.tokenizer = prepared.clips, prepared.learned.gpt, prepared.tokenizer
        self.mel_stats, self._learned = prepared.mel_stats, prepared.learned
        self.checkpoints = sorted(path.parent for path in self.workspace.run(run_id).glob(f"checkpoints/*/{GPT_FILE}"))
        self.load(self.checkpoints[-1])

    def load(self, checkpoint: Path | None) -> None:
        """The GPT of a checkpoint; None: as it was before training."""
        if checkpoint is None:
            self.gpt.load_state_dict(load_network(base_folder(self.workspace)).gpt.state_dict())
        else:
            self._learned.load(checkpoint)
        self.gpt.eval()

    def fit_vocoder(self, steps: int, stacks: bool, crops: int = 4, learning_rate: float = 4e-3) -> float:
        """Trains the base model's vocoder on what this GPT makes of the clips it has learned; gives the loss."""
        base = base_folder(self.workspace)
        network, dvae = load_network(base), load_dvae(base)
        vocoder = network.hifigan_decoder.to(self.device)
        self.embedding = self._embedding(vocoder.speaker_encoder)
        latents = [self._latents(clip) for clip in self.clips.train]
        waves = [resample(read_wave(clip.path), SAMPLE_RATE_HZ, SPOKEN_HZ) for clip in self.clips.train]
        loss = fit_vocoder(
            vocoder.waveform_decoder, latents, waves, self.embedding,
            steps=steps, stacks=stacks, crops=crops, learning_rate=learning_rate,
        )  # fmt: skip
        vocoder.cpu()
        save_network(base, network, base.with_name("vocab.json"), dvae=dvae, overwrite=True)
        self.vocoder = load_vocoder(base).to(self.device)
        return loss

    def spoken(self, number: int) -> Tensor:
        """The text of a learned clip as the GPT speaks it by itself: (samples,) at 24 000 Hz."""
        clip = self.clips.train[number]
        voice = Voice(self._style(clip), self.embedding)
        return torch.from_numpy(voiced(self.vocoder, voice, utter(self.gpt, voice, [_piece(clip)], lambda share: None)))

    def reconstructed(self, number: int, most_codes: int | None = None) -> Tensor:
        """The same of the clip's own codes, or of the first of them."""
        latents = self._latents(self.clips.train[number])[:most_codes]
        return self.vocoder(latents[None], self.embedding)[0, 0].cpu()

    def number_of(self, clip: TrainingClip) -> int:
        """Of the recording that a clip is."""
        return next(number for number, one in enumerate(self.recordings) if one.path.name == clip.path.name)

    def recorded(self, number: int) -> Tensor:
        return resample(read_wave(self.clips.train[number].path), SAMPLE_RATE_HZ, SPOKEN_HZ)

    def _latents(self, clip: TrainingClip) -> Tensor:
        return taught_latents(self.gpt, self._style(clip), clip.text_ids, clip.codes)

    @torch.no_grad()
    def _style(self, clip: TrainingClip) -> Tensor:
        wave = read_wave(clip.path)[None, :PROMPT_SAMPLES].to(self.mel_stats.device)
        return self.gpt.style(conditioning_mel(wave, self.mel_stats))

    def _embedding(self, encoder: SpeakerEncoder) -> Tensor:
        """(1, 512, 1): of the clips never seen, as in auditions."""
        clips = self.clips.evaluation or self.clips.train
        heard = [speaker_embedding(encoder, Clip(read_wave(clip.path)[None], SAMPLE_RATE_HZ)) for clip in clips]
        return torch.stack(heard).mean(0)

    def _write_dataset(self) -> list[Chunk]:
        folder = self.workspace.dataset(DATASET)
        (folder / "chunks").mkdir(parents=True)
        chunks = []
        for one in self.recordings:
            shutil.copyfile(one.path, folder / "chunks" / one.path.name)
            length_s = len(one.wave) / SAMPLE_RATE_HZ
            file = f"chunks/{one.path.name}"
            chunks.append(
                Chunk(file=file, text=one.text, recording="r", start_s=0, end_s=length_s, duration_s=length_s)
            )
        content = Dataset(name=DATASET, language=LANGUAGE, created_at="2024-01-01T00:00:00Z", chunks=chunks)
        write_json(folder / "metadata.json", content.model_dump())
        return chunks


def _piece(clip: TrainingClip) -> Piece:
    return Piece(clip.text_ids.tolist(), seed=0)


def _noises() -> list[Tensor]:
    """Loud, faint, and of low frequencies."""
    loud, faint, walk = torch.randn(3, NOISE_S * SAMPLE_RATE_HZ)
    return [0.1 * loud, 0.003 * faint, 0.001 * walk.cumsum(0)]
