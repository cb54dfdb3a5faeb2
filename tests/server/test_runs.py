"""A training run through the front door: looked into, listened to, voted on, published, deleted."""

import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile

from tests.jobs.waiting import until
from tests.server.conftest import Running, error
from xtts_studio.shapes import Audition, TrainRequest
from xtts_studio.training.auditions.files import write_audition, write_reference
from xtts_studio.training.records import files
from xtts_studio.training.records.files import read_metrics
from xtts_studio.training.records.summaries import summary
from xtts_studio.workspace import write_json

RUN = "run-7"
"""The run that the stand-in for training tells of."""

URL = f"/api/training/runs/{RUN}"
REQUEST = {"dataset": "harbour", "name": "mine", "epochs": 3}
FACTS = {
    "clips": 8,
    "eval_clips": 2,
    "clips_per_epoch": 8,
    "speech_s": 30.0,
    "longest_s": 5.0,
    "languages": ["en"],
}
FORECAST = {
    "device": "cpu",
    "precision": "float32",
    "batch_size": 2,
    "gradient_checkpointing": False,
    "step_s": 1.0,
    "total_s": 100.0,
    "memory_bytes": 1,
    "memory_limit_bytes": 2,
    "disk_bytes": 3,
    "probe_s": 4.0,
}
PLAN = {
    "facts": FACTS,
    "choices": [],
    "settings": REQUEST,
    "steps_per_epoch": 4,
    "total_steps": 12,
    "disk_bytes": 1,
    "disk_free_bytes": 2,
}


def write_run(folder: Path) -> None:
    """A run with two checkpoints, the best and the last, and their auditions of two lines."""
    write_json(folder / "request.json", {"run_id": folder.name, "dataset_fingerprint": "f", "request": REQUEST})
    write_json(folder / "plan.json", PLAN)
    write_json(folder / "forecast.json", FORECAST)
    for step in (100, 200):
        checkpoint = folder / "checkpoints" / f"step-{step:08}"
        write_json(checkpoint / "progress.json", {"step": step, "best_step": 100})
        (checkpoint / "gpt.safetensors").write_bytes(bytes(1000))
        write_audition(folder / "auditions", audition(step), [tone(step), tone(step + 50)])
    (folder / "checkpoints" / "step-00000200" / "moments.safetensors").write_bytes(bytes(2000))
    (folder / "checkpoints" / ".step-00000300").mkdir()  # being written
    write_reference(folder / "auditions", tone(77), 22_050)
    lines = [json.dumps({"step": step, "name": "loss", "value": 1 / step}) for step in range(1, 201)]
    (folder / "metrics.jsonl").write_text("\n".join(lines) + "\n")


def audition(step: int) -> Audition:
    lines = [
        {"text": f"Line {n}.", "language": "en", "seed": n, "file": f"line-0{n}.wav", "duration_s": 0.5, "ended": True}
        for n in (1, 2)
    ]
    return Audition.model_validate({"step": step, "epoch": 1, "created_at": "", "lines": lines, "score": step / 1000})


def tone(hz: float) -> Any:
    return (0.3 * np.sin(np.arange(12_000) * hz * 2 * np.pi / 24_000)).astype(np.float32)


@pytest.fixture
def run(server: Running) -> Iterator[Path]:
    folder = server.studio.workspace.run(RUN)
    write_run(folder)
    yield folder
    if folder.exists():
        with server.user() as client:
            until(lambda: client.delete(URL).status_code == 204)


def test_a_run_tells_all_that_lies_on_the_disk(client: httpx.Client, run: Path) -> None:
    found = client.get(URL).json()
    assert (found["run_id"], found["request"], found["best_step"]) == (RUN, REQUEST, 100)
    assert found["plan"]["total_steps"] == 12
    assert found["forecast"]["total_s"] == 100
    kept = [(one["step"], one["resumable"], one["best"]) for one in found["checkpoints"]]
    assert kept == [(100, False, True), (200, True, False)]
    assert found["checkpoints"][1]["size_bytes"] - found["checkpoints"][0]["size_bytes"] == 2000
    assert [one["step"] for one in found["auditions"]] == [100, 200]
    assert found["auditions"][0]["lines"][1]["text"] == "Line 2."
    assert found["votes"] == found["tally"] == []


