"""Model folders with generated weights, golden arrays, and the table of deviations after the run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.parity import deviation
from tests.parity.published import GOLDEN, write_published_folder


@pytest.fixture(scope="session")
def published_tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as published, tiny sizes. Read only: copy it before changing anything."""
    return write_published_folder(tmp_path_factory.mktemp("published-tiny"), "tiny")


@pytest.fixture(scope="session")
def published_full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as published, official sizes (2.1 GB on disk, made once per run)."""
    return write_published_folder(tmp_path_factory.mktemp("published-full"), "full")


@pytest.fixture(scope="session")
def golden() -> Callable[[str], dict[str, Any]]:
    """`golden("tiny_decode")` -> the reference's arrays by name."""

    def load(name: str) -> dict[str, Any]:
        with np.load(GOLDEN / f"{name}.npz") as arrays:
            return {key: arrays[key] for key in arrays.files}

    return load


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if deviation.rows:
        terminalreporter.section("deviation from the reference")
        terminalreporter.write_line(deviation.table())
