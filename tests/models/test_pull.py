"""Fetching models: from a server that speaks the Hub's protocol, well and badly, and from folders."""

import errno
import hashlib
import json
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.models.hub import COMMIT, REPOSITORY, Hub, git_blob_id, serving
from tests.shared import shared
from xtts_studio import models
from xtts_studio.errors import (
    Cancelled,
    CheckpointError,
    Conflict,
    DiskFull,
    DownloadFailed,
    InvalidInput,
    LicenceNotAccepted,
    ModelMissing,
    StudioError,
)
from xtts_studio.events import Artifact, Event, Progress, ignore
from xtts_studio.models import catalogue, fetch, pulling, takeover
from xtts_studio.models.catalogue import PublishedFile, PublishedModel
from xtts_studio.shapes import BASE_MODEL, PullRequest, PullResult
from xtts_studio.workspace import Workspace

WEIGHTS = random.Random(7).randbytes(3_000_000)
FILES = {"config.json": b'{"model_args": {}}', "vocab.json": b"{}", "model.pth": WEIGHTS}
WHISPER_FILES = {
    "config.json": FILES["config.json"],
    "tokenizer.json": b"{}",
    "vocabulary.txt": b"a",
    "model.bin": WEIGHTS,
}


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def as_published(kind: str, files: dict[str, bytes], *, pinned: bool) -> PublishedModel:
    rows = tuple(
        PublishedFile(name, len(content), sha256(content)) if pinned else PublishedFile(name)
        for name, content in files.items()
    )
    name, licence = (BASE_MODEL, "CPML") if kind == "base" else ("tiny", "MIT")
    return PublishedModel(name, kind, REPOSITORY, COMMIT, 1, rows, licence)  # type: ignore[arg-type]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "home")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The Hub's client waits a second between attempts; tests don't."""
    monkeypatch.setattr("huggingface_hub.file_download.time", SimpleNamespace(sleep=lambda _: None, time=time.time))
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 100_000)
    monkeypatch.setattr(pulling, "_REPORT_EVERY_S", 0.0)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """The base model, three megabytes small, and a Whisper model without checksums in the catalogue."""
    base = as_published("base", FILES, pinned=True)
    whisper = as_published("whisper", WHISPER_FILES, pinned=False)
    monkeypatch.setattr(pulling, "published", {BASE_MODEL: base, "tiny": whisper}.get)
    with serving(Hub(FILES | WHISPER_FILES, large={"model.pth", "model.bin"})) as running:
        yield running


def pull(hub: Hub, workspace: Workspace, name: str = BASE_MODEL, report: object = ignore) -> PullResult:
    request = PullRequest(name=name, source=hub.url, accept_licence=True)
    return models.pull(request, workspace, report)  # type: ignore[arg-type]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "source.json"}


def test_the_base_model_is_fetched_whole(hub: Hub, workspace: Workspace) -> None:
    events: list[Event] = []
    result = pull(hub, workspace, report=events.append)
    folder = models.find_xtts(workspace, BASE_MODEL)
    assert result.path == str(folder)
    assert contents(folder) == FILES
    fractions = [event.fraction for event in events if isinstance(event, Progress)]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert len(fractions) > 20
    assert events[-1] == Artifact("cache/xtts-v2", "model")