def test_a_line_is_heard_whole_and_in_part(client: httpx.Client, run: Path) -> None:
    url = f"{URL}/auditions/200/2/audio"
    whole = client.get(url)
    assert whole.status_code == 200
    assert whole.headers["content-type"] == "audio/wav"
    samples, rate_hz = soundfile.read(io.BytesIO(whole.content), dtype="float32")
    assert rate_hz == 24_000
    assert np.abs(samples - tone(250)).max() < 1e-4
    part = client.get(url, headers={"Range": "bytes=100-199"})
    assert part.status_code == 206
    assert part.headers["content-range"] == f"bytes 100-199/{len(whole.content)}"
    assert part.content == whole.content[100:200]
    assert client.get(f"{URL}/auditions/100/2/audio").content != whole.content
    reference = client.get(f"{URL}/reference", headers={"Range": "bytes=0-3"})
    assert (reference.status_code, reference.content) == (206, b"RIFF")


@pytest.mark.parametrize("where", ["auditions/300/1/audio", "auditions/200/3/audio", "auditions/200/0/audio"])
def test_what_was_never_spoken_is_not_found(client: httpx.Client, run: Path, where: str) -> None:
    error(client.get(f"{URL}/{where}"), 404, "not_found")


@pytest.mark.parametrize("where", ["auditions/-1/1/audio", "auditions/x/1/audio", f"auditions/1/{2**70}/audio"])
def test_numbers_that_are_none_are_refused(client: httpx.Client, run: Path, where: str) -> None:
    error(client.get(f"{URL}/{where}"), 422, "invalid_input")


def test_an_unknown_run_is_not_found(client: httpx.Client) -> None:
    url = "/api/training/runs/nobodys"
    vote = {"line": 1, "step_a": 100, "step_b": 200, "preferred": "a"}
    for answer in (
        client.get(url),
        client.get(f"{url}/metrics"),
        client.get(f"{url}/reference"),
        client.get(f"{url}/auditions/1/1/audio"),
        client.post(f"{url}/votes", json=vote),
        client.post(f"{url}/publish", json={"step": 1, "name": "mine"}),
        client.delete(url),
    ):
        error(answer, 404, "not_found")


@pytest.mark.parametrize("run_id", ["..", "%2e%2e", "..%2fmodels", "a b", "x" * 65])
def test_an_id_never_leaves_the_folder_of_runs(client: httpx.Client, run: Path, run_id: str) -> None:
    for method in ("GET", "DELETE"):
        answer = client.request(method, f"/api/training/runs/{run_id}")
        assert answer.status_code in (404, 405, 422), answer.text
    assert run.is_dir()


def test_strangers_see_nothing(stranger: httpx.Client, run: Path) -> None:
    for where in ("", "/metrics", "/reference", "/auditions/100/1/audio"):
        error(stranger.get(f"{URL}{where}"), 401, "not_signed_in")
    error(stranger.delete(URL), 401, "not_signed_in")


def test_votes_are_counted(client: httpx.Client, run: Path) -> None:
    def vote(preferred: str, line: int = 1) -> dict[str, Any]:
        body = {"line": line, "step_a": 200, "step_b": 100, "preferred": preferred, "created_at": "yesterday"}
        answer = client.post(f"{URL}/votes", json=body)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    vote("a")
    vote("a", line=2)
    vote("b")
    told = vote("same")
    assert [one["preferred"] for one in told["votes"]] == ["a", "a", "b", "same"]
    assert all(one["created_at"].endswith("+00:00") for one in told["votes"])
    assert told["tally"] == [
        {"step": 100, "preferred": 1, "other": 2, "same": 1},
        {"step": 200, "preferred": 2, "other": 1, "same": 1},
    ]
    found = client.get(URL).json()
    assert (found["votes"], found["tally"]) == (told["votes"], told["tally"])


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"line": 3}, 404, "not_found"),
        ({"line": 0}, 404, "not_found"),
        ({"step_a": 300}, 404, "not_found"),
        ({"step_b": -1}, 404, "not_found"),
        ({"step_b": 100}, 422, "invalid_input"),
        ({"preferred": "c"}, 422, "invalid_input"),
    ],
)
def test_a_vote_on_what_was_never_spoken_is_refused(
    client: httpx.Client, run: Path, changed: dict[str, Any], status: int, code: str
) -> None:
    body = {"line": 1, "step_a": 100, "step_b": 200, "preferred": "a"} | changed
    error(client.post(f"{URL}/votes", json=body), status, code)
    assert client.get(URL).json()["votes"] == []


