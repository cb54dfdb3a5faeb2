"""How well a model does on speech it never learns from."""

from collections.abc import Sequence

import torch
from torch import Tensor

from xtts_studio.training.loop.batches import collate, eval_example, in_batches
from xtts_studio.training.loop.precision import Numerics
from xtts_studio.training.loop.progress import Losses
from xtts_studio.training.loop.stepping import batch_loss
from xtts_studio.training.material.features import TrainingClip
from xtts_studio.xtts.gpt import Gpt
from xtts_studio.xtts.loss import MEL_WEIGHT, TEXT_WEIGHT


class Judge:
    """The loss of the evaluation clips: without dropout, always with the same prompts, on the scale of training."""

    def __init__(self, gpt: Gpt, mel_stats: Tensor, clips: Sequence[TrainingClip], numerics: Numerics) -> None:
        self.gpt, self.mel_stats, self.numerics = gpt, mel_stats, numerics
        by_length = sorted(clips, key=lambda clip: -clip.samples)  # so that little is padded
        self._examples = [eval_example(clip) for clip in by_length]

    @torch.no_grad()
    def losses(self, batch_size: int) -> Losses | None:
        """Means over all targets, so many clips computed at a time; None where there are no clips."""
        if not self._examples:
            return None
        self.gpt.eval()
        sums, targets = [0.0, 0.0], [0, 0]
        for examples in in_batches(self._examples, batch_size):
            batch = collate(examples, self.mel_stats)
            with self.numerics.computing():
                found = [float(loss) for loss in batch_loss(self.gpt, batch)]
            counts = [example.targets(self.gpt.config.code_stride_samples) for example in examples]
            for kind, count in enumerate(sum(one) for one in zip(*counts, strict=True)):
                sums[kind] += found[kind] * count
                targets[kind] += count
        text, mel = (total / count for total, count in zip(sums, targets, strict=True))
        return Losses(text=text, mel=mel, total=TEXT_WEIGHT * text + MEL_WEIGHT * mel)
