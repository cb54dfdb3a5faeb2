"""What fine-tuning minimises: how surprised the GPT is by the next text id and the next audio code.

The batch is what the reference's data set makes: ids padded with 0, DVAE codes of the zero-padded recordings, and for
each sample a prompt, a slice of the same recording. A model that hears a stretch as its prompt should not be paid for
predicting that stretch, so the codes under the prompt count for nothing. The reference means to do so too, but
divides the prompt's samples by 256 although a code covers 1024, and does it for the last sample of the batch alone,
which with prompts from near a clip's start loses that sample's codes altogether. `mask="reference"` repeats this for
comparison.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import torch
import torch.nn.functional as F
from torch import Tensor

if TYPE_CHECKING:
    from xtts_studio.xtts.gpt import Gpt

LossMask = Literal["correct", "reference"]
IGNORED = -1
TEXT_WEIGHT, MEL_WEIGHT = 0.01, 1.0
_EXTRA_STOPS = 3  # stop targets after the first, so that ending is learned well


@dataclass(frozen=True)
class GptLoss:
    """Means over the kept targets of the whole batch, and the logits they were made from."""

    text: Tensor
    mel: Tensor
    text_logits: Tensor  # (B, text tokens, positions)
    mel_logits: Tensor  # (B, audio tokens, positions)

    @property
    def total(self) -> Tensor:
        """.01 · text + 1 · mel, the weighting of the recipe."""
        return TEXT_WEIGHT * self.text + MEL_WEIGHT * self.mel


@dataclass(frozen=True)
class Sequences:
    """Inputs, targets (IGNORED where nothing is learned) and which inputs may be attended to; all (B, positions)."""

    inputs: Tensor
    targets: Tensor
    visible: Tensor


def training_loss(
    gpt: Gpt,
    text_ids: Tensor,
    text_lengths: Tensor,
    audio_codes: Tensor,
    wav_lengths: Tensor,
    cond_mels: Tensor,
    cond_idxs: Tensor | None = None,
    mask: LossMask = "correct",
) -> GptLoss:
    """Loss of one batch.

    text_ids (B, L) padded with anything; text_lengths (B,); audio_codes (B, N) from the DVAE; wav_lengths (B,) in
    samples; cond_mels (B, 1, 80, T) of the prompts; cond_idxs (B, 2) first and last sample of the prompts, None: all
    codes count.
    """
    text = text_sequences(gpt, text_ids, text_lengths)
    audio = audio_sequences(gpt, audio_codes, wav_lengths)
    if cond_idxs is not None:
        audio = without_prompts(gpt, audio, wav_lengths, cond_idxs, mask)
    text_logits, mel_logits = _logits(gpt, gpt.style(cond_mels.squeeze(1)), text, audio)
    return GptLoss(_mean_loss(text_logits, text), _mean_loss(mel_logits, audio), text_logits, mel_logits)


def text_sequences(gpt: Gpt, ids: Tensor, lengths: Tensor) -> Sequences:
    """START ids STOP predicts ids STOP STOP, of which the first length + 1 are kept.

    The STOP that ends a text can't be attended to, as in the reference's training (when speaking it can).
    """
    start, stop = gpt.config.start_text_token, gpt.config.stop_text_token
    longest = int(lengths.max())
    ids = _set_after(F.pad(ids[:, :longest], (0, 1)), lengths, stop)  # (B, L + 1)
    return _sequences(ids, lengths, start, stop)


def audio_sequences(gpt: Gpt, codes: Tensor, wav_lengths: Tensor) -> Sequences:
    """start codes stop… predicts codes stop…, of which each sample's codes and four stops are kept."""
    config = gpt.config
    code_counts = _code_counts(gpt, wav_lengths)
    width = int(code_counts.max()) + _EXTRA_STOPS + 1
    codes = F.pad(codes, (0, width))[:, :width]
    codes = _set_after(codes, code_counts, config.stop_audio_token)
    return _sequences(codes, code_counts + _EXTRA_STOPS, config.start_audio_token, config.stop_audio_token)


def _code_counts(gpt: Gpt, wav_lengths: Tensor) -> Tensor:
    stride = gpt.config.code_stride_samples
    return (wav_lengths + stride - 1) // stride


def _set_after(ids: Tensor, lengths: Tensor, value: int) -> Tensor:
    places = torch.arange(ids.shape[1], device=ids.device)
    return ids.masked_fill(places >= lengths[:, None], value)


def _sequences(ids: Tensor, lengths: Tensor, start: int, stop: int) -> Sequences:
    inputs, targets = F.pad(ids, (1, 0), value=start), F.pad(ids, (0, 1), value=stop)
    kept = torch.arange(inputs.shape[1], device=ids.device) <= lengths[:, None]
    return Sequences(inputs.long(), targets.long().masked_fill(~kept, IGNORED), kept)


def without_prompts(gpt: Gpt, audio: Sequences, wav_lengths: Tensor, cond_idxs: Tensor, mask: LossMask) -> Sequences:
    """The sequences with the targets under each prompt ignored, never the stops; or as the reference does it."""
    first, last = cond_idxs[:, 0], cond_idxs[:, 1]
    if mask == "reference":
        first, last = first // 256, last // 256
        samples = torch.arange(len(cond_idxs), device=cond_idxs.device) == len(cond_idxs) - 1
    else:
        stride = gpt.config.code_stride_samples
        first, last = first // stride, ((last + stride - 1) // stride).minimum(_code_counts(gpt, wav_lengths))
        samples = torch.ones(len(cond_idxs), dtype=torch.bool, device=cond_idxs.device)
    places = torch.arange(audio.targets.shape[1], device=audio.targets.device)
    prompted = (places >= first[:, None]) & (places < last[:, None]) & samples[:, None]
    return Sequences(audio.inputs, audio.targets.masked_fill(prompted, IGNORED), audio.visible)


def _logits(gpt: Gpt, latents: Tensor, text: Sequences, audio: Sequences) -> tuple[Tensor, Tensor]:
    embedded = torch.cat([latents, gpt.embed_text(text.inputs), gpt.embed_codes(audio.inputs)], dim=1)
    always = torch.ones(latents.shape[:2], dtype=torch.bool, device=latents.device)
    visible = torch.cat([always, text.visible, audio.visible], dim=1)  # (B, S)
    causal = torch.ones(visible.shape[1], visible.shape[1], dtype=torch.bool, device=visible.device).tril()
    hidden = gpt.final_norm(gpt.gpt(embedded, (causal & visible[:, None])[:, None]))
    _, of_text, of_audio = hidden.split([latents.shape[1], text.inputs.shape[1], audio.inputs.shape[1]], dim=1)
    return gpt.text_head(of_text).transpose(1, 2), gpt.mel_head(of_audio).transpose(1, 2)


def _mean_loss(logits: Tensor, sequences: Sequences) -> Tensor:
    return F.cross_entropy(logits.float(), sequences.targets, ignore_index=IGNORED)
