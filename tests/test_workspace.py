"""Folders take each other's place; what was there is never lost."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from xtts_studio.errors import InvalidInput
from xtts_studio.workspace import replace_folder, written_whole


def folder(path: Path, content: str) -> Path:
    path.mkdir()
    (path / "file").write_text(content)
    return path


def names(path: Path) -> list[str]:
    return sorted(one.name for one in path.iterdir())


def test_the_new_folder_takes_the_place_of_the_old(tmp_path: Path) -> None:
    replace_folder(folder(tmp_path / "new", "first"), tmp_path / "model")
    replace_folder(folder(tmp_path / "new", "second"), tmp_path / "model")
    assert (tmp_path / "model" / "file").read_text() == "second"
    assert names(tmp_path) == ["model"]


def test_the_old_folder_is_back_when_the_new_one_can_not_come_in(tmp_path: Path) -> None:
    folder(tmp_path / "model", "first")
    with pytest.raises(FileNotFoundError):
        replace_folder(tmp_path / "missing", tmp_path / "model")
    assert (tmp_path / "model" / "file").read_text() == "first"
    assert names(tmp_path) == ["model"]


def test_what_a_dead_process_left_aside_goes_only_once_the_new_folder_is_in(tmp_path: Path) -> None:
    folder(tmp_path / ".model.old", "first")
    with pytest.raises(FileNotFoundError):
        replace_folder(tmp_path / "missing", tmp_path / "model")
    assert (tmp_path / "model" / "file").read_text() == "first"


def test_a_link_is_replaced_and_what_it_points_at_stays(tmp_path: Path) -> None:
    (tmp_path / "model").symlink_to(folder(tmp_path / "elsewhere", "first"))
    replace_folder(folder(tmp_path / "new", "second"), tmp_path / "model")
    assert (tmp_path / "model" / "file").read_text() == "second"
    assert names(tmp_path) == ["elsewhere", "model"]
    assert (tmp_path / "elsewhere" / "file").read_text() == "first"


def test_a_device_or_a_folder_is_never_replaced_by_a_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    folder(tmp_path / "folder", "kept")
    for name in ("pipe", "folder"):
        with pytest.raises(InvalidInput, match="no file"), written_whole(tmp_path / name) as temporary:
            temporary.write_text("new")
    assert (tmp_path / "pipe").is_fifo()
    assert (tmp_path / "folder" / "file").read_text() == "kept"
