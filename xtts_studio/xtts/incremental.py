"""Operations on a sequence that arrives piece by piece, giving exactly what they give for the whole sequence.

Both take `feed(x, last)` with x (B, C, T): the next T elements, none allowed, and whether the sequence ends with them.
They return the outputs which are certain by now, whatever follows. The concatenation of what they return does not
depend on how the sequence was cut, and the work per element is constant.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor


class Stretch:
    """Linear interpolation to floor(T * factor) elements, as torch's `interpolate(scale_factor=factor)` counts them.

    Output j lies at (j + 0.5) / factor - 0.5 of the input; outside the input its nearest end stands. Where the length
    happens to stay, torch copies instead; that would make the first outputs depend on how long the input gets.
    """

    def __init__(self, factor: float) -> None:
        self._factor = factor
        self._step = float(torch.tensor(1 / factor))  # inputs per output
        self._tail: Tensor | None = None
        self._start = 0  # number of the first input in _tail
        self._given = 0  # outputs returned

    def feed(self, x: Tensor, last: bool) -> Tensor:
        known = x if self._tail is None else torch.cat((self._tail, x), -1)
        length = self._start + known.shape[-1]
        place = self._places(math.floor(length * self._factor), x.device)
        if not last:
            place = place[place < length - 1]  # the others may lie between inputs to come
        self._given += place.shape[0]
        out = _between(known, place, self._start, length)
        self._forget(known, length)
        return out

    def _places(self, stop: int, device: torch.device) -> Tensor:
        """Where outputs _given..stop lie in the input: as torch has it, exact for a step rounded to float32."""
        output = torch.arange(self._given, max(stop, self._given), dtype=torch.float64)
        place = (output + 0.5) * self._step - 0.5
        return place.float().clamp(min=0).to(device)

    def _forget(self, known: Tensor, length: int) -> None:
        """Keep the inputs from the one before the next output on, with one to spare for rounding."""
        next_place = math.floor((self._given + 0.5) * self._step - 0.5) - 1
        keep = min(max(next_place, self._start), length)
        self._tail, self._start = known[..., keep - self._start :], keep


def _between(known: Tensor, place: Tensor, start: int, length: int) -> Tensor:
    """Values at fractional `place` (n,) of a sequence of `length`, of which `known` (B, C, …) begins at `start`."""
    left = place.floor()
    weight = (place - left).to(known.dtype)
    left = left.long()
    right = (left + 1).clamp(max=length - 1)
    return known[..., left - start] * (1 - weight) + known[..., right - start] * weight


@dataclass(frozen=True)
class Layer:
    """A function (B, C, T) -> (B, channels, T * rate) whose outputs depend on inputs at most `reach` before and after.

    It must not change its argument, and must treat what lies outside it as the sequence's ends.
    """

    apply: Callable[[Tensor], Tensor]
    channels: int
    rate: int
    reach: int


class Windowed:
    """A `Layer` over a growing sequence: each window is what is new, with `reach` known inputs on either side."""

    def __init__(self, layer: Layer) -> None:
        self._layer = layer
        self._tail: Tensor | None = None
        self._start = 0  # number of the first input in _tail
        self._done = 0  # inputs whose outputs were returned

    def feed(self, x: Tensor, last: bool) -> Tensor:
        window = x if self._tail is None else torch.cat((self._tail, x), -1)
        length = self._start + window.shape[-1]
        stop = length if last else length - self._layer.reach
        if stop <= self._done:
            self._tail = window
            return x.new_empty(x.shape[0], self._layer.channels, 0)
        rate, start = self._layer.rate, self._start
        out = self._layer.apply(window)[..., (self._done - start) * rate : (stop - start) * rate]
        self._done, self._start = stop, max(stop - self._layer.reach, 0)
        self._tail = window[..., self._start - start :]
        return out
