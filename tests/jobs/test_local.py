"""The local backend with real worker processes: results, errors, cancels, deaths, restarts."""

import logging
import os
import threading
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from tests.jobs import fake_steps
from tests.jobs.conftest import StartBackend
from tests.jobs.fake_steps import Done, Work
from tests.jobs.waiting import finished, is_alive, until
from xtts_studio.errors import AudioError, Cancelled, Conflict, OutOfMemory, StudioError, TooManyRequests, WorkerDied
from xtts_studio.jobs import job_run, local
from xtts_studio.jobs.local import LocalBackend
from xtts_studio.jobs.process import explain_death
from xtts_studio.jobs.store import JobStore
from xtts_studio.settings import Settings
from xtts_studio.shapes import SpeakRequest, SpeakResult
from xtts_studio.workspace import Workspace


def ask(backend: LocalBackend, **fields: object) -> Done:
    result = backend.call("ask", Work.model_validate(fields))
    assert isinstance(result, Done)
    return result


def test_a_job_tells_its_events_and_gives_its_result(start_backend: StartBackend, store: JobStore) -> None:
    backend = start_backend()
    job = finished(store, backend.submit("train", Work(count=2)).id)
    assert (job.state, job.error, job.message) == ("succeeded", None, "all told")
    assert job.result is not None
    assert job.result["text"] == "told"
    kinds = [event.kind for event in backend.events(job.id)]
    assert kinds == ["state", "state", "metric", "metric", "log", "artifact", "progress", "done"]
    assert job.result["pid"] != os.getpid()


def test_the_job_after_it_is_queued_with_success_and_runs(start_backend: StartBackend, store: JobStore) -> None:
    job = finished(store, start_backend().submit("chunk", Work(count=3)).id)
    assert job.follow_up_job_id is not None
    assert finished(store, job.follow_up_job_id).step == "transcribe"


def test_a_worker_is_kept_for_the_next_job(start_backend: StartBackend, store: JobStore) -> None:
    backend = start_backend()
    results = [finished(store, backend.submit("train", Work()).id).result for _ in range(2)]
    assert results[0] == results[1]


def test_an_error_for_the_user_keeps_its_kind_hint_and_details(start_backend: StartBackend, store: JobStore) -> None:
    backend = start_backend()
    job = finished(store, backend.submit("train", Work(do="refuse")).id)
    assert job.state == "failed"
    assert job.error is not None
    assert job.error.model_dump() == {
        "code": "unusable_audio",
        "message": "That is no sound.",
        "hint": "Send sound.",
        "details": {"seen": 7},
    }
    with pytest.raises(AudioError, match="That is no sound"):
        ask(backend, do="refuse")


