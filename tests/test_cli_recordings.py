"""`xtts-studio recordings`: files become recordings without a server, each judged by itself."""

import os
from pathlib import Path

import pytest

from tests.recorded import tone
from tests.test_cli import HARBOUR, Person
from xtts_studio.recordings import list_recordings
from xtts_studio.workspace import Workspace


def test_files_become_recordings_and_bad_ones_are_explained(tmp_path: Path) -> None:
    person = Person(tmp_path / "home")
    assert "no recordings yet" in person.gets("recordings", "list")
    tone(tmp_path / "tone.wav", 65)
    (tmp_path / "page.mp3").write_text("<html>404</html>")
    added = person.types("recordings", "add", *map(str, (tmp_path / "tone.wav", tmp_path / "page.mp3", HARBOUR)))
    assert added.returncode == 1
    lines = added.stdout.decode().splitlines()
    assert [line.split()[-1] for line in lines] == ["tone.wav", "harbour.flac"]
    assert " 0:01:05 " in lines[0]
    told = added.stderr.decode()
    assert "page.mp3: The file is not sound" in told
    assert "Traceback" not in told
    assert [line.split()[0] for line in lines] == [one.id for one in reversed(list_recordings(Workspace(person.home)))]
    assert list((person.home / "data" / "incoming").iterdir()) == []

    assert "already" in person.gets("recordings", "add", str(HARBOUR))
    listed = person.gets("recordings", "list")
    assert "tone.wav" in listed
    assert "harbour.flac" in listed


def test_a_file_whose_name_is_no_text_is_added(tmp_path: Path) -> None:
    person = Person(tmp_path / "home")
    odd = tmp_path / os.fsdecode(b"caf\xe9.wav")
    try:
        tone(odd, 2)
    except OSError:
        pytest.skip("this file system takes no such names")
    assert person.types("recordings", "add", str(odd)).returncode == 0
    assert [one.name for one in list_recordings(Workspace(person.home))] == ["caf\ufffd.wav"]
