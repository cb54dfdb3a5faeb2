"""The GPT of XTTS v2: a voice and text ids in, audio codes and the vocoder's latents out.

One sequence is

    [32 conditioning latents] [START text… STOP] [start_audio code code …]

Text and audio each add their own table of learned positions, counted from START and from start_audio; the latents add
none. Attention is causal over all of it. A hidden state passes two layer norms (`gpt.ln_f`, `final_norm`) and is then
both what the next code is read from and what the vocoder voices: decoding N codes gives N latents and no second pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn

from xtts_studio.errors import TextError
from xtts_studio.xtts.conditioning import ConditioningEncoder, PerceiverResampler
from xtts_studio.xtts.config import XttsConfig
from xtts_studio.xtts.kv_cache import Attending, KvCache
from xtts_studio.xtts.loss import GptLoss, LossMask, training_loss
from xtts_studio.xtts.packed import PackedPrecision, pack, weight_and_bias
from xtts_studio.xtts.pages import let_go
from xtts_studio.xtts.transformer import Block, Transformer


class PositionTable(nn.Module):
    """Learned vectors for positions 0, 1, 2, …"""

    def __init__(self, positions: int, channels: int) -> None:
        super().__init__()
        self.emb = nn.Embedding(positions, channels)

    def forward(self, length: int, start: int = 0) -> Tensor:
        """(length, C), from position `start` on."""
        return self.emb.weight[start : start + length]


class Gpt(nn.Module):
    """Everything under "gpt." in a checkpoint, parameters named as published."""

    def __init__(self, config: XttsConfig) -> None:
        super().__init__()
        self.config = config
        channels = config.channels
        self.conditioning_encoder = ConditioningEncoder(config)
        self.conditioning_perceiver = PerceiverResampler(config)
        self.text_embedding = nn.Embedding(config.text_tokens, channels)
        self.mel_embedding = nn.Embedding(config.audio_tokens, channels)
        self.gpt = Transformer(config)
        self.mel_pos_embedding = PositionTable(config.max_audio_tokens + 3, channels)
        self.text_pos_embedding = PositionTable(config.max_text_tokens + 2, channels)
        self.final_norm = nn.LayerNorm(channels)
        self.text_head = nn.Linear(channels, config.text_tokens)
        self.mel_head: nn.Module = nn.Linear(channels, config.audio_tokens)

    def set_precision(self, dtype: torch.dtype) -> None:
        """Convert all but the conditioning part: that runs once for a voice, and magnifies rounding."""
        for name, module in self.named_children():
            if not name.startswith("conditioning_"):
                module.to(dtype)

    def pack(self, precision: PackedPrecision) -> None:
        """Rearranges what decoding reads at every step (see `packed`); there is no training afterwards."""
        for block in cast(list[Block], list(self.gpt.h)):
            plain = list(block.parameters())
            for part in (block.attn, block.mlp):
                for name, layer in list(part.named_children()):
                    setattr(part, name, pack(*weight_and_bias(layer), precision))
            let_go(plain)
        # The scores stay float32: little to read, and what is chosen depends on them.
        self.mel_head = pack(*weight_and_bias(self.mel_head), "float32")

    def style(self, cond_mel: Tensor) -> Tensor:
        """The voice in a mel: (B, 80, T) -> conditioning latents (B, 32, C)."""
        features = self.conditioning_encoder(cond_mel)
        latents: Tensor = self.conditioning_perceiver(features.transpose(1, 2))  # (B, C, T) -> (B, T, C)
        return latents

    def embed_text(self, ids: Tensor) -> Tensor:
        """START, text and STOP ids (B, L) -> (B, L, C)"""
        embedded: Tensor = self.text_embedding(ids) + self.text_pos_embedding(ids.shape[1])
        return embedded

    def embed_codes(self, codes: Tensor, start: int = 0) -> Tensor:
        """Codes (B, N) that stand `start` places after the start token -> (B, N, C)"""
        embedded: Tensor = self.mel_embedding(codes) + self.mel_pos_embedding(codes.shape[1], start)
        return embedded

    def prefix(self, latents: Tensor, text_ids: Sequence[int]) -> Tensor:
        """All that precedes the first code: latents (1, 32, C) and the ids of one piece of text -> (S, C).

        Raises TextError for a piece of `max_text_tokens` (402) ids or more: split it.
        """
        config = self.config
        if len(text_ids) >= config.max_text_tokens:
            raise TextError(
                f"The text has {len(text_ids)} tokens, one piece may have {config.max_text_tokens - 1}.",
                hint="Split the text into shorter sentences.",
            )
        device = self.mel_embedding.weight.device
        ids = torch.tensor([[config.start_text_token, *text_ids, config.stop_text_token]], device=device)
        start = torch.tensor([[config.start_audio_token]], device=device)
        text, audio = self.embed_text(ids), self.embed_codes(start)
        return torch.cat([latents.to(text), text, audio], dim=1)[0]

    def prefill(self, prefix: Tensor, cache: KvCache, row: int = 0) -> Tensor:
        """Run a whole prefix (S, C) into a row of the cache; the hidden state (C,) at its end."""
        hidden: Tensor = self._hidden(prefix[None], cache.prefill(row, len(prefix)))
        return hidden[0]

    def decode_one_token(self, codes: Tensor, positions: Tensor, cache: Attending) -> Tensor:
        """The hidden states (B, C) after codes (B,), each `positions` (B,) places after its start token (1 = first)."""
        embedded = self.mel_embedding(codes) + self.mel_pos_embedding.emb(positions)
        return self._hidden(embedded[:, None], cache)

    def audio_logits(self, hidden: Tensor) -> Tensor:
        """Hidden states (B, C) -> scores of the next code (B, audio tokens), float32 whatever the model's precision."""
        logits: Tensor = self.mel_head(hidden)
        return logits.float()

    def loss(
        self,
        text_ids: Tensor,
        text_lengths: Tensor,
        audio_codes: Tensor,
        wav_lengths: Tensor,
        cond_mels: Tensor,
        cond_idxs: Tensor | None = None,
        mask: LossMask = "correct",
    ) -> GptLoss:
        """What training minimises, see `loss.training_loss`."""
        return training_loss(self, text_ids, text_lengths, audio_codes, wav_lengths, cond_mels, cond_idxs, mask)

    def _hidden(self, embedded: Tensor, cache: Attending) -> Tensor:
        hidden: Tensor = self.final_norm(self.gpt(embedded, cache=cache)[:, -1])
        return hidden
