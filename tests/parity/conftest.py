"""Model folders with generated weights, golden arrays, and the table of deviations after the run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from tests.parity import deviation
from tests.parity.published import GOLDEN, Size, write_published_folder
from xtts_studio.xtts import Xtts


class Sized(NamedTuple):
    """A loaded model with generated weights and the reference's arrays for it."""

    size: Size
    model: Xtts

    def arrays(self, kind: str) -> dict[str, Any]:
        """The golden arrays `<size>_<kind>.npz` by name."""
        return golden_arrays(f"{self.size}_{kind}")


def each_size(tiny: Iterable[Any], full: Iterable[Any]) -> list[Any]:
    """Parameters for `("sized", something)`: what the goldens have at tiny and at full size."""
    of_full = [pytest.param("full", value, marks=pytest.mark.full) for value in full]
    return [("tiny", value) for value in tiny] + of_full


def golden_arrays(name: str) -> dict[str, Any]:
    with np.load(GOLDEN / f"{name}.npz") as arrays:
        return {key: arrays[key] for key in arrays.files}


@pytest.fixture(scope="package")
def published_tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as published, tiny sizes. Read only: copy it before changing anything."""
    return write_published_folder(tmp_path_factory.mktemp("published-tiny"), "tiny")


@pytest.fixture(scope="package")
def published_full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as published, official sizes (2.1 GB on disk, made once per run)."""
    return write_published_folder(tmp_path_factory.mktemp("published-full"), "full")


@pytest.fixture(scope="package")
def golden() -> Callable[[str], dict[str, Any]]:
    """`golden("tiny_decode")` -> the reference's arrays by name."""

    return golden_arrays


@pytest.fixture(scope="package")
def tiny(published_tiny: Path) -> Sized:
    """The tiny model, loaded once. Tests that train load one of their own."""
    return Sized("tiny", Xtts.load(published_tiny, device="cpu"))


@pytest.fixture(scope="package")
def full(published_full: Path) -> Sized:
    """The model of official size, loaded once."""
    return Sized("full", Xtts.load(published_full, device="cpu"))


@pytest.fixture(scope="package", params=["tiny", pytest.param("full", marks=pytest.mark.full)])
def sized(request: pytest.FixtureRequest) -> Sized:
    """Both, one after the other."""
    model: Sized = request.getfixturevalue(request.param)
    return model


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if deviation.rows:
        terminalreporter.section("deviation from the reference")
        terminalreporter.write_line(deviation.table())