def test_no_credentials_are_sent(hub: Hub, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    pull(hub, workspace)
    assert hub.authorization == []


def test_the_commit_is_pinned(hub: Hub, workspace: Workspace) -> None:
    pull(hub, workspace)
    source = json.loads((workspace.cache / BASE_MODEL / "source.json").read_text())
    assert source["revision"] == COMMIT
    assert source["files"]["model.pth"] == sha256(WEIGHTS)


def test_pulling_again_fetches_nothing(hub: Hub, workspace: Workspace) -> None:
    pull(hub, workspace)
    pull(hub, workspace, "tiny")
    hub.asked.clear()
    pull(hub, workspace)
    pull(hub, workspace, "tiny")
    assert hub.asked == []


def test_pulling_again_repairs_a_damaged_file_and_no_other(hub: Hub, workspace: Workspace) -> None:
    pull(hub, workspace)
    folder = workspace.cache / BASE_MODEL
    (folder / "vocab.json").write_bytes(b"[]")
    hub.asked.clear()
    pull(hub, workspace)
    assert {name for _, name, _ in hub.asked} == {"vocab.json"}
    assert contents(folder) == FILES


@pytest.mark.parametrize("ranges", [True, False])
def test_a_connection_that_is_cut_is_taken_up_again(hub: Hub, workspace: Workspace, ranges: bool) -> None:
    """With ranges the rest is asked for; a server without them sends all again."""
    hub.ranges = ranges
    hub.cuts = {"model.pth": [1_200_000, 1_200_000]}
    pull(hub, workspace)
    assert contents(workspace.cache / BASE_MODEL) == FILES
    assert hub.gets("model.pth")[0] is None
    assert all(span and span.startswith("bytes=") for span in hub.gets("model.pth")[1:])
    assert len(hub.gets("model.pth")) == 3


def test_a_cancelled_download_goes_on_where_it_stopped(hub: Hub, workspace: Workspace) -> None:
    def cancel_in_the_middle(event: Event) -> None:
        if isinstance(event, Progress) and event.fraction > 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        pull(hub, workspace, report=cancel_in_the_middle)
    with pytest.raises(ModelMissing):
        models.find_xtts(workspace, BASE_MODEL)
    pull(hub, workspace)
    (first, second) = hub.gets("model.pth")
    assert first is None
    assert second is not None
    assert int(second.removeprefix("bytes=").rstrip("-")) >= 1_400_000
    assert contents(workspace.cache / BASE_MODEL) == FILES


def test_a_part_survives_when_the_server_ignores_the_range(hub: Hub, workspace: Workspace) -> None:
    part = fetch.Remote("model.pth", "", None, sha256(WEIGHTS)).part(workspace.cache / BASE_MODEL)
    part.parent.mkdir(parents=True)
    part.write_bytes(WEIGHTS[:500_000])
    hub.ranges = False
    pull(hub, workspace)
    assert contents(workspace.cache / BASE_MODEL) == FILES


def test_a_server_that_goes_away_is_an_error_and_the_part_stays(hub: Hub, workspace: Workspace) -> None:
    hub.cuts = {"model.pth": [700_000, *[0] * 20]}
    with pytest.raises(DownloadFailed) as error:
        pull(hub, workspace)
    assert "model.pth" in error.value.message
    assert "goes on where it stopped" in error.value.hint
    part = next((workspace.cache / BASE_MODEL).glob(".model.pth.*.part"))
    assert part.read_bytes() == WEIGHTS[:700_000]
    hub.cuts = {}
    hub.asked.clear()
    pull(hub, workspace)
    assert hub.gets("model.pth") == ["bytes=700000-"]
    assert contents(workspace.cache / BASE_MODEL) == FILES


def test_no_server_at_all_is_an_error(workspace: Workspace) -> None:
    request = PullRequest(name="tiny", source="http://127.0.0.1:9")
    with pytest.raises(DownloadFailed, match=r"config\.json could not be fetched"):
        models.pull(request, workspace, ignore)


def test_a_wrong_checksum_names_file_expected_and_found_and_keeps_what_is_good(hub: Hub, workspace: Workspace) -> None:
    bad = b"x" * len(WEIGHTS)
    hub.instead = {"model.pth": bad}
    with pytest.raises(DownloadFailed) as error:
        pull(hub, workspace)
    assert all(part in error.value.message for part in ("model.pth", sha256(WEIGHTS), sha256(bad)))
    assert contents(workspace.cache / BASE_MODEL) == {name: FILES[name] for name in ("config.json", "vocab.json")}
    hub.instead = {}
    hub.asked.clear()
    pull(hub, workspace)
    assert {name for _, name, _ in hub.asked} == {"model.pth"}


@pytest.mark.parametrize("content", [b"y" * len(WEIGHTS), b"short"])
def test_another_content_is_refused_before_it_is_fetched(hub: Hub, workspace: Workspace, content: bytes) -> None:
    hub.files["model.pth"] = content
    with pytest.raises(DownloadFailed, match=r"model\.pth is damaged or another file"):
        pull(hub, workspace)
    assert hub.gets("model.pth") == []


def test_a_file_the_server_does_not_have_is_named(hub: Hub, workspace: Workspace) -> None:
    del hub.files["vocab.json"]
    with pytest.raises(DownloadFailed, match=r"The server has no vocab\.json"):
        pull(hub, workspace)


@pytest.mark.parametrize("name", ["config.json", "model.bin"])
def test_the_servers_checksums_hold_where_the_catalogue_has_none(hub: Hub, workspace: Workspace, name: str) -> None:
    """Small files carry Git's blob id, large ones their sha256."""
    good = WHISPER_FILES[name]
    hub.instead = {name: b"?" * len(good)}
    expected = sha256(good) if name == "model.bin" else git_blob_id(good)
    with pytest.raises(DownloadFailed, match=expected):
        pull(hub, workspace, "tiny")


def test_a_server_without_checksums_gives_a_notice(hub: Hub, workspace: Workspace) -> None:
    hub.etags = False
    hub.large = set()
    notices = pull(hub, workspace, "tiny").notices
    assert [notice.partition(":")[0] for notice in notices] == list(WHISPER_FILES)
    assert models.find_whisper(workspace, "tiny") == workspace.cache / "whisper" / "tiny"


def test_too_little_room_is_told_before_anything_is_fetched(
    hub: Hub, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1_000_000))
    with pytest.raises(DiskFull, match="3 MB are needed"):
        pull(hub, workspace)
    assert hub.gets("model.pth") == []


