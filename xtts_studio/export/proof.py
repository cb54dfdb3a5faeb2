"""Is what was read back the model that was to be exported? It is loaded as anybody would, compared, and spoken with."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from xtts_studio.errors import StudioError
from xtts_studio.export.archive import Tell
from xtts_studio.text.tokenizer import Tokenizer
from xtts_studio.xtts.checkpoint import Network, load_network
from xtts_studio.xtts.decoding import decode
from xtts_studio.xtts.gpt import Gpt
from xtts_studio.xtts.sampling import Sampling
from xtts_studio.xtts.storing import StoredPrecision, all_finite, in_precision

SENTENCE = "Good morning."
CODES = 8
LEAST_LIKENESS: dict[StoredPrecision, float] = {"float32": 1.0, "float16": 0.999, "bfloat16": 0.99}
"""Cosine of the scores of the first code with the unrounded model's; in float32 the codes themselves are compared."""
_COMPARED = 0.7  # share of the test
_ROUNDING = 1e-6
"""Of a weight that was written as length and direction and multiplied again."""


def prove(folder: Path, network: Network, precision: StoredPrecision, tell: Tell) -> None:
    """Raises `StudioError` unless the model in `folder` is `network` in this precision."""
    tell(0.0)
    try:
        found = load_network(folder)
        ids = Tokenizer(folder / "vocab.json").encode(SENTENCE.lower(), "en")
    except StudioError as error:
        raise _failed(error.message) from error
    _compare_tensors(found, network, precision, tell)
    tell(_COMPARED)
    _compare_speech(found.gpt, network.gpt, ids, precision)
    tell(1.0)


def _compare_tensors(found: Network, network: Network, precision: StoredPrecision, tell: Tell) -> None:
    there, wanted = found.state_dict(), network.state_dict()
    for number, (name, tensor) in enumerate(wanted.items()):
        tell(_COMPARED * number / len(wanted))
        expected = in_precision({name: tensor}, precision)[name].to(tensor.dtype)
        if not all_finite(there[name]):
            raise _failed(f"{name} holds values that are not numbers")
        if there[name].shape != expected.shape or not _equal(there[name], expected):
            raise _failed(f"{name} is not what was to be written")


def _equal(found: Tensor, expected: Tensor) -> bool:
    if torch.equal(found, expected):
        return True
    return found.is_floating_point() and torch.allclose(found, expected, rtol=_ROUNDING, atol=0)


def _compare_speech(found: Gpt, wanted: Gpt, ids: list[int], precision: StoredPrecision) -> None:
    if precision == "float32":
        if _codes(found, ids) != _codes(wanted, ids):
            raise _failed("it speaks other codes than the model")
        return
    likeness = torch.cosine_similarity(_scores(found, ids), _scores(wanted, ids), dim=0).item()
    if not likeness >= LEAST_LIKENESS[precision]:
        raise _failed(f"rounded to {precision} it scores codes too differently (cosine {likeness:.4f})")


@torch.inference_mode()
def _codes(gpt: Gpt, ids: list[int]) -> list[int]:
    prefix = gpt.prefix(_voice(gpt), ids)
    codes: list[int] = decode(gpt, [prefix], Sampling(), max_new_codes=CODES)[0].codes.tolist()
    return codes


@torch.inference_mode()
def _scores(gpt: Gpt, ids: list[int]) -> Tensor:
    """Of every code to be the first one, (codes,)."""
    latent = decode(gpt, [gpt.prefix(_voice(gpt), ids)], Sampling(), max_new_codes=1)[0].latents
    return gpt.audio_logits(latent)[0]


def _voice(gpt: Gpt) -> Tensor:
    """A voice of nobody, always the same, (1, 32, C)."""
    size = (1, gpt.config.conditioning_latents, gpt.config.channels)
    return torch.randn(size, generator=torch.Generator().manual_seed(0)) * 0.1


def _failed(reason: str) -> StudioError:
    return StudioError(
        f"The exported model failed its test: {reason.rstrip('.')}.",
        hint="Nothing was kept. Export again; if it fails again, check the disk and the model.",
    )
