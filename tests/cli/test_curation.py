"""Looking through a dataset and mending it on the command line."""

from pathlib import Path

import pytest

from tests.cli.conftest import Typist
from tests.dataset.clips import add_clip, add_lj, speech
from tests.dataset.defects import with_silence
from tests.shared import shared
from xtts_studio.audio.decode import read_mono
from xtts_studio.audio.encode import write_wav
from xtts_studio.dataset import store
from xtts_studio.workspace import Workspace

SAID_TWICE = "produced the block books, which were the immediate predecessors of the true printed book,"
TEXT = "The Middle Ages brought calligraphy to perfection, and it was natural therefore"


@pytest.fixture
def person(workspace: Workspace) -> Typist:
    return Typist(workspace.home)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Six good clips, one with silence at both ends, and a copy of one."""
    workspace = Workspace(tmp_path / "home")
    add_lj(workspace, 6)
    sound = read_mono(shared("audio/ljspeech/wavs/LJ001-0016.wav"), 22_050)
    add_clip(workspace, with_silence(sound, 1.2, 1.5), text=TEXT, text_source="typed", language="en")
    copy = read_mono(shared("audio/ljspeech/wavs/LJ001-0004.wav"), 22_050)
    add_clip(workspace, copy, text=SAID_TWICE, text_source="typed", language="en")
    return workspace


def test_a_dataset_is_looked_through_mended_and_taken_back(person: Typist, workspace: Workspace) -> None:
    assert "There is no x-ray" in person.is_told("datasets", "fix", "voice", "duplicate")
    looked = person.enters("datasets", "xray", "voice").stdout
    assert "8 of 8 clips will train" in looked
    assert "long_silence_end" in looked
    assert "duplicate" in looked
    assert "chunk_007.wav" in person.enters("datasets", "xray", "voice", "--clips").stdout
    assert "1 clip trimmed" in person.enters("datasets", "fix", "voice", "long_silence_end").stdout
    assert "1 clip dropped" in person.enters("datasets", "fix", "voice", "duplicate").stdout
    again = person.enters("datasets", "xray", "voice").stdout
    assert "7 of 7 clips will train" in again
    assert "long_silence" not in again
    assert "Undone: Drop chunk_008.wav" in person.enters("datasets", "undo", "voice").stdout
    assert "Done again: Drop chunk_008.wav" in person.enters("datasets", "redo", "voice").stdout
    assert store.summarize(store.read(workspace, "voice")).dropped_count == 1


def test_what_can_not_be_mended_is_told(person: Typist, workspace: Workspace) -> None:
    person.enters("datasets", "xray", "voice")
    told = person.is_told("datasets", "fix", "voice", "noisy")
    assert "offers no fix for 'noisy'" in told
    assert "xtts-studio datasets xray voice" in told
    assert "no dataset 'nothing'" in person.is_told("datasets", "xray", "nothing")


def test_a_dataset_without_a_language_gets_one(tmp_path: Path) -> None:
    person = Typist(tmp_path / "home")
    folder = tmp_path / "reader"
    (folder / "wavs").mkdir(parents=True)
    write_wav(folder / "wavs" / "one.wav", speech(2.0), 22_050)
    (folder / "metadata.csv").write_text("one|Hello there.|Hello there.\n", encoding="utf-8")
    told = person.enters("datasets", "import", str(folder), "--name", "reader").stderr
    assert "without a language" in told
    assert "xtts-studio datasets language reader en" in told
    assert "1 clips had none" in person.enters("datasets", "language", "reader", "en").stdout
    dataset = store.read(Workspace(tmp_path / "home"), "reader")
    assert (dataset.language, [chunk.language for chunk in dataset.chunks]) == ("en", ["en"])
    assert "language" in person.is_told("datasets", "language", "reader", "klingon")
