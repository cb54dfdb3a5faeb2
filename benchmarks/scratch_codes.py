"""Audio codes for a small XTTS made from scratch: a DVAE trained on nothing but some recordings."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from xtts_studio.xtts.dvae import Dvae
from xtts_studio.xtts.mel import BANDS, dvae_mel

CROP_FRAMES, CROPS = 128, 16
COMMITMENT = 0.25
PLAIN_SHARE = 0.3  # of the steps, at first, without codes: only then there is something to find codes in
CLUSTERINGS = 15


def measured_mel_stats(waves: Sequence[Tensor]) -> Tensor:
    """(80,) by which log-mels are divided: their mean size in each band. waves: (samples,) at 22 050 Hz."""
    mels = [dvae_mel(wave[None], torch.ones(BANDS))[0] for wave in waves]
    return torch.cat(mels, dim=1).abs().mean(1)


def train_dvae(
    waves: Sequence[Tensor], mel_stats: Tensor, *, codes: int, width: int, hidden: int, steps: int, device: str = "cpu"
) -> Dvae:
    """A DVAE of these sizes for recordings (samples,) at 22 050 Hz. On the CPU afterwards, in evaluation mode.

    First without codes, then each of them the mean of the vectors nearest to it, and what is decoded is the code's.
    """
    mels = [dvae_mel(wave[None], mel_stats)[0].to(device) for wave in waves]
    dvae = Dvae(codes, width, hidden).to(device).train()
    optimizer = torch.optim.Adam(dvae.parameters(), lr=2e-3, betas=(0.9, 0.99))
    plain = round(PLAIN_SHARE * steps)
    for step in range(steps):
        if step == plain:
            _cluster(dvae, mels)
        for group in optimizer.param_groups:
            group["lr"] = 2e-3 * (1 - 0.95 * step / steps)
        optimizer.zero_grad(set_to_none=True)
        _loss(dvae, _crops(mels), with_codes=step >= plain).backward()
        optimizer.step()
    return dvae.cpu().eval()


def _loss(dvae: Dvae, mel: Tensor, with_codes: bool) -> Tensor:
    vectors: Tensor = dvae.encoder(mel).transpose(1, 2)  # (B, N, D)
    chosen, commitment = vectors, vectors.new_zeros(())
    if with_codes:
        numbers = dvae.codebook.nearest(vectors.detach())
        nearest = dvae.codebook.vectors(numbers)
        commitment = F.mse_loss(vectors, nearest)
        chosen = vectors + (nearest - vectors).detach()
        _follow(dvae, vectors.detach().flatten(0, 1), numbers.flatten())
    decoded: Tensor = dvae.decoder(chosen.transpose(1, 2))
    return F.l1_loss(decoded, mel) + COMMITMENT * commitment


@torch.no_grad()
def _follow(dvae: Dvae, vectors: Tensor, numbers: Tensor, inertia: float = 0.98) -> None:
    """Moves each code towards the mean of the vectors it stands for."""
    book = dvae.codebook
    chosen = F.one_hot(numbers, book.embed.shape[1]).to(vectors)
    book.cluster_size.lerp_(chosen.sum(0), 1 - inertia)
    book.embed_avg.lerp_(vectors.T @ chosen, 1 - inertia)
    used = book.cluster_size > 1e-2
    book.embed[:, used] = book.embed_avg[:, used] / book.cluster_size[used]


@torch.no_grad()
def _cluster(dvae: Dvae, mels: Sequence[Tensor]) -> None:
    """Puts the codes into the midst of what the encoder makes of the recordings (k-means)."""
    vectors = torch.cat([dvae.encoder(mel[None])[0].T for mel in mels])
    book = dvae.codebook
    count = book.embed.shape[1]
    book.embed.copy_(vectors[torch.randperm(len(vectors))[:count].to(vectors.device).remainder(len(vectors))].T)
    for _ in range(CLUSTERINGS):
        chosen = F.one_hot(book.nearest(vectors[None])[0], count).to(vectors)
        sizes = chosen.sum(0)
        means = vectors.T @ chosen / sizes.clamp(min=1)
        alone = torch.randint(len(vectors), (count,), device=vectors.device)
        book.embed.copy_(torch.where(sizes > 0, means, vectors[alone].T))
    share = CROPS * CROP_FRAMES / 4 / len(vectors)
    book.cluster_size.copy_(sizes * share)
    book.embed_avg.copy_(book.embed * sizes * share)


def _crops(mels: Sequence[Tensor]) -> Tensor:
    """(B, 80, T) from anywhere in the recordings."""
    crops = []
    for _ in range(CROPS):
        mel = mels[int(torch.randint(len(mels), ()))]
        mel = F.pad(mel, (0, max(0, CROP_FRAMES - mel.shape[1])))
        start = int(torch.randint(mel.shape[1] - CROP_FRAMES + 1, ()))
        crops.append(mel[:, start : start + CROP_FRAMES])
    return torch.stack(crops)
