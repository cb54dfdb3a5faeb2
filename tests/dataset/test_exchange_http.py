"""Exchange through the front door: a real server, its jobs, and what a killed one leaves."""

import json
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.dataset.exchanged import (
    AWKWARD_TEXTS,
    FORMATS,
    clip,
    content,
    nothing_left,
    packed,
    sound,
    stored,
    unpacked,
)
from tests.studio import Studio, running, start
from xtts_studio.workspace import Workspace


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with running(tmp_path_factory.mktemp("exchange") / "home") as found:
        yield found


@pytest.fixture
def anna(studio: Studio) -> Iterator[Path]:
    """The folder of a dataset `anna b`, gone afterwards."""
    chunks = [clip(at, text) for at, text in enumerate(AWKWARD_TEXTS, 1)]
    yield stored(Workspace(studio.home), "anna b", chunks, {})
    shutil.rmtree(studio.home / "data" / "datasets", ignore_errors=True)


def send(studio: Studio, zipped: bytes, expect: int = 202, **fields: str) -> dict[str, Any]:
    answer = studio.post("/api/datasets/import", expect, files={"files": ("set.zip", zipped)}, data=fields)
    found: dict[str, Any] = answer["job" if expect == 202 else "error"]
    return found


@pytest.mark.parametrize("format", FORMATS)
def test_what_is_exported_here_is_imported_here(studio: Studio, anna: Path, format: str) -> None:
    answer = studio.client.get("/api/datasets/anna b/export", params={"format": format, "dropped": True})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    expected = "anna%20b.zip" if format == "zip" else f"anna%20b-{format}.zip"
    assert answer.headers["content-disposition"] == f"attachment; filename*=utf-8''{expected}"
    before = content(anna)
    assert studio.client.delete("/api/datasets/anna b").status_code == 204
    done = studio.finished(send(studio, answer.content, name="anna b"))
    assert done["result"]["added"] == len(AWKWARD_TEXTS)
    assert done["result"]["format"] == format
    assert content(anna) == before
    assert nothing_left(Workspace(studio.home))


def test_what_is_left_out_is_in_the_job(studio: Studio, anna: Path) -> None:
    zipped = packed({"metadata.csv": b"a|One.|One.\nb|Two.|Two.\n", "wavs/a.wav": sound(50)})
    done = studio.finished(send(studio, zipped, name="anna b", format="ljspeech", language="de"))
    assert done["result"]["added"] == 1
    assert done["result"]["left_out"] == [
        {
            "file": "b",
            "code": "sound_missing",
            "reason": "Line 2 of metadata.csv names it, and there is no such sound file.",
        }
    ]
    shown = studio.get("/api/datasets/anna b", params={"limit": 1000})["chunks"][-1]
    assert (shown["text"], shown["language"], shown["text_source"]) == ("One.", "de", "imported")


def test_what_can_not_be_imported_fails_the_job_in_a_sentence(studio: Studio, anna: Path) -> None:
    failed = studio.finished(send(studio, b"not a zip", name="new"), "failed")
    assert failed["error"]["code"] == "unusable_dataset"
    assert failed["error"]["message"] == "set.zip is neither a zip nor a Parquet file."
    assert nothing_left(Workspace(studio.home))
    studio.get("/api/datasets/new", 404)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, "The dataset has no name."),
        ({"name": "../x"}, "can't be used as a dataset name"),
        ({"name": "x", "format": "csv"}, "There is no format 'csv'."),
        ({"name": "x", "language": "Swedish"}, "language is 'Swedish', expected a code"),
    ],
)
def test_a_request_that_can_not_be_is_refused_at_once(studio: Studio, fields: dict[str, str], told: str) -> None:
    assert told in send(studio, b"PK", 422, **fields)["message"]
    assert nothing_left(Workspace(studio.home))


