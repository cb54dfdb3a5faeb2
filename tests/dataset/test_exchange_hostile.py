"""Zips that mean harm, or are broken: refused in a sentence, and nothing of them stays."""

import io
import json
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.dataset.exchanged import clip, exported, imported, nothing_left, packed, sound, stored, unpacked
from xtts_studio.dataset import store
from xtts_studio.dataset.exchange import sources
from xtts_studio.errors import DatasetError, StudioError, TooLarge
from xtts_studio.workspace import Workspace

ROW = b"a|One.|One.\n"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "home")


def refused(workspace: Workspace, zipped: bytes, kind: type[StudioError] = DatasetError) -> str:
    """What is told of a zip that can't be taken."""
    before = sorted(path for path in workspace.home.parent.rglob("*"))
    with pytest.raises(kind) as error:
        imported(workspace, zipped, "none")
    assert error.value.message
    assert error.value.hint
    assert nothing_left(workspace)
    assert not workspace.dataset("none").exists()
    new = {path for path in workspace.home.parent.rglob("*") if path not in before}
    assert new <= {
        workspace.incoming,
        workspace.datasets,
        workspace.datasets / ".locks",
        workspace.incoming.parent,
        workspace.home,
    }
    return error.value.message


@pytest.mark.parametrize("path", ["../metadata.csv", "/etc/metadata.csv", "a/../../b.wav", "C:\\b.wav", "..\\b.wav"])
def test_a_path_that_leads_out_is_refused(workspace: Workspace, path: str) -> None:
    told = refused(workspace, packed({"metadata.csv": ROW, "wavs/a.wav": sound(1), path: b"x"}))
    assert "leads out of it" in told


def test_a_row_can_not_name_a_file_outside_of_it(workspace: Workspace) -> None:
    secret = workspace.home.parent / "secret.wav"
    secret.write_bytes(sound(5))
    table = f"../../../secret|No.|No.\n{secret}|No.|No.\na|One.|One.\n".encode()
    result = imported(workspace, packed({"metadata.csv": table, "wavs/a.wav": sound(1)}), "some")
    assert result.added == 1
    assert [one.code for one in result.left_out] == ["sound_missing"] * 2


def test_a_link_is_refused(workspace: Workspace) -> None:
    link = zipfile.ZipInfo("wavs/a.wav")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("metadata.csv", ROW)
        archive.writestr(link, "/etc/passwd")
    assert "link" in refused(workspace, out.getvalue())


def test_a_zip_that_unpacks_to_far_more_than_it_is_is_refused(workspace: Workspace) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("metadata.csv", ROW)
        archive.writestr("wavs/a.wav", bytes(80 * 1024**2))
    assert "would unpack to" in refused(workspace, out.getvalue(), TooLarge)


def test_a_zip_that_says_less_than_it_unpacks_to_gives_no_more_than_it_says(workspace: Workspace) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("wavs/a.wav", bytes(30_000_000))
        archive.writestr("metadata.csv", ROW)
    data = out.getvalue().replace(struct.pack("<I", 30_000_000), struct.pack("<I", 3_000))
    assert "is damaged in the zip" in refused(workspace, data)


def test_too_many_files_are_refused(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MOST_FILES", 3)
    assert "more than 3 files" in refused(workspace, packed({f"{at}.wav": b"" for at in range(4)}), TooLarge)
    monkeypatch.setattr(sources, "_MOST_DIRECTORY_BYTES", 100)
    assert "more than 3 files" in refused(workspace, packed({f"{at}.wav": b"" for at in range(3)}), TooLarge)


def test_a_protected_zip_is_refused(workspace: Workspace) -> None:
    data = bytearray(packed({"metadata.csv": ROW}))
    for mark, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.index(mark) + at] |= 1
    assert "password" in refused(workspace, bytes(data))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data[: len(data) // 2],
        lambda data: data[:-10],
        lambda data: data[: data.index(b"PK\1\2") + 20] + data[data.index(b"PK\1\2") + 60 :],
        lambda data: b"PK\3\4" + bytes(100),
        lambda data: b"PK",
        lambda data: b"",
        lambda data: b"Rar!\x1a\x07\x01\x00",
    ],
)
def test_a_damaged_zip_is_refused(workspace: Workspace, spoil: Callable[[bytes], bytes]) -> None:
    refused(workspace, spoil(packed({"metadata.csv": ROW, "wavs/a.wav": sound(1)})))


def test_a_damaged_table_is_refused_and_a_damaged_sound_is_left_out(workspace: Workspace) -> None:
    good = {"metadata.csv": b"a|One.|One.\nb|Two.|Two.\n", "wavs/a.wav": sound(1), "wavs/b.wav": sound(2)}
    data = bytearray(packed(good))
    data[data.index(b"a|One.")] ^= 1
    assert "metadata.csv is damaged in the zip" in refused(workspace, bytes(data))
    data = bytearray(packed(good))
    data[data.index(sound(2)) + 1000] ^= 1
    result = imported(workspace, bytes(data), "one")
    assert [(one.file, one.code) for one in result.left_out] == [("wavs/b.wav", "unusable_audio")]


def test_sound_that_lasts_for_ever_is_left_out(workspace: Workspace) -> None:
    files = {"metadata.csv": ROW, "wavs/a.flac": sound(1, 700, 8000, "FLAC")}
    assert "12 minutes; a clip has 10 at most" in refused(workspace, packed(files))


@pytest.mark.parametrize("file", ["../../../outside.wav", "/tmp/outside.wav", "chunks/../../x.wav", "chunks/.wav", "x"])
def test_a_record_can_not_choose_where_its_clip_lands(workspace: Workspace, file: str) -> None:
    stored(workspace, "anna", [clip(1, "One."), clip(2, "Two.")], {})
    for format in ("ljspeech", "zip"):
        files = unpacked(exported(workspace, "anna", format))
        for name in ("xtts-studio.jsonl", "metadata.json"):
            if name in files:
                files[name] = files[name].replace(b"chunks/chunk_001.wav", json.dumps(file)[1:-1].encode())
        if format == "zip":
            files = {name: data for name, data in files.items() if name != "chunks/chunk_001.wav"}
            assert "sound_missing" in {one.code for one in imported(workspace, packed(files), format).left_out}
            continue
        imported(workspace, packed(files), format)
        found = [chunk.file for chunk in store.read(workspace, format).chunks]
        assert sorted(found) == ["chunks/chunk_002.wav", "chunks/chunk_003.wav"]


def test_a_dataset_can_not_export_files_that_are_not_its_own(workspace: Workspace) -> None:
    folder = stored(workspace, "anna", [clip(1, "One."), clip(2, "Two.")], {})
    secret = workspace.home / "secret.wav"
    secret.write_bytes(sound(5))
    (folder / "chunks" / "chunk_002.wav").unlink()
    (folder / "chunks" / "chunk_002.wav").symlink_to(secret)
    text = (folder / "metadata.json").read_text().replace("chunks/chunk_001.wav", "../../../secret.wav")
    (folder / "metadata.json").write_text(text)
    for format in ("zip", "ljspeech", "audiofolder"):
        assert sound(5) not in unpacked(exported(workspace, "anna", format)).values()
