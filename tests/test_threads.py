"""How many cores a container gives."""

from pathlib import Path

import pytest

from xtts_studio.threads import cores_given


@pytest.mark.parametrize(
    ("text", "cores"),
    [("max 100000\n", None), ("150000 100000\n", 1), ("50000 100000", 1), ("400000 100000", 4), ("", None)],
)
def test_cores_of_a_quota(tmp_path: Path, text: str, cores: int | None) -> None:
    quota = tmp_path / "cpu.max"
    quota.write_text(text, encoding="ascii")
    assert cores_given(quota) == cores


def test_without_a_quota_nothing_is_set(tmp_path: Path) -> None:
    assert cores_given(tmp_path / "none") is None
