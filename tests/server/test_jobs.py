"""Jobs over HTTP: starting, following, cancelling, listing; streams that are left and taken up again."""

import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from pydantic import BaseModel

from tests.jobs.waiting import until
from tests.server import sse
from tests.server.conftest import Running, error, serving, upload
from tests.server.fake_functions import POINTS
from xtts_studio.events import Progress, Report
from xtts_studio.jobs.database import open_database
from xtts_studio.jobs.store import JobStore
from xtts_studio.shapes import AnalyzeResult, CutStatistics
from xtts_studio.workspace import write_json


@pytest.fixture(scope="module")
def dataset(server: Running) -> str:
    """A dataset with three chunks."""
    with server.user() as client:
        body = {"recording_id": upload(client, hz=400), "dataset": "three"}
        assert server.finish(client.post("/api/data/chunk", json=body))["state"] == "succeeded"
    return "three"


NUMBERS = set(CutStatistics.model_fields) - {"histogram"}


def start_training(client: httpx.Client, dataset: str, name: str = "model") -> str:
    answer = client.post("/api/training/start", json={"dataset": dataset, "name": name})
    assert answer.status_code == 202, answer.text
    job_id: str = answer.json()["job"]["id"]
    return job_id


def test_chunking_with_transcription_is_two_jobs(server: Running, client: httpx.Client) -> None:
    wishes = {"language": "en", "hints": "Ngozi, Wrocław", "prove": False, "speakers_by_channel": True}
    wishes |= {"own_transcript": False, "whisper_model": "small"}
    body = {"recording_id": upload(client, hz=401), "dataset": "spoken", "transcribe": True, **wishes}
    job = server.finish(client.post("/api/data/chunk", json=body))
    assert job["result"]["added"] == 3
    until(lambda: server.studio.store.get(job["follow_up_job_id"]).finished)
    following = client.get(f"/api/jobs/{job['follow_up_job_id']}").json()["job"]
    assert (following["step"], following["state"]) == ("transcribe", "succeeded")
    assert following["request"].items() >= (wishes | {"dataset": "spoken", "overwrite": False}).items()


def test_a_stream_tells_everything_and_ends_with_the_job(client: httpx.Client, dataset: str) -> None:
    job_id = start_training(client, dataset)
    events = list(sse.read(client, f"/api/jobs/{job_id}/events"))
    assert [event.id for event in events] == list(range(1, len(events) + 1))
    assert [event.data["step"] for event in events if event.event == "metric"] == list(range(1, POINTS + 2))
    assert events[-1].event == "done"
    assert events[-1].data == client.get(f"/api/jobs/{job_id}").json()["job"]
    assert events[-1].data["state"] == "succeeded"


def test_a_stream_that_is_dropped_again_and_again_has_neither_gap_nor_duplicate(
    client: httpx.Client, dataset: str
) -> None:
    job_id = start_training(client, dataset, "slowly")
    seen: list[sse.ServerEvent] = []
    connections = 0
    while not seen or seen[-1].event != "done":
        connections += 1
        last = seen[-1].id if seen else None
        for count, event in enumerate(sse.read(client, f"/api/training/progress/{job_id}", last), start=1):
            seen.append(event)
            if count == 35:
                break
    assert connections >= 5
    assert [event.id for event in seen] == list(range(1, len(seen) + 1))
    assert [event.data["step"] for event in seen if event.event == "metric"] == list(range(1, POINTS + 2))


def test_news_come_at_once(client: httpx.Client, dataset: str) -> None:
    """While the job runs, not when it has ended: 200 events of 10 ms take 2 s, the first is there long before."""
    job_id = start_training(client, dataset, "slowly")
    began = time.monotonic()
    for event in sse.read(client, f"/api/jobs/{job_id}/events"):
        if event.event == "metric":
            break
    assert client.get(f"/api/jobs/{job_id}").json()["job"]["state"] == "running"
    assert time.monotonic() - began < 20


def test_a_finished_job_is_told_again_from_anywhere(client: httpx.Client, dataset: str) -> None:
    job_id = start_training(client, dataset)
    whole = list(sse.read(client, f"/api/jobs/{job_id}/events"))
    assert list(sse.read(client, f"/api/jobs/{job_id}/events?after=190")) == whole[190:]
    assert [event.event for event in sse.read(client, f"/api/jobs/{job_id}/events", whole[-1].id)] == ["done"]
    assert [event.event for event in sse.read(client, f"/api/jobs/{job_id}/events?after=99999")] == ["done"]


