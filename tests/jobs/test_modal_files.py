"""Files between a user's own server and the volumes: only what changed travels, and nothing of the user's is lost."""

from pathlib import Path
from typing import Any

import pytest

from tests.jobs.modal_volume import Volume
from xtts_studio.errors import DownloadFailed, InvalidInput
from xtts_studio.jobs import file_transfer
from xtts_studio.jobs.file_manifest import write_manifests
from xtts_studio.jobs.file_transfer import TransferredFiles
from xtts_studio.jobs.step_files import FILES, step_files
from xtts_studio.shapes import CloneRequest, SpeakRequest, TrainRequest, TranscribeRequest
from xtts_studio.steps import STEPS
from xtts_studio.workspace import Workspace, read_json, write_json

STEP, REQUEST = STEPS["transcribe"], TranscribeRequest(dataset="anna", whisper_model="tiny")
UNIT = "data/datasets/anna"


class Sides:
    """A workspace, the volumes, and how they are brought together before and after a step."""

    def __init__(self, root: Path) -> None:
        self.workspace = Workspace(root / "home")
        self.volumes = {name: Volume(root / "volumes" / name) for name in ("data", "cache", "speakers")}
        self.here, self.there = self.workspace.home / UNIT, self.volumes["data"].root / "datasets" / "anna"
        for name in ("chunks/1.wav", "chunks/2.wav", "metadata.json"):
            self.write(name, name)
        self.begin()

    def begin(self) -> None:
        """Another server."""
        self.files = TransferredFiles(self.workspace, self.volumes)

    def write(self, name: str, content: str) -> None:
        (self.here / name).parent.mkdir(parents=True, exist_ok=True)
        (self.here / name).write_text(content)

    def give(self) -> list[str]:
        """What was sent, but for manifests."""
        for volume in self.volumes.values():
            volume.uploads.clear()
        list(self.files.give(STEP, REQUEST))
        return self.sent()

    def sent(self) -> list[str]:
        return [name.removeprefix("datasets/anna/") for name in self.volumes["data"].uploads if "manifests" not in name]

    def step(self, **changes: str | None) -> None:
        """A step on the other side: writes files, or deletes those that are None."""
        for name, content in changes.items():
            path = self.there / name.replace("__", "/").replace("_json", ".json").replace("_wav", ".wav")
            if content is None:
                path.unlink()
            else:
                path.write_text(content)
        write_manifests(_mounted(self.volumes["data"]), [UNIT])

    def take(self) -> list[str]:
        """What was fetched."""
        self.volumes["data"].reads.clear()
        list(self.files.take(STEP, REQUEST, {}))
        read = self.volumes["data"].reads
        return [name.removeprefix("datasets/anna/") for name in read if "manifests" not in name]


def _mounted(volume: Volume) -> Workspace:
    """The workspace of a container, whose data folder is the volume."""
    home = volume.root.parent / "container"
    home.mkdir(exist_ok=True)
    if not (home / "data").exists():
        (home / "data").symlink_to(volume.root)
    return Workspace(home)


@pytest.fixture
def sides(tmp_path: Path) -> Sides:
    return Sides(tmp_path)


def test_every_step_says_what_it_reads_and_writes() -> None:
    assert FILES.keys() == STEPS.keys()


def test_only_what_is_missing_is_sent(sides: Sides) -> None:
    assert sides.give() == ["chunks/1.wav", "chunks/2.wav", "metadata.json"]
    assert (sides.there / "chunks/1.wav").read_text() == "chunks/1.wav"
    assert sides.give() == []
    sides.begin()
    assert sides.give() == []
    sides.write("chunks/2.wav", "another sound")
    assert sides.give() == ["chunks/2.wav"]


def test_only_what_changed_is_fetched(sides: Sides) -> None:
    sides.give()
    sides.step(metadata_json="with texts", chunks__3_wav="new")
    assert sides.take() == ["chunks/3.wav", "metadata.json"]
    assert (sides.here / "metadata.json").read_text() == "with texts"
    assert sides.give() == []


def test_what_is_deleted_here_goes_there_and_what_a_step_deletes_goes_here(sides: Sides) -> None:
    sides.give()
    (sides.here / "chunks/1.wav").unlink()
    sides.give()
    assert not (sides.there / "chunks/1.wav").exists()
    sides.step(chunks__2_wav=None)
    sides.take()
    assert not (sides.here / "chunks/2.wav").exists()
    assert (sides.here / "metadata.json").exists()


