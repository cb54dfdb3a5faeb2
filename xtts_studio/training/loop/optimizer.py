"""The optimizer of the XTTS recipe: AdamW, decaying weights alone."""

import math

from torch import nn
from torch.optim import AdamW

from xtts_studio.shapes import TrainRequest

BETAS = (0.9, 0.96)
LOWEST_SHARE = 0.1
"""Of the learning rate, at the end of a cosine."""
EPSILON = 1e-8


def decayed(model: nn.Module) -> set[str]:
    """Names of the parameters that weight decay applies to: weights of linear and convolution layers.

    Biases, norms and embeddings are left alone; so are vectors and tables that stand by themselves.
    """
    return {
        f"{owner_name}.weight".lstrip(".")
        for owner_name, owner in model.named_modules()
        for name, parameter in owner.named_parameters(recurse=False)
        if name == "weight" and parameter.ndim > 1 and not isinstance(owner, nn.Embedding)
    }


def make_optimizer(model: nn.Module, learning_rate: float, weight_decay: float) -> AdamW:
    """AdamW over all parameters of `model` that require gradients, betas .9 and .96, in two groups."""
    names = decayed(model)
    trained = [(name, parameter) for name, parameter in model.named_parameters() if parameter.requires_grad]
    groups = [
        {"params": [parameter for name, parameter in trained if name in names], "weight_decay": weight_decay},
        {"params": [parameter for name, parameter in trained if name not in names], "weight_decay": 0.0},
    ]
    return AdamW(groups, lr=learning_rate, betas=BETAS, eps=EPSILON, fused=True)


def learning_rate_at(step: int, total_steps: int, settings: TrainRequest) -> float:
    """The rate of optimizer step `step`, from 0: rises in equal parts over the warm-up, then stays, or falls along a
    cosine to a tenth at the last step. A finished run that is given more steps goes on along the longer curve."""
    assert settings.learning_rate is not None, "chosen by the recipe"
    warmup = settings.warmup_steps or 0
    if step < warmup:
        return settings.learning_rate * (step + 1) / warmup
    if settings.lr_schedule != "cosine":
        return settings.learning_rate
    done = (step - warmup) / max(1, total_steps - warmup)
    return settings.learning_rate * (LOWEST_SHARE + (1 - LOWEST_SHARE) * (1 + math.cos(math.pi * done)) / 2)