@pytest.mark.parametrize("path", ["/api/jobs/{}/events", "/api/training/{}/metrics", "/api/events"])
def test_a_number_that_no_event_can_have_is_refused(client: httpx.Client, dataset: str, path: str) -> None:
    job_id = start_training(client, dataset)
    error(client.get(path.format(job_id), params={"after": str(2**63)}), 422, "invalid_input")


def test_all_jobs_are_on_one_stream(client: httpx.Client, dataset: str) -> None:
    stream = sse.read(client, "/api/events")
    ready = next(stream)
    assert ready.event == "ready"
    with httpx.Client(base_url=client.base_url, cookies=client.cookies, timeout=60) as other:
        jobs = {start_training(other, dataset), start_training(other, dataset)}
    done: set[str] = set()
    ids = [ready.id]
    for event in stream:
        ids.append(event.id)
        if event.event == "done" and event.data["job_id"] in jobs:
            assert event.data["data"]["state"] == "succeeded"
            done.add(event.data["job_id"])
        if done == jobs:
            break
    assert ids == sorted(set(ids))
    resumed = next(iter(sse.read(client, "/api/events", ids[5])))
    assert resumed.event == "ready" or resumed.id > ids[5]


def test_metrics_are_kept_and_lead_on_to_the_stream(client: httpx.Client, dataset: str) -> None:
    job_id = start_training(client, dataset)
    list(sse.read(client, f"/api/jobs/{job_id}/events"))
    history = client.get(f"/api/training/{job_id}/metrics").json()
    values = [point["value"] for point in history["metrics"]]
    assert values[:3] == [1, 0.5, pytest.approx(1 / 3)]
    assert values[-1] is None
    after = client.get(f"/api/training/{job_id}/metrics", params={"after": history["last_event_id"]}).json()
    assert after["metrics"] == []
    assert after["last_event_id"] == history["last_event_id"]


def test_runs_name_what_can_be_gone_on_with(client: httpx.Client, dataset: str) -> None:
    job_id = start_training(client, dataset)
    list(sse.read(client, f"/api/jobs/{job_id}/events"))
    newest = client.get("/api/training/runs", params={"limit": 1}).json()["runs"][0]
    assert newest["job"]["id"] == job_id
    assert newest["run_id"] == "run-7"


def test_a_running_job_is_cancelled(server: Running, client: httpx.Client) -> None:
    body = {"recording_id": upload(client, hz=402), "dataset": "slow"}
    job_id = client.post("/api/data/chunk", json=body).json()["job"]["id"]
    until(lambda: client.get(f"/api/jobs/{job_id}").json()["job"]["message"] == "Cutting slowly")
    assert client.post(f"/api/jobs/{job_id}/cancel").status_code == 200
    last = list(sse.read(client, f"/api/data/chunk/progress/{job_id}"))[-1]
    assert (last.event, last.data["state"]) == ("done", "cancelled")
    assert client.post(f"/api/jobs/{job_id}/cancel").json()["job"]["state"] == "cancelled"


def test_an_error_of_a_step_is_the_jobs_error(server: Running, client: httpx.Client, dataset: str) -> None:
    job_id = start_training(client, dataset, "refused")
    done = list(sse.read(client, f"/api/training/progress/{job_id}"))[-1].data
    assert done["state"] == "failed"
    assert done["error"] == {
        "code": "unusable_dataset",
        "message": "No chunk can be trained on.",
        "hint": "Transcribe it first.",
        "details": {},
    }


@pytest.mark.parametrize(("dataset_name", "code"), [("killed", "worker_died"), ("broken", "internal")])
def test_a_step_that_dies_is_explained_and_the_next_job_runs(
    server: Running, client: httpx.Client, dataset_name: str, code: str
) -> None:
    recording_id = upload(client, hz=403)
    bad = client.post("/api/data/chunk", json={"recording_id": recording_id, "dataset": dataset_name})
    good = client.post("/api/data/chunk", json={"recording_id": recording_id, "dataset": f"after {dataset_name}"})
    failed = server.finish(bad)
    assert failed["state"] == "failed"
    assert failed["error"]["code"] == code
    assert failed["error"]["hint"]
    assert "secret" not in str(failed)
    assert server.finish(good)["state"] == "succeeded"


