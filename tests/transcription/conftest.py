"""A workspace with a small real recogniser that knows the sentences of these recordings."""

import pytest

from tests.shared import shared
from tests.transcription.material import MODEL
from xtts_studio.workspace import Workspace


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = Workspace(tmp_path_factory.mktemp("home"))
    folder = workspace.cache / "whisper"
    folder.mkdir(parents=True)
    (folder / MODEL).symlink_to(shared("models/whisper-lj"))
    return workspace
