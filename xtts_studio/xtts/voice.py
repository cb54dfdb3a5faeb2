"""A voice: what the model has to know of a speaker, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

from xtts_studio.errors import CheckpointError, InvalidInput
from xtts_studio.xtts.config import XttsConfig


@dataclass(frozen=True)
class Voice:
    """gpt_latent (1, 32, C): how the GPT speaks. speaker_embedding (1, 512, 1): how the vocoder sounds. Float32."""

    gpt_latent: Tensor
    speaker_embedding: Tensor

    def save(self, path: Path | str) -> None:
        """Write a safetensors file; it appears whole or not at all."""
        path = Path(path)
        partial = path.with_name(f".{path.name}.partial")
        tensors = {"gpt_latent": self.gpt_latent, "speaker_embedding": self.speaker_embedding}
        safetensors.torch.save_file({key: value.contiguous() for key, value in tensors.items()}, partial)
        partial.replace(path)

    @staticmethod
    def load(path: Path | str) -> Voice:
        """Read what `save` wrote. Raises CheckpointError for anything else."""
        try:
            tensors = safetensors.torch.load_file(path)
            return Voice(tensors["gpt_latent"], tensors["speaker_embedding"])
        except (OSError, KeyError, SafetensorError) as error:
            raise CheckpointError(f"{path} is not a voice: {error}.", hint="Clone the voice again.") from None

    def check(self, config: XttsConfig) -> None:
        """Raise InvalidInput unless the voice was made for a model of these sizes."""
        expected = {
            "gpt_latent": (1, config.conditioning_latents, config.channels),
            "speaker_embedding": (1, config.speaker_channels, 1),
        }
        for name, shape in expected.items():
            found = tuple(getattr(self, name).shape)
            if found != shape:
                raise InvalidInput(
                    f"The voice's {name} has shape {found}, this model expects {shape}.",
                    hint="The voice was made with a model of another size; clone it again with this one.",
                )


def published_voice(entry: dict[str, Tensor]) -> Voice:
    """A voice as `speakers_xtts.pth` holds it under each name."""
    latent, embedding = entry["gpt_cond_latent"].float(), entry["speaker_embedding"].float()
    return Voice(latent, embedding.reshape(1, -1, 1))


def mean_voice(latents: list[Tensor], embeddings: list[Tensor]) -> Voice:
    """The voice in between. latents [(1, 32, C), …] of chunks of speech, embeddings [(1, 512, 1), …] of references.

    The mean of the embeddings keeps its length, it is not brought back to 1: as in the reference.
    """
    return Voice(torch.stack(latents).mean(0).float().cpu(), torch.stack(embeddings).mean(0).float().cpu())
