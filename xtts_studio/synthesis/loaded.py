"""A model in memory, arranged for speech, and what it shares with others."""

from __future__ import annotations

import hashlib
from functools import cached_property

from xtts_studio.shapes import Precision
from xtts_studio.xtts import Xtts
from xtts_studio.xtts.checkpoint import load_network
from xtts_studio.xtts.lora import base_fingerprint, excerpt


class LoadedModel:
    """A model and the key of the voices it makes. base: the one whose memory it shares, where it is an adapter."""

    def __init__(self, model: Xtts, base: LoadedModel | None = None) -> None:
        self.model = model
        self.base = base

    @property
    def precision(self) -> Precision:
        return self.model.precision

    @cached_property
    def fingerprint(self) -> str:
        """Of the GPT's weights as they were read; those here are rearranged, so the file is looked at again."""
        return base_fingerprint(load_network(self.model.folder).gpt)

    @cached_property
    def voice_key(self) -> str:
        """Digest of everything that turns recordings into a voice: models of one key share their voices."""
        if self.base is not None:  # an adapter has no part in hearing
            return self.base.voice_key
        network, config = self.model.network, self.model.config
        digest = hashlib.sha256(
            repr(
                (
                    config.gpt_cond_len_s,
                    config.gpt_cond_chunk_len_s,
                    config.max_ref_length_s,
                    config.normalize_references,
                )
            ).encode()
        )
        for module in (
            network.gpt.conditioning_encoder,
            network.gpt.conditioning_perceiver,
            network.hifigan_decoder.speaker_encoder,
        ):
            for tensor in module.state_dict().values():
                digest.update(excerpt(tensor))
        digest.update(network.mel_stats.cpu().numpy().tobytes())
        return digest.hexdigest()[:16]
