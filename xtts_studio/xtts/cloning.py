"""Reference recordings -> a voice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from xtts_studio.audio.decode import decode_file
from xtts_studio.errors import AudioError, InvalidInput
from xtts_studio.xtts.checkpoint import Network
from xtts_studio.xtts.gpt import Gpt
from xtts_studio.xtts.mel import SAMPLE_RATE_HZ as MEL_RATE_HZ, conditioning_mel
from xtts_studio.xtts.resample import resample
from xtts_studio.xtts.speaker import SAMPLE_RATE_HZ as SPEAKER_RATE_HZ, SpeakerEncoder
from xtts_studio.xtts.voice import Voice, mean_voice

SHORTEST_S = 0.33
NORMALIZED_PEAK = 0.75
Recording = Path | str | tuple[NDArray[np.float32], int]


@dataclass(frozen=True)
class Clip:
    """Mono speech (1, samples) at some rate."""

    wave: Tensor
    rate_hz: int


def read_recording(recording: Recording, rate_hz: int) -> Clip:
    """A recording, mono, at `rate_hz` and clipped to ±1.

    recording: a sound file, or samples with their rate: float (samples,) or (channels, samples).
    """
    samples, found_hz = _samples(recording)
    wave = torch.from_numpy(np.ascontiguousarray(samples, dtype=np.float32))
    if not torch.isfinite(wave).all():
        raise AudioError("The reference holds samples that are not numbers.")
    return Clip(resample(wave, found_hz, rate_hz).clamp(-1, 1)[None], rate_hz)


def _samples(recording: Recording) -> tuple[NDArray[np.float32], int]:
    if isinstance(recording, tuple):
        samples, rate_hz = recording
        return (samples.mean(axis=0) if samples.ndim == 2 else samples), rate_hz
    audio = decode_file(Path(recording))
    return audio.mono(), audio.sample_rate_hz


def cut(clip: Clip, longest_s: float) -> Clip:
    """The beginning of a clip."""
    return Clip(clip.wave[:, : round(clip.rate_hz * longest_s)], clip.rate_hz)


def normalized(clip: Clip) -> Clip:
    """The clip with its peak at .75 of full scale; silence stays silence."""
    peak = clip.wave.abs().max()
    return Clip(clip.wave / peak * NORMALIZED_PEAK, clip.rate_hz) if peak > 0 else clip


@torch.inference_mode()
def clone(network: Network, clips: Sequence[Clip], cond_len_s: float, chunk_len_s: float) -> Voice:
    """The voice in `clips`, all of one rate.

    All clips together, cut to `cond_len_s`, are heard by the GPT in chunks of `chunk_len_s`; a last chunk below .33 s
    is left out. The speaker encoder hears each clip as a whole. Raises AudioError where too little is left to hear.
    """
    if not clips:
        raise InvalidInput("No reference recording was given.", hint="Give at least one recording of the voice.")
    for clip in clips:
        _refuse_too_short(clip)
    latents = gpt_latents(network.gpt, network.mel_stats, clips, cond_len_s, chunk_len_s)
    encoder = network.hifigan_decoder.speaker_encoder
    return mean_voice(latents, [speaker_embedding(encoder, clip) for clip in clips])


@torch.inference_mode()
def gpt_latents(
    gpt: Gpt, mel_stats: Tensor, clips: Sequence[Clip], cond_len_s: float, chunk_len_s: float
) -> list[Tensor]:
    """What the GPT hears in clips of one rate, as in `clone`: (1, 32, C) of each chunk."""
    chunks = _chunks(clips, cond_len_s, chunk_len_s)
    return [gpt.style(conditioning_mel(chunk.to(mel_stats.device), mel_stats)) for chunk in chunks]


@torch.inference_mode()
def speaker_embedding(encoder: SpeakerEncoder, clip: Clip) -> Tensor:
    """What the speaker encoder hears in a clip: (1, 512, 1), of length 1."""
    wave = resample(clip.wave, clip.rate_hz, SPEAKER_RATE_HZ).to(encoder.fc.weight.device)
    embedding: Tensor = encoder(wave)
    return embedding[..., None]  # (1, 512) -> (1, 512, 1)


def _refuse_too_short(clip: Clip) -> None:
    length_s = clip.wave.shape[1] / clip.rate_hz
    if length_s < SHORTEST_S:
        raise AudioError(
            f"The reference has {length_s:.2f} s of sound, at least {SHORTEST_S} s are needed.",
            hint="Use a recording of six seconds or more of clear speech.",
        )


def _chunks(clips: Sequence[Clip], cond_len_s: float, chunk_len_s: float) -> list[Tensor]:
    rate_hz = clips[0].rate_hz
    whole = resample(torch.cat([clip.wave for clip in clips], dim=1), rate_hz, MEL_RATE_HZ)
    whole = whole[:, : round(MEL_RATE_HZ * cond_len_s)]
    chunks = torch.split(whole, round(MEL_RATE_HZ * chunk_len_s), dim=1)
    return [chunk for chunk in chunks if chunk.shape[1] >= MEL_RATE_HZ * SHORTEST_S]
