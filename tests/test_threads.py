"""How many cores a container gives."""

import os
from pathlib import Path

import pytest

from xtts_studio.threads import cores, cores_given


@pytest.mark.parametrize(
    ("text", "number"),
    [("max 100000\n", None), ("150000 100000\n", 1), ("50000 100000", 1), ("400000 100000", 4), ("", None)],
)
def test_cores_of_a_quota(tmp_path: Path, text: str, number: int | None) -> None:
    quota = tmp_path / "cpu.max"
    quota.write_text(text, encoding="ascii")
    assert cores_given(quota) == number


def test_without_a_quota_nothing_is_set(tmp_path: Path) -> None:
    assert cores_given(tmp_path / "none") is None


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system ties no process to cores")
def test_a_process_tied_to_one_core_has_one() -> None:
    usable = os.sched_getaffinity(0)
    assert 1 <= cores() <= len(usable)
    try:
        os.sched_setaffinity(0, {min(usable)})
        assert cores() == 1
    finally:
        os.sched_setaffinity(0, usable)
