"""Somebody who has the tiny base model and a voice of it. What it says is sound, not speech."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from click.testing import Result
from typer.testing import CliRunner

from tests.cli.brief import make_brief
from tests.parity.published import write_published_folder
from tests.test_cli import HARBOUR, Person
from xtts_studio.cli.app import app
from xtts_studio.cli.options import voice_named
from xtts_studio.errors import StudioError
from xtts_studio.synthesis.process import forget_engine
from xtts_studio.workspace import Workspace, read_json, write_json


class Typist(Person):
    """Types commands that run in this process: starting Python for each would take most of the time."""

    def enters(self, *words: str, stdin: bytes = b"") -> Result:
        """Runs a command that must succeed."""
        done = CliRunner().invoke(app, words, input=stdin, env=self.environment, catch_exceptions=True)
        assert done.exit_code == 0, (done.exception, done.stderr)
        return done

    def is_told(self, *words: str, stdin: bytes = b"") -> str:
        """Runs a command that must end with sentences; gives them."""
        done = CliRunner().invoke(app, words, input=stdin, env=self.environment)
        assert isinstance(done.exception, StudioError), (done.exception, done.stderr)
        return f"{done.exception.message} {done.exception.hint}"


@pytest.fixture(scope="session")
def workspace_of_reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the tiny model and a voice named Reader."""
    home = tmp_path_factory.mktemp("speaking") / "home"
    write_published_folder(home / "cache" / "xtts-v2")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XTTS_PRECISION", "float32")
        name = voice_named(str(HARBOUR), "xtts-v2", Workspace(home))
    folder = (home / "speakers" / name).rename(home / "speakers" / "Reader")
    write_json(folder / "speaker.json", read_json(folder / "speaker.json") | {"name": "Reader"})
    return home


@pytest.fixture
def speaker(workspace_of_reader: Path) -> Iterator[Typist]:
    """Has a voice named Reader."""
    person = Typist(workspace_of_reader)
    person.environment |= {"XTTS_PRECISION": "float32"}
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    forget_engine()
    yield person
    forget_engine()
    torch.set_num_threads(threads)


@pytest.fixture
def few_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second of sound for each piece of text is enough. In this process only."""
    make_brief(monkeypatch)


@pytest.fixture
def output(tmp_path: Path) -> Iterator[Path]:
    """A folder for what is written."""
    folder = tmp_path / "written"
    folder.mkdir()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