def test_curves_are_complete_but_for_what_cant_be_read(client: httpx.Client, run: Path) -> None:
    with (run / "metrics.jsonl").open("a") as file:
        file.write('[1]\n{"step": 201, "name": "loss"}\n\x00\n{"step": 201, "name": "loss", "value": NaN}\n')
        file.write('{"step": 201, "name": "eval_loss", "value": 2}\n{"step": 202, "na')
    metrics = client.get(f"{URL}/metrics").json()["metrics"]
    assert [one["step"] for one in metrics] == [*range(1, 202), 201]
    assert metrics[3] == {"step": 4, "name": "loss", "value": 0.25}
    assert metrics[-2:] == [
        {"step": 201, "name": "loss", "value": None},
        {"step": 201, "name": "eval_loss", "value": 2.0},
    ]


def test_long_curves_are_thinned_out_and_short_ones_are_not(tmp_path: Path) -> None:
    with (tmp_path / "metrics.jsonl").open("w") as file:
        for step in range(1000):
            file.write(json.dumps({"step": step, "name": "loss", "value": step}) + "\n")
            if step % 100 == 0:
                file.write(json.dumps({"step": step, "name": "eval_loss", "value": step}) + "\n")
    found = read_metrics(tmp_path, most=200)
    assert [one.step for one in found if one.name == "eval_loss"] == list(range(0, 1000, 100))
    assert [one.step for one in found if one.name == "loss"] == list(range(0, 1000, 10))
    assert len(read_metrics(tmp_path, most=1010)) == 1010


def test_a_run_without_a_job_is_listed(server: Running, client: httpx.Client, run: Path) -> None:
    """As one of the command line is: with how far it got and how good it became."""
    own = Path(shutil.copytree(run, server.studio.workspace.run("run-of-nobody")))
    [found] = [one for one in client.get("/api/training/runs").json()["others"] if one["run_id"] == own.name]
    assert (found["name"], found["dataset"]) == (REQUEST["name"], REQUEST["dataset"])
    assert (found["steps"], found["total_steps"], found["best_step"], found["best_score"]) == (200, 12, 100, 0.1)
    for path in own.rglob("*.json"):
        path.write_text("{")
    [damaged] = [one for one in client.get("/api/training/runs").json()["others"] if one["run_id"] == own.name]
    assert (damaged["name"], damaged["total_steps"], damaged["best_score"]) == ("", None, None)
    shutil.rmtree(own)