def test_a_disk_that_fills_up_is_an_error_and_the_part_stays(
    hub: Hub, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = fetch._Watched.write

    def write_to_a_full_disk(file: fetch._Watched, block: bytes) -> int:
        if file._file.tell() > 1_000_000:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(file, block)

    monkeypatch.setattr(fetch._Watched, "write", write_to_a_full_disk)
    with pytest.raises(DiskFull):
        pull(hub, workspace)
    monkeypatch.undo()
    part = next((workspace.cache / BASE_MODEL).glob(".model.pth.*.part"))
    assert WEIGHTS.startswith(part.read_bytes())
    assert part.stat().st_size > 1_000_000


def test_two_pulls_of_a_model_do_not_meet(hub: Hub, workspace: Workspace) -> None:
    errors: list[StudioError] = []

    def pull_meanwhile(event: Event) -> None:
        if not errors:
            with pytest.raises(Conflict) as error:
                pull(hub, workspace)
            errors.append(error.value)

    pull(hub, workspace, report=pull_meanwhile)
    assert len(errors) == 1


def test_an_unknown_model_lists_the_known_ones(workspace: Workspace) -> None:
    with pytest.raises(InvalidInput) as error:
        models.pull(PullRequest(name="huge"), workspace, ignore)
    assert "large-v3-turbo" in error.value.hint
    with pytest.raises(InvalidInput):
        models.pull(PullRequest(name="../evil"), workspace, ignore)


# The licence


def test_the_base_model_is_not_fetched_before_its_licence_is_accepted(hub: Hub, workspace: Workspace) -> None:
    request = PullRequest(name=BASE_MODEL, source=hub.url)
    with pytest.raises(LicenceNotAccepted) as error:
        models.pull(request, workspace, ignore)
    assert "non-commercial" in error.value.details["text"]
    assert hub.asked == []
    models.accept_licence(workspace)
    models.pull(request, workspace, ignore)
    assert models.licence_accepted(workspace)


def test_accepting_by_flag_is_recorded_once(hub: Hub, workspace: Workspace) -> None:
    assert not models.licence_accepted(workspace)
    pull(hub, workspace)
    first = (workspace.cache / "licences.json").read_text()
    assert "accepted_at" in first
    pull(hub, workspace)
    assert (workspace.cache / "licences.json").read_text() == first


def test_whisper_needs_no_licence(hub: Hub, workspace: Workspace) -> None:
    models.pull(PullRequest(name="tiny", source=hub.url), workspace, ignore)
    assert not models.licence_accepted(workspace)


# Folders


@pytest.fixture
def xtts_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "some-model"
    folder.mkdir()
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    (folder / "notes.txt").write_text("not part of a model")
    return folder


def from_folder(folder: Path, name: str, workspace: Workspace, *, accept: bool = False) -> PullResult:
    request = PullRequest(name=name, source=str(folder), accept_licence=accept)
    return models.pull(request, workspace, ignore)


def test_a_folder_becomes_the_base_model(xtts_folder: Path, workspace: Workspace) -> None:
    result = from_folder(xtts_folder, BASE_MODEL, workspace)
    assert contents(models.find_xtts(workspace, BASE_MODEL)) == FILES
    assert result.size_bytes == sum(map(len, FILES.values()))


def test_a_folder_takes_the_place_of_the_base_model_that_was_there(xtts_folder: Path, workspace: Workspace) -> None:
    from_folder(xtts_folder, BASE_MODEL, workspace)
    (xtts_folder / "vocab.json").write_bytes(b'{"new": 1}')
    from_folder(xtts_folder, BASE_MODEL, workspace)
    assert contents(workspace.cache / BASE_MODEL)["vocab.json"] == b'{"new": 1}'
    assert [path.name for path in workspace.cache.iterdir() if path.is_dir()] == [BASE_MODEL]


def test_a_folder_under_another_name_becomes_a_model_of_its_own(xtts_folder: Path, workspace: Workspace) -> None:
    from_folder(xtts_folder, "anna", workspace)
    assert models.find_xtts(workspace, "anna") == workspace.model("anna")
    with pytest.raises(Conflict, match="already a model 'anna'"):
        from_folder(xtts_folder, "anna", workspace)


def test_a_real_whisper_folder(workspace: Workspace) -> None:
    from_folder(shared("models/whisper-lj"), "whisper-lj", workspace)
    folder = models.find_whisper(workspace, "whisper-lj")
    assert (folder / "model.bin").stat().st_size == 9_394_920


def test_the_published_weights_need_the_licence_from_a_folder_too(
    xtts_folder: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(takeover, "BASE", as_published("base", FILES, pinned=True))
    with pytest.raises(LicenceNotAccepted):
        from_folder(xtts_folder, BASE_MODEL, workspace)
    from_folder(xtts_folder, BASE_MODEL, workspace, accept=True)
    assert models.licence_accepted(workspace)


@pytest.mark.parametrize("missing", FILES)
def test_a_folder_that_lacks_a_file_says_which(missing: str, xtts_folder: Path, workspace: Workspace) -> None:
    (xtts_folder / missing).unlink()
    with pytest.raises(InvalidInput) as error:
        from_folder(xtts_folder, BASE_MODEL, workspace)
    assert missing.replace("model.pth", "model.safetensors") in error.value.message


def test_a_config_of_something_else_is_refused(xtts_folder: Path, workspace: Workspace) -> None:
    for content in ("{}", "not json", "[]", "7"):
        (xtts_folder / "config.json").write_text(content)
        with pytest.raises(CheckpointError):
            from_folder(xtts_folder, BASE_MODEL, workspace)


def test_no_folder_is_an_error(tmp_path: Path, workspace: Workspace) -> None:
    with pytest.raises(InvalidInput, match="There is no folder"):
        from_folder(tmp_path / "absent", BASE_MODEL, workspace)


def test_a_folder_that_is_the_model_itself_stays(xtts_folder: Path, workspace: Workspace) -> None:
    from_folder(xtts_folder, BASE_MODEL, workspace)
    with pytest.raises(InvalidInput, match="already"):
        from_folder(workspace.cache / BASE_MODEL, BASE_MODEL, workspace)
    assert contents(workspace.cache / BASE_MODEL) == FILES


def test_a_cancelled_copy_leaves_nothing_behind(xtts_folder: Path, workspace: Workspace) -> None:
    def cancel(event: Event) -> None:
        if isinstance(event, Progress) and event.fraction > 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        models.pull(PullRequest(name="anna", source=str(xtts_folder)), workspace, cancel)
    assert list(workspace.models.iterdir()) == []


def test_too_little_room_for_a_copy(xtts_folder: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
    with pytest.raises(DiskFull):
        from_folder(xtts_folder, "anna", workspace)


# The catalogue


def test_the_official_files_are_the_known_ones() -> None:
    rows = {file.name: (file.size_bytes, file.sha256) for file in catalogue.BASE.files}
    assert rows["model.pth"] == (1867929118, "c7ea20001c6a0a841c77e252d8409f6a74fb423e79b3206a0771ba5989776187")
    assert rows["dvae.pth"] == (210514388, "b29bc227d410d4991e0a8c09b858f77415013eeb9fba9650258e96095557d97a")
    assert rows["mel_stats.pth"] == (1067, "1f69422a8a8f344c4fca2f0c6b8d41d2151d6615b7321e48e6bb15ae949b119c")
    assert rows["speakers_xtts.pth"] == (7754818, "f0f6137c19a4eab0cbbe4c99b5babacf68b1746e50da90807708c10e645b943b")
    config = shared("parity/official_config.json").read_bytes()
    assert rows["config.json"] == (len(config), sha256(config))


def test_every_model_is_pinned_to_a_commit_and_its_weights_come_last() -> None:
    for model in (catalogue.BASE, *catalogue.WHISPER.values()):
        assert len(model.revision) == 40
        assert model.files[-1].name in ("model.pth", "model.bin")


def test_the_server_can_read_the_library_without_torch_or_the_hub() -> None:
    libraries = "{'torch', 'huggingface_hub', 'tokenizers'}"
    code = f"import sys, xtts_studio.models; print(sorted({libraries} & set(sys.modules)))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"
