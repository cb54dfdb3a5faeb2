"""Processes that are killed in the middle of an edit leave the dataset as it was."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.dataset.clips import add_clip, edit, room, row, sound_of, speech, state
from xtts_studio.dataset import history, store
from xtts_studio.dataset.staging import clear_staging
from xtts_studio.workspace import Workspace

_PROGRAM = """
import os, signal, sys
from pathlib import Path
from xtts_studio.dataset import editing, history, replacing
from xtts_studio.events import ignore
from xtts_studio.shapes import EditClipsRequest
from xtts_studio.workspace import Workspace

def dying(function, after):
    calls = [0]
    def called(*given, **named):
        calls[0] += 1
        if calls[0] > after:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*given, **named)
    return called

module, name, after, home, *files = sys.argv[1:]
module = {"editing": editing, "replacing": replacing, "history": history}[module]
setattr(module, name, dying(getattr(module, name), int(after)))
editing.edit_clips(EditClipsRequest(dataset="voice", action="trim", files=files), Workspace(Path(home)), ignore)
"""


@pytest.mark.parametrize(
    ("module", "name", "after"),
    [("editing", "stage", 2), ("replacing", "_move", 0), ("replacing", "_move", 2), ("history", "write", 0)],
)
def test_a_kill_changes_nothing_and_the_next_edit_goes_well(tmp_path: Path, module: str, name: str, after: int) -> None:
    workspace = Workspace(tmp_path)
    chunks = [add_clip(workspace, row(room(1), speech(1, k), room(1))) for k in range(4)]
    before = state(workspace)
    files = [chunk.file for chunk in chunks]
    root = Path(__file__).resolve().parent.parent.parent
    command = [sys.executable, "-c", _PROGRAM, module, name, str(after), str(tmp_path), *files]
    killed = subprocess.run(command, cwd=root, capture_output=True, env=os.environ | {"PYTHONPATH": str(root)})
    assert killed.returncode == -9, killed.stderr.decode()[-2000:]
    assert state(workspace) == before
    assert history.changes(workspace.dataset("voice"))[0] == []
    clear_staging(workspace)
    assert not list(workspace.datasets.glob(".making-*"))

    fresh = edit(workspace, "trim", *chunks).chunks
    assert len(fresh) == 4
    assert [chunk.file for chunk in store.read(workspace, "voice").chunks] == [chunk.file for chunk in fresh]
    assert all(len(sound_of(workspace, chunk)) / 22_050 == pytest.approx(chunk.duration_s) for chunk in fresh)
    history.undo(workspace, "voice")
    assert state(workspace) == before