def test_a_run_that_hasnt_changed_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list is asked for every few seconds, and there may be hundreds of runs."""
    folders = [tmp_path / f"run-{number}" for number in range(30)]
    for folder in folders:
        write_run(folder)
    read: list[str] = []
    was = files.read_request
    monkeypatch.setattr(files, "read_request", lambda folder: read.append(folder.name) or was(folder))
    before = [summary(folder) for folder in folders]
    assert len(read) == 30
    assert [summary(folder) for folder in folders] == before
    assert len(read) == 30
    write_json(folders[3] / "checkpoints" / "step-00000300" / "progress.json", {"step": 300, "best_step": 200})
    again = summary(folders[3])
    assert (again.steps, again.best_score, read[30:]) == (300, 0.2, ["run-3"])


def test_damaged_votes_are_kept_aside(client: httpx.Client, run: Path) -> None:
    vote = {"line": 1, "step_a": 100, "step_b": 200, "preferred": "a"}
    for number, content in enumerate(("[{", "no votes"), 1):
        (run / "votes.json").write_text(content)
        assert len(client.post(f"{URL}/votes", json=vote).json()["votes"]) == 1
        assert (run / f"votes.damaged-{number}.json").read_text() == content
    assert len(client.post(f"{URL}/votes", json=vote).json()["votes"]) == 2
    assert len(list(run.glob("votes*"))) == 3


def test_a_model_that_a_training_starts_from_stays(server: Running, client: httpx.Client, run: Path) -> None:
    write_json(server.studio.workspace.model("needed") / "card.json", {})
    (server.studio.workspace.model("needed") / "model.safetensors").write_bytes(b"")
    asked = REQUEST | {"name": "slowly", "base_model": "needed"}
    job = server.studio.backend.submit("train", TrainRequest.model_validate(asked))
    error(client.delete("/api/models/needed"), 409, "conflict")
    client.post(f"/api/jobs/{job.id}/cancel")
    until(lambda: server.studio.store.get(job.id).finished)
    assert client.delete("/api/models/needed").status_code == 204


@pytest.mark.parametrize("content", ["", "{", "[1, 2]", '{"request": 5, "step": "x", "best_step": "y"}', "\x00\x00"])
def test_damaged_files_are_left_out(client: httpx.Client, run: Path, content: str) -> None:
    for path in run.rglob("*.json*"):
        path.write_text(content)
    (run / "votes.json").write_text(content)
    (run / "checkpoints" / "step-nonsense").mkdir()
    (run / "auditions" / "step-00000900").write_text("no folder")
    found = client.get(URL).json()
    assert found["request"] == {}
    assert (found["plan"], found["forecast"], found["best_step"]) == (None, None, None)
    assert found["auditions"] == found["votes"] == []
    assert [one["step"] for one in found["checkpoints"]] == [100, 200]
    assert client.get(f"{URL}/metrics").json() == {"metrics": []}
    error(client.get(f"{URL}/auditions/100/1/audio"), 404, "not_found")


def test_an_audition_without_its_sound_is_not_found(client: httpx.Client, run: Path) -> None:
    folder = run / "auditions" / "step-00000100"
    (folder / "line-01.wav").unlink()
    error(client.get(f"{URL}/auditions/100/1/audio"), 404, "not_found")
    content = json.loads((folder / "audition.json").read_text())
    content["lines"][1]["file"] = "../../request.json"
    (folder / "audition.json").write_text(json.dumps(content))
    error(client.get(f"{URL}/auditions/100/2/audio"), 404, "not_found")


def test_an_empty_run_is_told_as_well(client: httpx.Client, run: Path) -> None:
    for path in sorted(run.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    found = client.get(URL).json()
    assert (found["checkpoints"], found["best_step"]) == ([], None)
    assert client.get(f"{URL}/metrics").json() == {"metrics": []}
    error(client.get(f"{URL}/reference"), 404, "not_found")


def test_a_kept_checkpoint_becomes_a_model(server: Running, client: httpx.Client, run: Path) -> None:
    job = server.finish(client.post(f"{URL}/publish", json={"step": 100, "name": " Early one "}))
    assert (job["step"], job["state"]) == ("publish", "succeeded")
    assert job["request"] == {"run_id": RUN, "step": 100, "name": "Early one"}


def test_what_cant_be_published_is_told_before_there_is_a_job(server: Running, client: httpx.Client, run: Path) -> None:
    def publish(step: int, name: str) -> httpx.Response:
        return client.post(f"{URL}/publish", json={"step": step, "name": name})

    models = server.studio.workspace
    write_json(models.model("taken") / "card.json", {"run_id": "another"})
    write_json(models.model("own") / "card.json", {"run_id": RUN})
    assert "100, 200" in error(publish(300, "mine"), 404, "not_found")["hint"]
    error(publish(100, "taken"), 409, "conflict")
    error(publish(100, "xtts-v2"), 409, "conflict")
    error(publish(100, "../mine"), 422, "invalid_input")
    error(publish(-1, "mine"), 422, "invalid_input")
    assert server.finish(publish(100, "own"))["state"] == "succeeded"


def test_a_run_is_deleted_once_nothing_works_on_it(server: Running, client: httpx.Client, run: Path) -> None:
    job = server.studio.backend.submit("train", TrainRequest.model_validate(REQUEST | {"name": "slowly"}))
    until(lambda: bool(server.studio.store.events(job.id, kinds=["artifact"])))
    error(client.delete(URL), 409, "conflict")
    assert client.get(URL).json()["best_step"] == 100
    client.post(f"/api/jobs/{job.id}/cancel")
    until(lambda: server.studio.store.get(job.id).finished)
    assert client.delete(URL).status_code == 204
    assert not run.exists()
    assert not list(run.parent.glob(f"*{RUN}*"))
    error(client.get(URL), 404, "not_found")
    error(client.delete(URL), 404, "not_found")
