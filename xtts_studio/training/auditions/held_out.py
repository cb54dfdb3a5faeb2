"""The real voice that auditions are measured by: clips that training never sees."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from xtts_studio.errors import DatasetError
from xtts_studio.text.tokenizer import Tokenizer
from xtts_studio.training.auditions.scores import mean, silence_share, speech_s
from xtts_studio.training.material.features import SAMPLE_RATE_HZ, TrainingClip, read_wave
from xtts_studio.xtts.cloning import Clip, cut, gpt_latents, normalized, speaker_embedding
from xtts_studio.xtts.gpt import Gpt
from xtts_studio.xtts.speaker import SpeakerEncoder
from xtts_studio.xtts.voice import Voice, mean_voice

_MOST_CLIPS = 12
_LONG_ENOUGH_S = 1.0
_REFERENCE_S = 6.0  # the length that a clip to compare with has at best


class HeldOut:
    """At most twelve of the clips, of one voice. Their sound is read once, when first asked for.

    Asking for it raises `DatasetError` where none of them can be read.
    """

    def __init__(self, clips: Sequence[TrainingClip], tokenizer: Tokenizer) -> None:
        self._clips = _chosen(clips)
        self._tokenizer = tokenizer
        self._embeddings: list[Tensor] = []

    def voice(self, gpt: Gpt, encoder: SpeakerEncoder, mel_stats: Tensor) -> Voice:
        """The voice as `gpt` hears it now, made as cloning makes it."""
        config = gpt.config
        clips = [cut(Clip(wave[None], SAMPLE_RATE_HZ), config.max_ref_length_s) for _, wave in self._read]
        if config.normalize_references:
            clips = [normalized(clip) for clip in clips]
        if not self._embeddings:  # the encoder never changes
            self._embeddings = [speaker_embedding(encoder, clip).cpu() for clip in clips]
        latents = gpt_latents(gpt, mel_stats, clips, config.gpt_cond_len_s, config.gpt_cond_chunk_len_s)
        return mean_voice(latents, self._embeddings)

    def pace(self, language_id: int) -> float | None:
        """Letters per second of speech, in the clips whose ids begin with this language's tag, or else in all."""
        same = [(clip, wave) for clip, wave in self._read if int(clip.text_ids[0]) == language_id]
        chosen = same or self._read
        seconds = sum(speech_s(wave.numpy(), SAMPLE_RATE_HZ) for _, wave in chosen)
        letters = sum(self._tokenizer.letters(clip.text_ids.tolist()) for clip, _ in chosen)
        return letters / seconds if seconds > 0 and letters > 0 else None

    @cached_property
    def silence(self) -> float:
        """Share of the clips that is silence."""
        return mean(silence_share(wave.numpy(), SAMPLE_RATE_HZ) for _, wave in self._read) or 0.0

    @property
    def reference(self) -> NDArray[np.float32]:
        """A clip to compare with by ear: samples (n,) at 22 050 Hz."""
        wave = min((wave for _, wave in self._read), key=lambda wave: abs(len(wave) / SAMPLE_RATE_HZ - _REFERENCE_S))
        return wave.numpy()

    @cached_property
    def _read(self) -> list[tuple[TrainingClip, Tensor]]:
        found: list[tuple[TrainingClip, Tensor]] = []
        failure: DatasetError | None = None
        for clip in self._clips:
            try:
                wave = read_wave(clip.path)
            except DatasetError as error:
                failure = error
                continue
            if torch.isfinite(wave).all():
                found.append((clip, wave.clamp(-1, 1)))
        if not found:
            raise failure or DatasetError("There is no clip whose voice could be listened to.")
        return found


def _chosen(clips: Sequence[TrainingClip]) -> list[TrainingClip]:
    """Clips of the first dataset, spread over it; short ones only where there are no others."""
    first = min((clip.group for clip in clips), default=0)
    own = [clip for clip in clips if clip.group == first]
    long = [clip for clip in own if clip.samples >= _LONG_ENOUGH_S * SAMPLE_RATE_HZ] or own
    if len(long) <= _MOST_CLIPS:
        return long
    return [long[number * len(long) // _MOST_CLIPS] for number in range(_MOST_CLIPS)]
