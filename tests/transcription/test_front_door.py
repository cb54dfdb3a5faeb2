"""Transcribing and transcripts over HTTP and from the command line; a worker or a server that is killed on the way."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.shared import shared
from tests.studio import Studio, running, start
from tests.test_cli import Person
from tests.transcription.material import LONG, said
from xtts_studio.dataset.details import read_details
from xtts_studio.sample import RECORDING
from xtts_studio.workspace import Workspace

MODEL = "whisper-lj"


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with running(tmp_path_factory.mktemp("studio") / "home") as studio:
        body = {"name": MODEL, "source": str(shared("models/whisper-lj"))}
        studio.finished(studio.post("/api/models/pull", 202, json=body)["job"])
        yield studio


@pytest.fixture(scope="module")
def recording(studio: Studio) -> dict[str, Any]:
    path = shared(f"{LONG}.flac")
    found = studio.post("/api/data/upload", 201, files=[("files", (path.name, path.read_bytes()))])
    recording: dict[str, Any] = found["recordings"][0]
    return recording


def _cut(studio: Studio, recording: dict[str, Any], name: str, **options: Any) -> None:
    body = {"recording_id": recording["id"], "dataset": name, **options}
    studio.finished(studio.post("/api/data/chunk", 202, json=body)["job"])


def _process(studio: Studio, name: str, **options: Any) -> dict[str, Any]:
    body = {"dataset": name, "whisper_model": MODEL, **options}
    job: dict[str, Any] = studio.post("/api/data/process", 202, json=body)["job"]
    return job


def _chunks(studio: Studio, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = studio.get(f"/api/datasets/{name}", params={"limit": 500})["chunks"]
    return found


def _transcript(recording: dict[str, Any]) -> str:
    return f"/api/data/recordings/{recording['id']}/transcript"


def test_a_transcript_is_taken_shown_and_forgotten(studio: Studio, recording: dict[str, Any]) -> None:
    path, text = _transcript(recording), "\n".join(said())
    studio.get(path, 404)
    answer = studio.client.put(path, content=text.encode("utf-16"), params={"name": "../own.txt"})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["transcript"]["name"], body["transcript"]["format"]) == ("own.txt", "txt")
    assert body["words"] == len(text.split())
    assert studio.get(path)["transcript"] == body["transcript"]
    sent = studio.client.put(path, files={"file": ("a.csv", b"start,end,text\n0,1,One\n1,2,Two\n")})
    assert [cue["text"] for cue in sent.json()["transcript"]["cues"]] == ["One", "Two"]
    assert studio.client.delete(path).status_code == 204
    studio.get(path, 404)


def test_what_is_wrong_with_a_transcript_is_told(studio: Studio, recording: dict[str, Any]) -> None:
    path = _transcript(recording)
    for content, told in (
        (b"1\n00:00:01,000 --> soon\nText\n", "Line 2"),
        (b"", "holds no text"),
        (RECORDING.read_bytes(), "is no text"),
    ):
        answer = studio.client.put(path, content=content, params={"name": "a.srt" if b"-->" in content else "a.txt"})
        assert answer.status_code == 422
        assert told in answer.json()["error"]["message"]
    assert studio.client.put(path, content=b"x" * 20_000_001).status_code == 413
    assert studio.client.put("/api/data/recordings/unknown/transcript", content=b"Text").status_code == 404
    studio.get(path, 404)


def test_a_dataset_gets_the_words_of_its_recordings_transcript(studio: Studio, recording: dict[str, Any]) -> None:
    _cut(studio, recording, "own", end_s=40.0)
    studio.client.put(_transcript(recording), content="\n".join(said()).encode())
    try:
        result = studio.finished(_process(studio, "own"))["result"]
    finally:
        studio.client.delete(_transcript(recording))
    chunks = _chunks(studio, "own")
    assert result["from_transcript"] == result["proven"] == len(chunks)
    assert {one["text_source"] for one in chunks} == {"imported"}
    assert " ".join(one["text"] for one in chunks) in " ".join(" ".join(said()).split())


def _kill_worker(studio: Studio) -> None:
    (worker,) = [one for one in studio.get("/api/system")["workers"] if one["step"] == "transcribe"]
    os.kill(worker["pid"], signal.SIGKILL)


def _until(is_so: Any, timeout_s: float = 60) -> None:
    deadline = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.05)


def test_a_killed_worker_leaves_what_is_done_and_the_next_job_does_the_rest(
    studio: Studio, recording: dict[str, Any]
) -> None:
    _cut(studio, recording, "killed")
    job = _process(studio, "killed")
    _until(lambda: any(one["text"] for one in _chunks(studio, "killed")))
    _kill_worker(studio)
    assert studio.finished(job, "failed")["error"]["code"] == "worker_died"
    chunks = _chunks(studio, "killed")
    heard = sum(bool(one["text"]) for one in chunks)
    assert 0 < heard < len(chunks)
    folder = Workspace(studio.home).dataset("killed")
    job = _process(studio, "killed")
    _until(lambda: any(read_details(folder, one["file"]).proof for one in chunks))
    _kill_worker(studio)
    studio.finished(job, "failed")
    proven = sum(read_details(folder, one["file"]).proof is not None for one in chunks)
    assert 0 < proven < len(chunks)
    result = studio.finished(_process(studio, "killed"))["result"]
    assert (result["transcribed"], result["proven"]) == (0, len(chunks) - proven)
    assert all(one["text"] for one in _chunks(studio, "killed"))


def test_a_killed_server_leaves_what_is_done(tmp_path: Path) -> None:
    studio = start(tmp_path / "home")
    body = {"name": MODEL, "source": str(shared("models/whisper-lj"))}
    studio.finished(studio.post("/api/models/pull", 202, json=body)["job"])
    path = shared(f"{LONG}.flac")
    found = studio.post("/api/data/upload", 201, files=[("files", (path.name, path.read_bytes()))])
    _cut(studio, found["recordings"][0], "killed", end_s=200.0)
    _process(studio, "killed")
    _until(lambda: any(one["text"] for one in _chunks(studio, "killed")))
    studio.process.send_signal(signal.SIGKILL)
    studio.process.wait()
    with running(tmp_path / "home") as again:
        chunks = _chunks(again, "killed")
        heard = sum(bool(one["text"]) for one in chunks)
        assert 0 < heard < len(chunks)
        result = again.finished(_process(again, "killed", prove=False))["result"]
        assert result["transcribed"] == len(chunks) - sum(bool(one["text"]) for one in chunks)


def test_the_command_line_takes_transcripts_and_transcribes(tmp_path: Path) -> None:
    person = Person(tmp_path / "home")
    (tmp_path / "home" / "cache" / "whisper").mkdir(parents=True)
    (tmp_path / "home" / "cache" / "whisper" / MODEL).symlink_to(shared("models/whisper-lj"))
    own = tmp_path / "own.txt"
    own.write_text("\n".join(said()), encoding="utf-8")
    sound = str(shared(f"{LONG}.flac"))
    person.gets("cut", sound, "--dataset", "anna", "--end", "30")
    assert "transcript of" in person.gets("recordings", "transcript", sound, str(own))
    assert "Printing, in the only sense" in person.gets("recordings", "transcript", sound)
    told = person.gets("transcribe", "anna", "--whisper-model", MODEL, "--hints", "Netherlands")
    assert "from the transcript" in told
    assert "proven" in told
    own.write_text("start,end,text\n0,soon,One\n", encoding="utf-8")
    assert "Line 2" in person.fails("recordings", "transcript", sound, str(own))
    assert "forgotten" in person.gets("recordings", "transcript", sound, "--delete")
    assert "no transcript" in person.fails("recordings", "transcript", sound)