def test_an_unknown_dataset_or_format_is_told_before_anything_is_sent(studio: Studio, anna: Path) -> None:
    assert studio.get("/api/datasets/nobody/export", 404)["error"]["code"] == "not_found"
    studio.get("/api/datasets/anna b/export", 422, params={"format": "mp3"})


def test_a_sound_that_goes_away_meanwhile_ends_the_answer_and_not_the_server(studio: Studio, anna: Path) -> None:
    import httpx

    chunks = [clip(at, "Long.", duration_s=40.0) for at in range(1, 21)]
    folder = stored(Workspace(studio.home), "long", chunks, {})
    with pytest.raises(httpx.RemoteProtocolError):
        _read_while_it_goes(studio, folder)
    studio.get("/api/datasets")


def _read_while_it_goes(studio: Studio, folder: Path) -> None:
    with studio.client.stream("GET", "/api/datasets/long/export") as stream:
        for _ in stream.iter_raw():
            for number in range(3, 21):
                (folder / "chunks" / f"chunk_{number:03d}.wav").unlink(missing_ok=True)


def test_a_killed_server_leaves_no_half_dataset(tmp_path: Path) -> None:
    """Killed in the middle of an import: nothing is listed, and the next server removes what lies about."""
    names = [f"{at:05d}" for at in range(2000)]
    data = sound(1, 0.3, 16_000)
    table = "".join(f"{name}|Text {name}.|Text {name}.\n" for name in names).encode()
    zipped = packed({"metadata.csv": table} | {f"wavs/{name}.wav": data for name in names})
    studio = start(tmp_path / "home")
    job = send(studio, zipped, name="half")
    for event in studio.events(job["id"]):
        if event["event"] == "progress" and event["data"]["fraction"] > 0.02:
            break
    studio.process.send_signal(signal.SIGKILL)
    studio.process.wait()
    datasets = tmp_path / "home" / "data" / "datasets"
    assert list(datasets.glob(".making-*"))  # or there would be nothing to remove
    with running(tmp_path / "home") as again:
        assert again.get("/api/datasets")["datasets"] == []
        assert again.get(f"/api/jobs/{job['id']}")["job"]["state"] == "interrupted"
        assert nothing_left(Workspace(again.home))
        few = packed({"metadata.csv": table[:200], **{f"wavs/{name}.wav": data for name in names[:8]}})
        assert again.finished(send(again, few, name="half"))["result"]["added"] > 0


def test_those_at_work_are_let_be_when_a_server_starts(tmp_path: Path) -> None:
    from xtts_studio.dataset.staging import clear_staging, scratch

    workspace = Workspace(tmp_path)
    (workspace.datasets / ".making-0123").mkdir(parents=True)
    (workspace.datasets / ".deleted-0123").mkdir()
    with scratch(workspace) as folder:
        clear_staging(workspace)
        assert [path.name for path in workspace.datasets.glob(".[md]*")] == [folder.name]
    assert nothing_left(workspace)


def test_each_format_says_what_it_holds(studio: Studio, anna: Path) -> None:
    held = {
        format: set(unpacked(studio.client.get("/api/datasets/anna b/export", params={"format": format}).content))
        for format in FORMATS
    }
    assert {"metadata.json", "chunks/chunk_001.wav"} <= held["zip"]
    assert {"metadata.csv", "wavs/chunk_001.wav", "xtts-studio.jsonl"} <= held["ljspeech"]
    assert {"metadata_train.csv", "metadata_eval.csv", "lang.txt", "wavs/chunk_001.wav"} <= held["coqui"]
    assert {"train/metadata.jsonl", "validation/metadata.jsonl"} <= held["audiofolder"]
    assert {"data/train-00000-of-00001.parquet", "data/validation-00000-of-00001.parquet"} <= held["parquet"]
    rows = unpacked(studio.client.get("/api/datasets/anna b/export", params={"format": "audiofolder"}).content)
    assert all(json.loads(line)["file_name"] for line in rows["train/metadata.jsonl"].splitlines())