def test_what_was_stopped_is_done_once_more(server: Running, client: httpx.Client) -> None:
    body = {"recording_id": upload(client, hz=405), "dataset": "slow"}
    job = client.post("/api/data/chunk", json=body).json()["job"]
    error(client.post(f"/api/jobs/{job['id']}/retry"), 409, "conflict")  # it is under way
    client.post(f"/api/jobs/{job['id']}/cancel")
    until(lambda: client.get(f"/api/jobs/{job['id']}").json()["job"]["state"] == "cancelled")
    answer = client.post(f"/api/jobs/{job['id']}/retry")
    assert answer.status_code == 202
    again = answer.json()["job"]
    assert again["id"] != job["id"]
    assert (again["step"], again["request"]) == ("chunk", job["request"])
    client.post(f"/api/jobs/{again['id']}/cancel")
    until(lambda: client.get(f"/api/jobs/{again['id']}").json()["job"]["state"] == "cancelled")


def test_a_training_that_failed_goes_on_with_its_run(server: Running, client: httpx.Client, dataset: str) -> None:
    job_id = start_training(client, dataset, "slowly")
    until(lambda: any(run["run_id"] == "run-7" for run in client.get("/api/training/runs?limit=1").json()["runs"]))
    client.post(f"/api/jobs/{job_id}/cancel")
    until(lambda: client.get(f"/api/jobs/{job_id}").json()["job"]["state"] == "cancelled")
    anew = client.post(f"/api/jobs/{job_id}/retry").json()["job"]
    assert anew["request"]["run_id"] is None  # the run had not come so far as to be there
    run = server.studio.workspace.run("run-7")
    run.mkdir(parents=True, exist_ok=True)
    write_json(run / "request.json", {"request": {"dataset": dataset, "name": "slowly", "epochs": 3}})
    client.post(f"/api/jobs/{anew['id']}/cancel")
    until(lambda: client.get(f"/api/jobs/{anew['id']}").json()["job"]["state"] == "cancelled")
    on = client.post(f"/api/jobs/{job_id}/retry").json()["job"]
    assert (on["request"]["run_id"], on["request"]["epochs"]) == ("run-7", 3)
    client.post(f"/api/jobs/{on['id']}/cancel")
    shutil.rmtree(run)


def test_what_can_not_be_done_again_is_told(server: Running, client: httpx.Client, dataset: str) -> None:
    job_id = start_training(client, dataset)
    list(sse.read(client, f"/api/jobs/{job_id}/events"))
    told = error(client.post(f"/api/jobs/{job_id}/retry"), 409, "conflict")
    assert "succeeded" in told["message"]
    job = server.finish(
        client.post("/api/datasets/import", data={"name": "x"}, files=[("files", ("a.zip", b"no zip"))])
    )
    assert job["state"] == "failed"
    assert "Send it again" in error(client.post(f"/api/jobs/{job['id']}/retry"), 409, "conflict")["hint"]


def test_jobs_are_listed_in_pages_and_filtered(client: httpx.Client, dataset: str) -> None:
    job_id = start_training(client, dataset)
    list(sse.read(client, f"/api/jobs/{job_id}/events"))
    body = client.get("/api/jobs", params={"limit": 1}).json()
    assert [job["id"] for job in body["jobs"]] == [job_id]
    assert body["total"] > 1
    only = client.get("/api/jobs", params={"step": "transcribe", "state": ["queued", "succeeded"]}).json()
    assert {job["step"] for job in only["jobs"]} <= {"transcribe"}
    error(client.get("/api/jobs", params={"state": "lost"}), 422, "invalid_input")


@pytest.mark.parametrize(
    "path",
    [
        "/api/jobs/nobody",
        "/api/jobs/nobody/events",
        "/api/training/progress/nobody",
        "/api/training/nobody/metrics",
        "/api/jobs/..",
        "/api/jobs/%2e%2e%2fx/events",
    ],
)
def test_an_unknown_job_is_not_found(client: httpx.Client, path: str) -> None:
    error(client.get(path), 404, "not_found")
    assert client.post("/api/jobs/nobody/cancel").status_code == 404


