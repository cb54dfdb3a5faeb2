"""Packed layers: near the plain ones, and each row the same whatever stands beside it; the choice between them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from tests.parity.conftest import Sized
from tests.parity.published import STUDIO_VOICE
from xtts_studio.xtts import Xtts, choice, packed
from xtts_studio.xtts.kv_cache import KvCache

ERRORS = {"float32": 1e-6, "bfloat16": 1e-2, "int8": 2e-2}  # relative to the spread of the outputs


def made(
    precision: packed.PackedPrecision, *, as_gpt2: bool = False
) -> tuple[torch.nn.Module, torch.Tensor, torch.Tensor]:
    """A layer, inputs (16, 96) of very different sizes, and what a plain layer makes of them. GPT-2's weights lie the
    other way round in memory."""
    generator = torch.Generator().manual_seed(1)
    weight, bias = (torch.randn(size, generator=generator) for size in ((160, 96), (160,)))
    x = torch.randn(16, 96, generator=generator) * torch.logspace(-3, 3, 16)[:, None]
    plain = torch.nn.functional.linear(x, weight, bias)
    return packed.pack(weight.t().contiguous().t() if as_gpt2 else weight, bias, precision), x, plain


@pytest.mark.parametrize("as_gpt2", [False, True])
@pytest.mark.parametrize("precision", [*packed.available(), "bfloat16"])
def test_near_the_plain_layer_row_by_row(precision: packed.PackedPrecision, as_gpt2: bool) -> None:
    layer, x, plain = made(precision, as_gpt2=as_gpt2)
    for row, expected in zip(layer(x), plain, strict=True):
        assert (row - expected).std() <= ERRORS[precision] * expected.std()


@pytest.mark.parametrize("precision", packed.available())
def test_a_row_is_the_same_alone_and_among_others(precision: packed.PackedPrecision) -> None:
    layer, x, _ = made(precision)
    together = layer(x)
    for begin, end in ((0, 1), (5, 6), (3, 5), (7, 15), (0, 16)):
        assert torch.equal(layer(x[begin:end]), together[begin:end])
    assert torch.equal(layer(x[None])[0], together)


def test_both_libraries_keep_rows_apart() -> None:
    _, x, _ = made("float32")
    weight = torch.randn(160, 96, generator=torch.Generator().manual_seed(1))
    layer = packed.OneDnnLinear(weight, torch.zeros(160))
    assert all(torch.equal(layer(x[row : row + 1])[0], layer(x)[row]) for row in range(16))


@pytest.mark.skipif("int8" not in packed.available(), reason="this processor has no VNNI")
def test_int8_of_nothing_is_the_bias() -> None:
    layer, x, _ = made("int8")
    assert torch.equal(layer(torch.zeros(2, 96)), layer(torch.zeros(1, 96)).expand(2, -1))
    assert bool(layer(x * 1e-30).isfinite().all())


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Path]:
    file, before = tmp_path / "cache" / "choices.json", choice._file
    choice.keep_in(file)
    yield file
    choice._file = before


def test_a_choice_is_made_once_for_a_machine(kept: Path) -> None:
    assert choice.chosen("precision", ["a", "b"], lambda: "b") == "b"
    assert choice.chosen("precision", ["a", "b"], lambda: "a") == "b"
    assert choice.chosen("precision", ["a", "c"], lambda: "c") == "c", "what is no option any more is chosen anew"
    kept.write_text("[damaged", encoding="utf-8")
    assert choice.chosen("precision", ["a", "c"], lambda: "a") == "a"


@pytest.mark.parametrize("precision", [name for name in packed.available() if name != "float32"])
def test_a_model_of_fewer_bits_says_nearly_the_same(tiny: Sized, precision: str) -> None:
    """Led along the same codes, its latents stay near. Random weights make this harder than trained ones."""
    other = Xtts.load(tiny.model.folder, "cpu", precision)
    latent = tiny.model.studio_voices[STUDIO_VOICE].gpt_latent
    hidden = []
    for model in (tiny.model, other):
        with torch.inference_mode():
            prefix = model.gpt.prefix(latent, [259, *range(20, 60)])
            hidden.append(model.gpt.prefill(prefix, KvCache(model.config)))
    assert (hidden[1] - hidden[0]).std() < 0.1 * hidden[0].std()
