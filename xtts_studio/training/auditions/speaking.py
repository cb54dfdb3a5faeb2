"""A GPT in the midst of its training, made to speak: several texts at once, leaving everything as it was."""

import ctypes
import gc
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from xtts_studio.errors import OutOfMemory
from xtts_studio.xtts.decoding import DecodedSequence, Decoder
from xtts_studio.xtts.gpt import Gpt
from xtts_studio.xtts.sampling import Sampling, generator_for
from xtts_studio.xtts.vocoder import Vocoder
from xtts_studio.xtts.voice import Voice

MOST_CODES = 350
"""Of one piece of text; 16 s. A model that has not learned to end would go on for 28 s."""
_CODES, _CODES_PER_ID = 60, 8
"""What a short text is given at the most: three times what slow speech takes."""

_MOST_TOGETHER = 16
_STEPS_BETWEEN_TOLD = 16


@dataclass(frozen=True)
class Piece:
    """Text ids as the model speaks them in one go. The random numbers are those of `generator_for(seed, place)`."""

    ids: list[int]
    seed: int
    place: int = 0


@dataclass(frozen=True)
class Uttered:
    """Latents (N, C) of a piece, on the GPT's device. Not `ended`: the limit came first, or `broken` scores."""

    latents: Tensor
    ended: bool
    broken: bool


@contextmanager
def resting(gpt: Gpt) -> Iterator[None]:
    """The GPT in evaluation mode and without automatic 16-bit products; each module has its own mode back after."""
    in_training = [module for module in gpt.modules() if module.training]
    gpt.eval()
    try:
        with torch.autocast(gpt.mel_embedding.weight.device.type, enabled=False):
            yield
    finally:
        for module in in_training:
            module.training = True


def let_memory_go(device: torch.device) -> None:
    """Gives back what nobody uses any more, so that a training finds it."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
    if sys.platform == "linux":  # the C library keeps what is freed in pieces: 100 MB after an audition
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # only glibc's
        if trim is not None:
            trim(0)


def utter(gpt: Gpt, voice: Voice, pieces: Sequence[Piece], tell: Callable[[float], None]) -> list[Uttered]:
    """Decodes all pieces together, or fewer at a time where the memory is too small for that.

    `tell` hears now and then how much is done, 0 to 1. Raises `OutOfMemory`, and what `tell` raises.
    """
    uttered: list[Uttered] = []
    together = _MOST_TOGETHER
    while len(uttered) < len(pieces):
        some = pieces[len(uttered) : len(uttered) + together]
        done, share = len(uttered) / len(pieces), len(some) / len(pieces)
        try:
            uttered += _together(gpt, voice, some, lambda part, done=done, share=share: tell(done + share * part))  # type: ignore[misc]
        except torch.OutOfMemoryError:
            together = len(some) // 2
        if not together:
            let_memory_go(gpt.mel_embedding.weight.device)
            raise OutOfMemory(
                "The device has too little memory left to let the checkpoint speak.",
                hint="Lower the batch size, or train without auditions.",
            )
    return uttered


def _together(gpt: Gpt, voice: Voice, pieces: Sequence[Piece], tell: Callable[[float], None]) -> list[Uttered]:
    config = gpt.config
    sampling = Sampling(
        config.temperature, config.top_k, config.top_p, config.repetition_penalty, config.length_penalty
    )
    decoder = Decoder(gpt, len(pieces))
    sequences: list[DecodedSequence] = []
    for piece in pieces:
        with torch.inference_mode():
            prefix = gpt.prefix(voice.gpt_latent.to(gpt.mel_embedding.weight.device), piece.ids)
        most = min(MOST_CODES, _CODES + _CODES_PER_ID * len(piece.ids))
        sequences.append(decoder.join(prefix, sampling, generator_for(piece.seed, piece.place), most))
    latents: dict[DecodedSequence, list[Tensor]] = {sequence: [] for sequence in sequences}
    steps = 0
    while decoder.sequences:
        if steps % _STEPS_BETWEEN_TOLD == 0:
            tell(steps / MOST_CODES)
        steps += 1
        for sequence, latent in decoder.step():
            latents[sequence].append(latent)
    return [
        Uttered(torch.stack(latents[one]), one.codes[-1] == config.stop_audio_token, one.broken) for one in sequences
    ]


@torch.inference_mode()
def voiced(vocoder: Vocoder, voice: Voice, uttered: Sequence[Uttered]) -> NDArray[np.float32]:
    """The sound of some pieces after each other, (samples,) at 24 000 Hz; none where one of them is broken."""
    if any(one.broken for one in uttered):
        return np.empty(0, np.float32)
    embedding = voice.speaker_embedding.to(vocoder.waveform_decoder.conv_pre.weight.device)
    waves = [vocoder(one.latents[None], embedding)[0, 0].cpu().numpy() for one in uttered]
    whole: NDArray[np.float32] = np.concatenate(waves)
    return whole if np.isfinite(whole).all() else np.empty(0, np.float32)