def test_a_stream_of_one_kind_refuses_jobs_of_another(client: httpx.Client, dataset: str) -> None:
    error(client.get(f"/api/data/process/progress/{start_training(client, dataset)}"), 404, "not_found")


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/api/data/analyze", {"recording_id": "nobody"}, 404),
        ("/api/data/analyze", {}, 422),
        ("/api/data/chunk", {"recording_id": "nobody", "dataset": "a"}, 404),
        ("/api/data/chunk", {"recording_id": "../x", "dataset": "a"}, 422),
        ("/api/data/process", {}, 422),
        ("/api/data/process", {"dataset": "nobody"}, 404),
        ("/api/data/process", {"dataset": "three", "recording_ids": ["x"]}, 422),
        ("/api/data/process", {"dataset": "three", "language": "klingon"}, 422),
        ("/api/training/start", {"dataset": "nobody", "name": "a"}, 404),
        ("/api/training/start", {"dataset": "three", "name": "../a"}, 422),
        ("/api/training/start", {"dataset": "three", "name": "a", "epochs": 0}, 422),
        ("/api/training/start", {"dataset": "three", "name": "a", "epoch": 5}, 422),
        ("/api/training/start", {"dataset": "three", "name": "a", "seed": 2**63}, 422),
    ],
)
def test_what_can_not_work_is_refused_before_there_is_a_job(
    server: Running, client: httpx.Client, dataset: str, path: str, body: dict[str, object], status: int
) -> None:
    before = server.studio.store.page()[1]
    answer = client.post(path, json=body)
    error(answer, status, "not_found" if status == 404 else "invalid_input")
    assert server.studio.store.page()[1] == before


def test_a_cut_needs_a_range_and_a_name_that_work(client: httpx.Client) -> None:
    recording_id = upload(client, hz=404)
    swapped = {"recording_id": recording_id, "dataset": "a", "start_s": 3, "end_s": 1}
    assert "range" in error(client.post("/api/data/chunk", json=swapped), 422, "invalid_input")["message"]
    named = {"recording_id": recording_id, "dataset": "../../etc"}
    error(client.post("/api/data/chunk", json=named), 422, "invalid_input")


def test_a_preview_is_answered_at_once_and_leaves_no_job(server: Running, client: httpx.Client) -> None:
    pytest.importorskip("onnxruntime")
    recording_id = upload(client, hz=405)
    before = server.studio.store.page()[1]
    answer = client.post("/api/data/analyze", json={"recording_id": recording_id})
    assert answer.status_code == 200, answer.text
    assert set(answer.json()) == {"speech", "chunks", "statistics"}
    assert server.studio.store.page()[1] == before


def test_a_preview_tells_how_far_it_is(server: Running, client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    recording_id = upload(client, hz=406)
    reported, go_on = threading.Event(), threading.Event()

    def analyze(step: str, request: BaseModel, report: Report) -> AnalyzeResult:
        report(Progress(0.25))
        reported.set()
        assert go_on.wait(30)
        return AnalyzeResult(speech=[], chunks=[], statistics=CutStatistics(**dict.fromkeys(NUMBERS, 0)))

    def fraction() -> float | None:
        told: float | None = client.get(f"/api/data/analyze/{recording_id}").json()["fraction"]
        return told

    monkeypatch.setattr(server.studio.backend, "call", analyze)
    with ThreadPoolExecutor(1) as thread, server.user() as other:
        assert fraction() is None
        waiting = thread.submit(other.post, "/api/data/analyze", json={"recording_id": recording_id})
        assert reported.wait(30)
        assert fraction() == 0.25
        go_on.set()
        waiting.result()
    assert fraction() is None


def test_a_restarted_server_says_what_it_interrupted_and_goes_on_with_the_queue(tmp_path: Path) -> None:
    store = JobStore(open_database(tmp_path / "studio.db"))  # as a server that was killed leaves it
    lost = store.submit("train", {"dataset": "a", "name": "b"})
    store.claim(["train"])
    waiting = store.submit("pull", {"name": "tiny"})
    with serving(tmp_path) as running, running.user() as client:
        last = list(sse.read(client, f"/api/jobs/{lost.id}/events"))[-1]
        assert last.data["state"] == "interrupted"
        assert last.data["error"]["code"] == "interrupted"
        assert "stopped" in last.data["error"]["message"]
        until(lambda: running.studio.store.get(waiting.id).state == "succeeded")


def test_a_stopping_server_ends_its_streams(tmp_path: Path) -> None:
    with serving(tmp_path) as running:
        client = running.user()
        stream = sse.read(client, "/api/events")
        assert next(stream).event == "ready"
        began = time.monotonic()
    assert time.monotonic() - began < 10
    assert list(stream) == []
    client.close()
