"""One optimizer step: the gradients of its clips, a few at a time, and the change of the weights.

The loss of a step is the mean over the targets of all its clips, whatever the number of clips computed at a time and
of processes: each batch counts by its share of the step's targets.
"""

import math
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.optim import AdamW

from xtts_studio.shapes import TrainRequest
from xtts_studio.training.loop.batches import Batch, Draw, Example, Prompter, collate, in_batches
from xtts_studio.training.loop.precision import Numerics
from xtts_studio.training.loop.progress import Losses
from xtts_studio.training.loop.ranks import Ranks
from xtts_studio.xtts.gpt import Gpt
from xtts_studio.xtts.loss import MEL_WEIGHT, TEXT_WEIGHT

_DROPOUT = {"full": 0.1, "lora": 0.0}
_HIGHEST_SEED = 2**63


class _Loss(nn.Module):
    """A GPT's loss as a module, which DistributedDataParallel wants."""

    def __init__(self, gpt: Gpt) -> None:
        super().__init__()
        self.gpt = gpt

    def forward(self, batch: Batch, text_share: float, mel_share: float) -> tuple[Tensor, Tensor]:
        """The batch's part of the step's loss, and of its losses (text, mel)."""
        loss = batch_loss(self.gpt, batch)
        text, mel = loss[0] * text_share, loss[1] * mel_share
        return TEXT_WEIGHT * text + MEL_WEIGHT * mel, torch.stack([text, mel]).detach()


def batch_loss(gpt: Gpt, batch: Batch) -> tuple[Tensor, Tensor]:
    """Mean losses over the targets of a batch: of the text, and of the audio codes."""
    loss = gpt.loss(
        batch.text_ids,
        batch.text_lengths,
        batch.audio_codes,
        batch.wav_lengths,
        batch.cond_mels,
        batch.cond_idxs,
    )
    return loss.text, loss.mel


class Stepper:
    """Computes gradients and applies them. `scaling`: of losses in float16, None elsewhere."""

    def __init__(
        self,
        gpt: Gpt,
        mel_stats: Tensor,
        prompter: Prompter,
        numerics: Numerics,
        settings: TrainRequest,
        ranks: Ranks,
    ) -> None:
        self.gpt, self.mel_stats, self.prompter, self.numerics = gpt, mel_stats, prompter, numerics
        self.seed, self.ranks = settings.seed, ranks
        self._stride = gpt.config.code_stride_samples
        self._scaler = numerics.scaler()
        self._loss = ranks.parallel(_Loss(gpt))
        gpt.gpt.set_dropout(_DROPOUT[settings.method] if settings.dropout is None else settings.dropout)

    @property
    def scaling(self) -> dict[str, float] | None:
        return self._scaler.state_dict() if self._scaler.is_enabled() else None

    @scaling.setter
    def scaling(self, state: dict[str, float] | None) -> None:
        if state is not None and self._scaler.is_enabled():
            counts = {"growth_interval", "_growth_tracker"}
            self._scaler.load_state_dict(
                {name: int(value) if name in counts else value for name, value in state.items()}
            )

    def gradients(self, draws: Sequence[Draw], step: int, epoch: int, batch_size: int) -> Tensor:
        """Puts the gradients of a step's clips in place, so many computed at a time; its losses (text, mel).

        Dropout's random numbers are those of the step, so nothing that went before has a say.
        """
        self.gpt.train()
        torch.manual_seed(_seed_of(self.seed, step, self.ranks.rank))
        self.gpt.zero_grad(set_to_none=True)
        examples = [self.prompter.example(draw, epoch) for draw in draws]
        totals = [example.targets(self._stride) for example in examples]
        text_targets, mel_targets = (sum(counts) for counts in zip(*totals, strict=True))
        sums = self.mel_stats.new_zeros(2)
        # A process that has no clip of a last, small step computes one that counts nothing: all must take part.
        own = self.ranks.share(examples)
        batches = in_batches(own, batch_size) or [examples[:1]]
        for number, batch in enumerate(batches):
            counts = [example.targets(self._stride) for example in batch] if own else [(0, 0)]
            text, mel = (sum(one) for one in zip(*counts, strict=True))
            last = number == len(batches) - 1
            sums += self._backward(batch, text / text_targets, mel / mel_targets, last)
        return self.ranks.add_up(sums)

    def _backward(self, examples: list[Example], text_share: float, mel_share: float, last: bool) -> Tensor:
        batch = collate(examples, self.mel_stats)
        loss_of: nn.Module = self._loss
        waits = self.ranks.size > 1 and not last
        with _apart(loss_of) if waits else nullcontext():  # gradients travel once a step
            with self.numerics.computing():
                loss, parts = loss_of(batch, text_share, mel_share)
            # DistributedDataParallel divides the sum of gradients by the number of processes.
            self._scaler.scale(loss * self.ranks.size).backward()
        return parts  # type: ignore[no-any-return]

    def apply(self, optimizer: AdamW, sums: Tensor) -> tuple[Losses, float, str]:
        """Changes the weights by the gradients in place. Gives the losses, the norm of the gradient, and what is no
        finite number ("loss", "gradient"; the weights stay then), or nothing.

        In float16 a gradient beyond its range lowers the scale, and the step is passed over.
        """
        self._scaler.unscale_(optimizer)
        gradients = [parameter.grad for parameter in self.gpt.parameters() if parameter.grad is not None]
        norm = float(torch.nn.utils.get_total_norm(gradients))
        text, mel = sums.tolist()
        losses = Losses(text=text, mel=mel, total=TEXT_WEIGHT * text + MEL_WEIGHT * mel)
        if not math.isfinite(losses.total):
            return losses, norm, "loss"
        if not math.isfinite(norm) and not self._scaler.is_enabled():
            return losses, norm, "gradient"
        self._scaler.step(optimizer)
        self._scaler.update()
        return losses, norm, ""


def _apart(loss_of: nn.Module) -> AbstractContextManager[None]:
    """Gradients are not exchanged yet."""
    return cast(DistributedDataParallel, loss_of).no_sync()


def is_out_of_memory(error: BaseException) -> bool:
    """Whether torch, or Python, found no memory. On a CPU torch says so in a plain RuntimeError."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return "can't allocate memory" in str(error)


def _seed_of(seed: int, step: int, rank: int) -> int:
    """Another number for each step and process; neighbouring seeds of a run give unrelated ones."""
    return (seed * 0x9E3779B97F4A7C15 + step * 0xBF58476D1CE4E5B9 + rank * 0x94D049BB133111EB) % _HIGHEST_SEED