def test_a_push_that_was_cut_off_goes_on(sides: Sides, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_transfer, "LOT_FILES", 1)
    sides.volumes["data"].refuse_after = 3  # a file, its manifest, a file
    with pytest.raises(ConnectionError):
        sides.give()
    assert not (sides.there / "metadata.json").exists()
    sides.begin()
    assert sides.give() == ["chunks/2.wav", "metadata.json"]
    assert sorted(path.name for path in sides.here.rglob("*.*")) == ["1.wav", "2.wav", "metadata.json"]


def test_a_fetch_that_was_cut_off_goes_on_and_loses_nothing(sides: Sides) -> None:
    sides.give()
    sides.step(metadata_json="with texts", chunks__3_wav="new")
    fetching = sides.files.take(STEP, REQUEST, {})
    next(fetching), next(fetching)  # the first file has come
    fetching.close()
    assert (sides.here / "metadata.json").read_text() == "metadata.json"
    sides.begin()
    assert sides.take() == ["metadata.json"]
    assert (sides.here / "metadata.json").read_text() == "with texts"


def test_what_nobody_has_fetched_is_not_written_over_by_what_was_there_before(sides: Sides) -> None:
    sides.give()
    sides.step(metadata_json="with texts")
    sides.begin()
    assert sides.give() == []
    assert (sides.here / "metadata.json").read_text() == "with texts"


def test_what_was_changed_here_meanwhile_is_kept_aside(sides: Sides) -> None:
    sides.give()
    sides.write("metadata.json", "mine")
    sides.write("chunks/9.wav", "my own")
    sides.step(metadata_json="theirs")
    sides.take()
    assert (sides.here / "metadata.json").read_text() == "theirs"
    (aside,) = (sides.workspace.home / "data" / "conflicts").rglob("metadata.json")
    assert aside.read_text() == "mine"
    assert (sides.here / "chunks/9.wav").read_text() == "my own"


def test_volumes_that_were_emptied_empty_nothing_here(sides: Sides) -> None:
    sides.give()
    for path in sorted(sides.volumes["data"].root.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    sides.volumes["data"].refuse_after = 2
    sides.begin()
    with pytest.raises(ConnectionError):
        sides.give()
    sides.begin()
    sides.give()
    assert sorted(path.name for path in sides.here.rglob("*.*")) == ["1.wav", "2.wav", "metadata.json"]
    assert (sides.there / "metadata.json").exists()


@pytest.mark.parametrize("name", ["../../../../escaped", "/escaped", "a/../../b", "..\\escaped"])
def test_a_path_that_leads_out_of_the_workspace_is_refused(sides: Sides, name: str) -> None:
    sides.give()
    manifest = next((sides.volumes["data"].root / "manifests").iterdir())
    content = read_json(manifest)
    content["files"][name] = "0" * 64
    write_json(manifest, content)
    with pytest.raises(InvalidInput, match="no path inside"):
        sides.take()


def test_a_link_that_leads_out_of_the_workspace_is_not_written_through(sides: Sides, tmp_path: Path) -> None:
    sides.give()
    outside = tmp_path / "outside"
    outside.mkdir()
    (sides.here / "linked").symlink_to(outside)
    (sides.there / "linked").mkdir()
    (sides.there / "linked" / "file").write_text("x")
    sides.step()
    with pytest.raises(InvalidInput):
        sides.take()
    assert list(outside.iterdir()) == []


def test_what_came_damaged_is_not_kept(sides: Sides) -> None:
    sides.give()
    sides.step(metadata_json="with texts")
    (sides.there / "metadata.json").write_text("damaged")
    with pytest.raises(DownloadFailed, match="another content"):
        sides.take()
    assert (sides.here / "metadata.json").read_text() == "metadata.json"


@pytest.mark.parametrize(
    ("step", "request_body"),
    [
        ("clone", CloneRequest(name="anna", files=["data/datasets/../../../etc/passwd"])),
        ("clone", CloneRequest(name="anna", files=["/etc/passwd"])),
        ("speak", SpeakRequest(text="a", language="en", speaker="../anna")),
        ("train", TrainRequest(dataset="a/b", name="c")),
    ],
)
def test_a_request_that_names_something_outside_is_refused(step: str, request_body: Any, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput):
        step_files(step, request_body, Workspace(tmp_path))


def test_models_that_can_be_fetched_are_never_sent(tmp_path: Path) -> None:
    sides = Sides(tmp_path)
    assert step_files("transcribe", REQUEST, sides.workspace).models == ["tiny"]
    assert [pull.name for pull in sides.files.lacking(STEP, REQUEST)] == ["tiny"]
    folder = sides.volumes["cache"].root / "whisper" / "tiny"
    folder.mkdir(parents=True)
    for name in ("config.json", "model.bin", "tokenizer.json", "vocabulary.txt"):
        (folder / name).write_text("")
    assert sides.files.lacking(STEP, REQUEST) == []
    assert not [name for name in sides.give() if "whisper" in name]
