"""From the latents of one sentence, as they come, to its sound."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from xtts_studio.xtts.vocoder import VocoderStream

GROWING = (8, 14, 29)
"""Codes of the first pieces and of all that follow: .4 s of sound soon, then pieces of about one tile of the vocoder
(29 codes are 126 frames), which cost least. Always the same, so that the sound is the same to the last bit, heard
alone or among others."""


class Utterance:
    """Collects latents and voices them a piece at a time."""

    def __init__(self, vocoder: VocoderStream, codes_a_piece: int | None = None) -> None:
        self._vocoder = vocoder
        self._sizes = list(GROWING) if codes_a_piece is None else [codes_a_piece]
        self._waiting: list[Tensor] = []

    def add(self, latent: Tensor, last: bool) -> NDArray[np.float32]:
        """The next latent (C,) -> the sound (samples,) that is due, mostly none; after the last all there is."""
        self._waiting.append(latent)
        if len(self._waiting) < self._sizes[0] and not last:
            return np.empty(0, np.float32)
        if len(self._sizes) > 1:
            self._sizes.pop(0)
        with torch.inference_mode():
            wave = self._vocoder.feed(torch.stack(self._waiting)[None], last)
        self._waiting.clear()
        sound: NDArray[np.float32] = wave[0, 0].cpu().numpy()
        return sound
