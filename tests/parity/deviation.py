"""Comparing arrays with the reference's and remembering how far off each was.

    deviation("tiny decode logits_0", got, want, 1e-4)          # fails beyond 1e-4 of want's standard deviation
    deviation("tiny train loss_mel", got, want, 1e-4, "abs")    # fails beyond 1e-4
    deviation("tiny decode codes_0", got, want, 0)              # must be equal

Every call leaves a row; `conftest.py` prints them after the run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from torch import Tensor

RelativeTo = Literal["std", "abs", "value"]


@dataclass(frozen=True)
class Row:
    """One compared array: its largest deviation and what was allowed, in units of `relative_to`."""

    name: str
    largest: float
    tolerance: float
    relative_to: RelativeTo


rows: list[Row] = []


def deviation(name: str, got: Any, want: Any, tolerance: float, relative_to: RelativeTo = "std") -> float:
    """Assert that `got` is within `tolerance` of `want`; return and record the largest deviation.

    `relative_to`: "std" divides by the standard deviation of `want`, "value" each element by its own size, "abs" not.
    """
    got, want = _array(got), _array(want)
    assert got.shape == want.shape, f"{name}: shape {got.shape}, expected {want.shape}"
    assert np.isfinite(got).all(), f"{name}: not all numbers are finite"
    largest = float(np.max(np.abs(got - want) / _scale(want, relative_to), initial=0.0))
    rows.append(Row(name, largest, tolerance, relative_to))
    assert largest <= tolerance, f"{name}: off by {largest:.2e} ({relative_to}), allowed {tolerance:.0e}"
    return largest


def _array(value: Any) -> Any:
    numbers = value.detach().cpu().numpy() if isinstance(value, Tensor) else np.asarray(value)
    return numbers.astype(np.float64)


def _scale(want: Any, relative_to: RelativeTo) -> Any:
    if relative_to == "std" and want.size > 1 and want.std() > 0:
        return want.std()
    if relative_to == "value":
        return np.abs(want)
    return 1.0


def table() -> str:
    """The rows as text: array, deviation, tolerance."""
    width = max(len(row.name) for row in rows)
    lines = [f"{'array':<{width}}  deviation  allowed  unit"]
    lines += [f"{r.name:<{width}}  {r.largest:9.1e}  {r.tolerance:7.0e}  {r.relative_to}" for r in rows]
    return "\n".join(lines)
