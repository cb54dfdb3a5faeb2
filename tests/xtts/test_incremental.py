"""Operations on growing sequences: any cut gives what the whole gives, and the work per element is bounded."""

import pytest
import torch
from hypothesis import given, strategies as st
from torch import Tensor
from torch.nn.functional import conv1d, interpolate

from xtts_studio.xtts.hifigan import HifiGan
from xtts_studio.xtts.incremental import Layer, Stretch, Windowed

FACTORS = [1 / 2, 1 / 1.25, 1 / 0.8, 4.0, 24000 / 22050, 1 / 0.05, 0.0471]


def numbers(count: int, channels: int = 2) -> Tensor:
    return torch.randn(1, channels, count, generator=torch.Generator().manual_seed(count))


def in_pieces(operation: Stretch | Windowed, x: Tensor, sizes: list[int]) -> list[Tensor]:
    return [operation.feed(part, False) for part in x.split(sizes, -1)] + [operation.feed(x[..., :0], True)]


@pytest.mark.parametrize("factor", FACTORS)
@pytest.mark.parametrize("count", [1, 2, 7, 147, 588, 2408])
def test_stretch_is_torchs_interpolation(factor, count):
    x = numbers(count)
    got = Stretch(factor).feed(x, True)
    assert got.shape[-1] == int(count * factor)
    if got.shape[-1] not in (0, count):  # torch refuses to make nothing, and copies where the length stays
        torch.testing.assert_close(got, interpolate(x, scale_factor=[factor], mode="linear"), rtol=0, atol=1e-6)


def test_stretch_interpolates_even_where_the_length_stays():
    x = torch.tensor([[[0.0, 1.0, 2.0]]])
    torch.testing.assert_close(Stretch(1.25).feed(x, True), torch.tensor([[[0.0, 0.7, 1.5]]]))
    assert torch.equal(interpolate(x, scale_factor=[1.25], mode="linear"), x)


@given(sizes=st.lists(st.integers(0, 40), min_size=1, max_size=8), factor=st.sampled_from(FACTORS))
def test_stretch_of_any_cut_is_the_stretch_of_the_whole(sizes, factor):
    x = numbers(sum(sizes))
    pieces = in_pieces(Stretch(factor), x, sizes)
    assert torch.equal(torch.cat(pieces, -1), Stretch(factor).feed(x, True))


def test_stretch_gives_at_once_what_is_certain():
    stretch = Stretch(4.0)
    assert [stretch.feed(numbers(1), False).shape[-1] for _ in range(3)] == [0, 6, 4]
    assert stretch.feed(numbers(0), True).shape[-1] == 2


def averaging(windows: list[int]) -> Layer:
    """Every input three times, as the mean of five; writes down how long each window was."""

    def apply(x: Tensor) -> Tensor:
        windows.append(x.shape[-1])
        kernel = torch.full((1, 1, 5), 0.2)
        return conv1d(x, kernel, padding=2).repeat_interleave(3, -1)

    return Layer(apply, channels=1, rate=3, reach=2)


@given(sizes=st.lists(st.integers(0, 12), min_size=1, max_size=8))
def test_windows_of_any_cut_give_what_the_whole_gives(sizes):
    x = numbers(sum(sizes), channels=1)
    pieces = in_pieces(Windowed(averaging([])), x, sizes)
    torch.testing.assert_close(torch.cat(pieces, -1), averaging([]).apply(x) if sum(sizes) else x)


def test_work_per_element_is_bounded():
    windows: list[int] = []
    in_pieces(Windowed(averaging(windows)), numbers(300, channels=1), [3] * 100)
    assert max(windows) <= 3 + 2 * 2
    assert len(windows) <= 101


def test_reach_of_every_layer_is_exactly_what_it_says():
    """A change of one input changes outputs up to `reach` inputs away on some side, and none beyond."""
    torch.manual_seed(0)
    network = HifiGan(16, 8).double().requires_grad_(False)
    channels = 16
    for layer in network.layers(torch.randn(1, 8, 1, dtype=torch.float64)):
        x = torch.randn(1, channels, 4 * layer.reach + 1, dtype=torch.float64)
        changed = x.clone()
        changed[..., 2 * layer.reach] += 100.0
        difference = (layer.apply(changed) - layer.apply(x)).abs().sum(1)[0]
        inputs = (difference > 0).nonzero()[:, 0] // layer.rate - 2 * layer.reach
        assert max(-int(inputs.min()), int(inputs.max())) == layer.reach
        channels = layer.channels