def test_an_unexpected_error_is_a_sentence_for_the_user_and_a_trace_in_the_log(
    start_backend: StartBackend, store: JobStore, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        job = finished(store, start_backend().submit("train", Work(do="break")).id)
    assert job.error is not None
    assert "failed unexpectedly" in job.error.message
    assert job.error.hint
    told = str([event.data for event in store.events(job.id)])
    assert "secret" not in told
    assert "Traceback" not in told
    assert "a secret of the code" in caplog.text
    assert "Traceback" in caplog.text


def test_a_missing_package_is_named(start_backend: StartBackend) -> None:
    with pytest.raises(StudioError, match="a_package_that_is_not_there") as caught:
        start_backend().call("missing", Work())
    assert "pip install" in caught.value.hint


def test_a_killed_worker_fails_its_job_and_the_next_runs(start_backend: StartBackend, store: JobStore) -> None:
    backend = start_backend()
    dead = backend.submit("train", Work(do="kill"))
    alive = backend.submit("train", Work())
    job = finished(store, dead.id)
    assert job.state == "failed"
    assert job.error is not None
    assert job.error.code == "worker_died"
    assert "SIGKILL" in job.error.message
    assert "memory" in job.error.message
    assert finished(store, alive.id).state == "succeeded"


def test_a_worker_killed_from_outside_fails_its_job(start_backend: StartBackend, store: JobStore) -> None:
    backend = start_backend()
    job = backend.submit("train", Work(do="sleep", seconds=60))
    until(lambda: store.get(job.id).message == "sleeping")
    os.kill(backend.workers()[0].pid, 9)
    error = finished(store, job.id, within_s=10).error
    assert error is not None
    assert "SIGKILL" in error.message


def test_a_worker_that_exits_is_explained_to_its_caller(start_backend: StartBackend) -> None:
    backend = start_backend()
    with pytest.raises(WorkerDied, match="exit status 3"):
        ask(backend, do="exit")
    assert ask(backend).text == "told"


def test_deaths_are_told_apart() -> None:
    assert "SIGSEGV" in explain_death("vad", -11).message
    assert "memory" in explain_death("vad", -9).message
    assert "exit status 1" in explain_death("vad", 1).message


def test_a_running_job_is_cancelled(start_backend: StartBackend, store: JobStore) -> None:
    backend = start_backend()
    job = backend.submit("train", Work(do="sleep", seconds=60))
    until(lambda: store.get(job.id).state == "running")
    backend.cancel(job.id)
    ended = finished(store, job.id, within_s=10)
    assert (ended.state, ended.error) == ("cancelled", None)
    assert finished(store, backend.submit("train", Work()).id).state == "succeeded"


def test_a_cancel_that_a_library_swallowed_is_still_a_cancel(start_backend: StartBackend, store: JobStore) -> None:
    backend = start_backend()
    job = backend.submit("train", Work(do="swallow", seconds=60))
    until(lambda: store.get(job.id).message == "sleeping")
    backend.cancel(job.id)
    assert finished(store, job.id).state == "cancelled"


def test_a_cancel_that_is_not_obeyed_ends_the_process(start_backend: StartBackend, store: JobStore) -> None:
    backend = start_backend()
    job = backend.submit("train", Work(do="stubborn", seconds=60))
    until(lambda: store.get(job.id).message == "deaf")
    pid = backend.workers()[0].pid
    began = time.monotonic()
    backend.cancel(job.id)
    assert finished(store, job.id).state == "cancelled"
    assert time.monotonic() - began < 6
    until(lambda: not is_alive(pid), within_s=5)


def test_a_queued_job_is_cancelled_before_it_runs(start_backend: StartBackend, store: JobStore) -> None:
    backend = start_backend()
    first = backend.submit("train", Work(do="sleep", seconds=1))
    second = backend.submit("train", Work())
    assert backend.cancel(second.id).state == "cancelled"
    assert finished(store, first.id).state == "succeeded"
    assert store.get(second.id).started_at is None


def test_training_and_transcription_take_turns_in_order(start_backend: StartBackend, store: JobStore) -> None:
    backend = start_backend()
    jobs = [backend.submit(step, Work(do="sleep", seconds=0.3)) for step in ("train", "transcribe", "train")]
    done = [finished(store, job.id) for job in jobs]
    for before, after in pairwise(done):
        assert str(before.finished_at) <= str(after.started_at)
    assert [info.role for info in backend.workers()] == ["training"]


def test_a_call_does_not_wait_for_a_job_of_its_role(start_backend: StartBackend, store: JobStore) -> None:
    backend = start_backend()
    job = backend.submit("chunk", Work(do="sleep", seconds=20))
    until(lambda: store.get(job.id).message == "sleeping")
    assert ask(backend).text == "told"
    assert store.get(job.id).state == "running"


def test_the_limited_worker_can_not_eat_the_machine(
    start_backend: StartBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(local.MEMORY_LIMITS_BYTES, "vad", 1024**3)
    backend = start_backend()
    with pytest.raises(OutOfMemory, match="more memory"):
        ask(backend, do="allocate", count=2 * 1024**3)
    assert ask(backend, do="allocate", count=1024**2).pid


def test_speech_is_streamed_and_ends_with_its_result(start_backend: StartBackend) -> None:
    stream = start_backend().stream_speech(SpeakRequest(text="one two three", language="en", speaker="a", seed=5))
    pieces = []
    try:
        while True:
            pieces.append(next(stream))
    except StopIteration as stop:
        result = stop.value
    assert [len(piece) for piece in pieces] == [48_000] * 3
    assert isinstance(result, SpeakResult)
    assert result.seed == 5


def test_leaving_a_stream_stops_the_speaking(start_backend: StartBackend) -> None:
    backend = start_backend()
    stream = backend.stream_speech(SpeakRequest(text="slowly " * 100, language="en", speaker="a"))
    next(stream)
    began = time.monotonic()
    stream.close()
    assert time.monotonic() - began < 5
    assert backend.workers()[0].state == "idle"


def test_an_idle_worker_ends_and_its_memory_returns(start_backend: StartBackend) -> None:
    backend = start_backend(XTTS_WORKER_IDLE_S=0.4)
    pid = ask(backend).pid
    assert backend.workers()[0].memory_bytes
    until(lambda: not is_alive(pid), within_s=10)
    assert backend.workers() == []
    assert ask(backend).pid != pid


def test_a_new_device_reaches_a_new_worker(start_backend: StartBackend, tmp_path: Path) -> None:
    backend = start_backend(XTTS_DEVICE="cpu")
    before = ask(backend, do="environment")
    backend.set_device("cuda:1")
    after = ask(backend, do="environment")
    assert (before.text, after.text) == (f"cpu {tmp_path}", f"cuda:1 {tmp_path}")
    assert before.pid != after.pid


def refuse_for_a_moment(monkeypatch: pytest.MonkeyPatch, store: JobStore, change: str, times: int = 2) -> list[str]:
    """Lets a change of the store fail some times, as on a full disk; gives what was refused."""
    original, refused = getattr(store, change), []

    def refusing(*args: Any) -> Any:
        if len(refused) < times:
            refused.append(change)
            raise OperationalError(change, None, OSError("database or disk is full"))
        return original(*args)

    monkeypatch.setattr(store, change, refusing)
    monkeypatch.setattr(job_run, "WRITE_AGAIN_S", 0.05)
    return refused


@pytest.mark.parametrize(
    ("change", "do", "state"),
    [("succeed", "tell", "succeeded"), ("fail", "refuse", "failed"), ("cancelled", "sleep", "cancelled")],
)
def test_the_end_of_a_job_is_written_once_the_database_takes_it(
    start_backend: StartBackend, store: JobStore, monkeypatch: pytest.MonkeyPatch, change: str, do: str, state: str
) -> None:
    refused = refuse_for_a_moment(monkeypatch, store, change)
    backend = start_backend()
    job = backend.submit("train", Work(do=do, seconds=0 if do == "tell" else 60))
    if do == "sleep":
        until(lambda: store.get(job.id).message == "sleeping")
        backend.cancel(job.id)
    assert finished(store, job.id, within_s=10).state == state
    assert len(refused) == 2


@pytest.mark.parametrize("times", [2, 8])
def test_events_that_the_database_refuses_come_later_and_end_nothing(
    start_backend: StartBackend, store: JobStore, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    refused = refuse_for_a_moment(monkeypatch, store, "record", times)
    job = finished(store, start_backend().submit("train", Work(count=2)).id, within_s=10)
    assert (job.state, len(refused)) == ("succeeded", times)
    kinds = [event.kind for event in store.events(job.id)]
    assert kinds == ["state", "state", "metric", "metric", "log", "artifact", "progress", "done"]


def test_a_result_that_can_not_be_stored_fails_its_job(
    start_backend: StartBackend, store: JobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def succeed(*args: Any) -> None:
        raise TypeError("not to be written as JSON")

    monkeypatch.setattr(store, "succeed", succeed)
    assert finished(store, start_backend().submit("train", Work()).id).state == "failed"


def test_stopping_interrupts_what_runs_ends_the_workers_and_keeps_the_queue(
    start_backend: StartBackend, store: JobStore
) -> None:
    backend = start_backend()
    running = backend.submit("train", Work(do="sleep", seconds=60))
    waiting = backend.submit("train", Work())
    until(lambda: store.get(running.id).state == "running")
    until(lambda: bool(backend.workers()))
    pids = [info.pid for info in backend.workers()]
    backend.stop()
    assert not any(is_alive(pid) for pid in pids)
    job = store.get(running.id)
    assert job.state == "interrupted"
    assert job.error is not None
    assert "stopped" in job.error.message
    assert "Go on with its run" in job.error.hint
    start_backend()
    assert finished(store, waiting.id).state == "succeeded"


def test_a_step_that_does_not_stop_with_the_server_is_interrupted_too(
    start_backend: StartBackend, store: JobStore
) -> None:
    backend = start_backend(stop_grace_s=0.3)
    job = backend.submit("chunk", Work(do="stubborn", seconds=60))
    until(lambda: store.get(job.id).message == "deaf")
    pid = backend.workers()[0].pid
    backend.stop()
    assert store.get(job.id).state == "interrupted"
    assert not is_alive(pid)


def test_a_second_server_on_the_workspace_is_refused(
    start_backend: StartBackend, store: JobStore, tmp_path: Path
) -> None:
    start_backend()
    other = LocalBackend(store, Workspace(tmp_path), Settings(XTTS_HOME=tmp_path), steps=fake_steps.STEPS)
    with pytest.raises(Conflict, match="Another server"):
        other.start()


def test_calls_from_many_threads_are_all_answered(start_backend: StartBackend) -> None:
    backend = start_backend()
    answers: list[str] = []
    threads = [threading.Thread(target=lambda: answers.append(ask(backend, count=1).text)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert answers == ["told"] * 8


def test_what_waits_for_its_turn_ends_with_the_server(
    start_backend: StartBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "PATIENT", {"ask"})
    monkeypatch.setattr(local, "CALL_WAIT_S", 0.0)
    backend = start_backend()
    ended: list[type[BaseException]] = []

    def call() -> None:
        try:
            ask(backend, do="sleep", seconds=60)
        except BaseException as error:
            ended.append(type(error))

    threads = [threading.Thread(target=call) for _ in range(2)]
    for thread in threads:
        thread.start()
    until(lambda: bool(backend.workers()) and backend.workers()[0].state == "busy")
    time.sleep(0.5)
    assert ended == []  # the second waits, without a limit
    backend.stop()
    for thread in threads:
        thread.join(10)
    assert Cancelled in ended
    assert len(ended) == 2
    assert backend.workers() == []


def test_a_call_that_waits_too_long_for_its_turn_is_refused(
    start_backend: StartBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "CALL_WAIT_S", 0.3)
    backend = start_backend()
    busy = threading.Thread(target=lambda: ask(backend, do="sleep", seconds=3))
    busy.start()
    until(lambda: bool(backend.workers()) and backend.workers()[0].state == "busy")
    with pytest.raises(TooManyRequests, match="busy"):
        ask(backend)
    busy.join()
