"""Folders of voices: they appear whole or not at all, and what killed processes left goes."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.server.conftest import serving
from xtts_studio import speakers
from xtts_studio.errors import Conflict
from xtts_studio.shapes import Speaker
from xtts_studio.workspace import Workspace


def put(folder: Path) -> None:
    speakers.write_speaker(folder, Speaker(name="Anna", clips=[], duration_s=1.0, created_at=speakers.now()))


def test_of_two_who_make_one_name_the_slower_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = Workspace(tmp_path)
    rename = Path.rename

    def slowly(staging: Path, target: Path) -> Path:
        monkeypatch.setattr(Path, "rename", rename)
        with speakers.new_folder(workspace, "Anna") as other:  # comes in between the last look and the rename
            put(other)
        return rename(staging, target)

    monkeypatch.setattr(Path, "rename", slowly)
    with pytest.raises(Conflict, match="'Anna'"), speakers.new_folder(workspace, "Anna") as folder:
        put(folder)
    assert [path.name for path in workspace.speakers.iterdir()] == ["Anna"]


def test_a_starting_server_clears_what_killed_makers_left(tmp_path: Path) -> None:
    home = Workspace(tmp_path)
    with speakers.new_folder(home, "Anna") as folder:
        put(folder)
    for name, age_s in {".Ben.0123abcd": 7200, ".Anna.deleted": 7200, ".Cleo.0123abcd": 0, ".hidden": 7200}.items():
        (home.speakers / name / "part_1").mkdir(parents=True)
        os.utime(home.speakers / name, (time.time() - age_s,) * 2)
    with serving(tmp_path):
        pass
    assert sorted(path.name for path in home.speakers.iterdir()) == [".Cleo.0123abcd", ".hidden", "Anna"]
