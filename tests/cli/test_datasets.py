"""`datasets` as typed: list, export, import."""

from pathlib import Path

import pytest

from tests.dataset.exchanged import clip, content, sound, stored, unpacked
from tests.test_cli import Person
from xtts_studio.workspace import Workspace


@pytest.fixture
def keeper(tmp_path: Path) -> Person:
    """Somebody with a dataset `anna` of three clips."""
    person = Person(tmp_path / "home")
    chunks = [clip(1, "One."), clip(2, "Two | three."), clip(3, "Four.", state="dropped")]
    stored(Workspace(person.home), "anna", chunks, {})
    person.environment |= {"COLUMNS": "80"}
    return person


def test_a_dataset_goes_out_and_comes_in_again(keeper: Person, tmp_path: Path) -> None:
    target = tmp_path / "anna.zip"
    assert "3 clips are in" in keeper.gets("datasets", "export", "anna", "-o", str(target))
    assert "3 clips were added to copy (format: zip)." in keeper.gets(
        "datasets", "import", str(target), "--name", "copy"
    )
    folder = keeper.home / "data" / "datasets"
    for name, data in content(folder / "anna").items():
        assert content(folder / "copy")[name] == data.replace(b'"name": "anna"', b'"name": "copy"')
    listed = keeper.gets("datasets", "list")
    assert "anna" in listed
    assert "copy" in listed
    assert max(map(len, listed.splitlines())) <= 80


def test_a_foreign_format_is_chosen_by_name(keeper: Person, tmp_path: Path) -> None:
    target = tmp_path / "lj.zip"
    said = keeper.gets("datasets", "export", "anna", "--format", "ljspeech", "--output", str(target))
    assert said.startswith("2 clips are in")  # the dropped one stays
    assert unpacked(target.read_bytes())["metadata.csv"] == (
        b"chunk_001|One.|One.\nchunk_002|Two   three.|Two   three.\n"
    )


def test_a_folder_is_imported_where_it_lies(keeper: Person, tmp_path: Path) -> None:
    folder = tmp_path / "My set 1.1"
    (folder / "wavs").mkdir(parents=True)
    (folder / "metadata.csv").write_text("a|Hello.|Hello.\nb|There.|There.\n", encoding="utf-8")
    (folder / "wavs" / "a.wav").write_bytes(sound(7))
    before = content(folder)
    done = keeper.types("datasets", "import", str(folder), "--language", "en")
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode() == "1 clip was added to My set 1.1 (format: ljspeech).\n"
    assert "b: Line 2 of metadata.csv names it, and there is no such sound file." in done.stderr.decode()
    assert content(folder) == before
    assert list((keeper.home / "data" / "incoming").iterdir()) == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("import", "nowhere.zip"), "There is no 'nowhere.zip'."),
        (("import", __file__), "is neither a zip nor a Parquet file"),
        (("export", "nobody"), "There is no dataset 'nobody'."),
        (("export", "anna", "--format", "mp3"), "There is no 'mp3' here."),
        (("export", "anna", "-o", "/nowhere/anna.zip"), "can't be written"),
    ],
)
def test_what_can_not_be_done_is_told_in_a_sentence(keeper: Person, words: tuple[str, ...], told: str) -> None:
    assert told in keeper.fails("datasets", *words)
