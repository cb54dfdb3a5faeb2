"""Sound for a small XTTS made from scratch: a vocoder for one GPT's latents, a speaker encoder for some voices."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from xtts_studio.xtts.gpt import Gpt
from xtts_studio.xtts.hifigan import FRAME_SAMPLES, LAST_SLOPE, SLOPE, HifiGan
from xtts_studio.xtts.loss import audio_sequences, text_sequences
from xtts_studio.xtts.resample import resample
from xtts_studio.xtts.speaker import SAMPLE_RATE_HZ as HEARD_HZ, SpeakerEncoder
from xtts_studio.xtts.vocoder import stretch_factors

RESOLUTIONS = (256, 512, 1024, 2048)
CROP_FRAMES = 48
HEARD_S = 2.5
WITHIN_SHARE = 0.1


@torch.no_grad()
def taught_latents(gpt: Gpt, style: Tensor, text_ids: Tensor, codes: Tensor) -> Tensor:
    """Latents (N, C) of a clip's own codes (N,), as if the GPT had spoken them. style: (1, 32, C)."""
    stride = gpt.config.code_stride_samples
    device = style.device
    text = text_sequences(gpt, text_ids[None].to(device), torch.tensor([len(text_ids)], device=device))
    audio = audio_sequences(gpt, codes[None].to(device), torch.tensor([len(codes) * stride], device=device))
    # As in speaking, also the STOP that ends the text is heard.
    embedded = torch.cat([style, gpt.embed_text(text.inputs), gpt.embed_codes(audio.inputs)], dim=1)
    hidden: Tensor = gpt.final_norm(gpt.gpt(embedded))
    first = style.shape[1] + text.inputs.shape[1]
    return hidden[0, first : first + len(codes)]


def fit_vocoder(
    generator: HifiGan,
    latents: Sequence[Tensor],
    waves: Sequence[Tensor],
    embedding: Tensor,
    *,
    steps: int,
    stacks: bool,
    crops: int = 4,
    learning_rate: float = 4e-3,
) -> float:
    """Trains a generator to make `waves` (samples,) at 24 000 Hz of `latents` (N, C); gives the loss at the end.

    By the sizes of spectra alone, so it hums, but sounds of the voice it learned. Without `stacks` the residual stacks
    pass through what they get, and nothing of them is computed or learned: a thirtieth of the work.
    embedding: (1, 512, 1) of the speaker.
    """
    device = generator.conv_pre.weight.device
    if not stacks:
        silence_stacks(generator)
    learned = [one for name, one in generator.named_parameters() if stacks or not name.startswith("resblocks")]
    optimizer = torch.optim.AdamW(learned, lr=learning_rate, betas=(0.8, 0.99))
    frames = [stretched(one[None].to(device))[0] for one in latents]
    sounds = [F.pad(wave, (0, 2 * FRAME_SAMPLES)).to(device) for wave in waves]
    embedding = embedding.to(device)
    last: list[float] = []
    generator.train().requires_grad_(True)
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate * (1 - 0.9 * step / steps)
        inputs, wanted = _crops(frames, sounds, crops)
        made = generator(inputs, embedding) if stacks else _without_stacks(generator, inputs, embedding)
        loss = spectral_distance(made[:, 0], wanted)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        last = [*last[-19:], float(loss.detach())]
    generator.eval().requires_grad_(False)
    return sum(last) / len(last)


def silence_stacks(generator: HifiGan) -> None:
    """Makes every residual stack pass on what it gets."""
    for name, one in generator.named_parameters():
        if name.startswith("resblocks"):
            nn.init.zeros_(one)


def stretched(latents: Tensor) -> Tensor:
    """(B, N, C) -> frames (B, C, T) of 256 samples at 24 000 Hz, as the vocoder stretches them."""
    frames = latents.transpose(1, 2)
    for factor in stretch_factors(1.0):
        frames = F.interpolate(frames, scale_factor=factor, mode="linear")
    return frames


def spectral_distance(made: Tensor, wanted: Tensor) -> Tensor:
    """Mean difference of spectra (B, samples), in size and in logarithm, over windows of four lengths."""
    found = made.new_zeros(())
    for size in RESOLUTIONS:
        window = torch.hann_window(size, device=made.device)
        ours, theirs = (
            torch.stft(x, size, size // 4, window=window, return_complex=True).abs().clamp(min=1e-4)
            for x in (made, wanted)
        )
        found = found + (ours - theirs).abs().sum() / theirs.sum() + F.l1_loss(ours.log(), theirs.log())
    return found / len(RESOLUTIONS)


def _without_stacks(generator: HifiGan, frames: Tensor, embedding: Tensor) -> Tensor:
    """What the generator gives while its stacks pass on what they get."""
    x = leaky_relu(generator.conv_pre(frames) + generator.cond_layer(embedding), SLOPE)
    for number, (up, condition) in enumerate(zip(generator.ups, generator.conds, strict=True)):
        x = leaky_relu(up(x) + condition(embedding), LAST_SLOPE if number == len(generator.ups) - 1 else SLOPE)
    return torch.tanh(generator.conv_post(x))


def _crops(frames: Sequence[Tensor], sounds: Sequence[Tensor], count: int) -> tuple[Tensor, Tensor]:
    """Frames (B, C, T) from anywhere, and their sound (B, 256 T)."""
    inputs, wanted = [], []
    while len(inputs) < count:
        number = int(torch.randint(len(frames), ()))
        most = min(frames[number].shape[-1], sounds[number].shape[-1] // FRAME_SAMPLES)
        if most < CROP_FRAMES:
            continue
        start = int(torch.randint(most - CROP_FRAMES + 1, ()))
        inputs.append(frames[number][:, start : start + CROP_FRAMES])
        wanted.append(sounds[number][FRAME_SAMPLES * start : FRAME_SAMPLES * (start + CROP_FRAMES)])
    return torch.stack(inputs), torch.stack(wanted)


@torch.no_grad()
def fit_speaker_encoder(encoder: SpeakerEncoder, voices: Sequence[Sequence[Tensor]], rate_hz: int) -> None:
    """Makes the encoder's last layer tell these voices apart; all before it stays as it was made by chance.

    voices: of each, some recordings (samples,), among them one "voice" of what is none. What of the features differs
    within a voice is made small, the mean of all voices is put at zero: linear discriminant analysis, without steps.
    """
    groups = [torch.cat([_heard(encoder, wave, rate_hz) for wave in waves]) for waves in voices]
    means = torch.stack([group.mean(0) for group in groups])
    centre = means.mean(0)
    within = torch.cat([group - mean for group, mean in zip(groups, means, strict=True)]).double()
    # In the few directions that the recordings span; nothing is known of others.
    spread = torch.cat([group - centre for group in groups]).double()
    _, sizes, directions = torch.linalg.svd(spread, full_matrices=False)
    directions = directions[sizes > 1e-6 * sizes[0]][: encoder.fc.out_features]
    inside = within @ directions.T
    covariance = inside.T @ inside / len(inside)
    covariance += WITHIN_SHARE * covariance.diagonal().mean() * torch.eye(len(covariance))
    whitened = torch.linalg.solve_triangular(torch.linalg.cholesky(covariance), directions, upper=False)
    encoder.fc.weight.zero_()
    encoder.fc.weight[: len(whitened)] = whitened.float()
    encoder.fc.bias.copy_(-encoder.fc.weight @ centre)


def _heard(encoder: SpeakerEncoder, wave: Tensor, rate_hz: int) -> Tensor:
    """What the last layer gets of a recording, cut into pieces: (pieces, 4096)."""
    heard = resample(wave, rate_hz, HEARD_HZ)
    size = round(HEARD_S * HEARD_HZ)
    pieces = [piece for piece in heard.split(size) if len(piece) >= size // 2]
    caught: list[Tensor] = []
    hook = encoder.fc.register_forward_pre_hook(lambda _, given: caught.append(given[0]))
    try:
        for piece in pieces:
            encoder(piece[None])
    finally:
        hook.remove()
    return torch.cat(caught)
