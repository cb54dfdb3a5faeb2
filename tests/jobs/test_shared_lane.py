"""Many runs at once in one real process: none of them meets another's messages, cancel, slowness or silence."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.jobs.conftest import StartBackend
from tests.jobs.fake_steps import Done, Work
from tests.jobs.waiting import is_alive, until
from xtts_studio.errors import AudioError, Cancelled, WorkerDied
from xtts_studio.events import Event, Sound
from xtts_studio.jobs import local, shared_lane, worker
from xtts_studio.jobs.following import Terms
from xtts_studio.jobs.local import LocalBackend
from xtts_studio.shapes import SpeakRequest

Threads = Callable[..., Future[Done]]


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(16) as pool:
        yield pool


def think(backend: LocalBackend, report: Callable[[Event], None] = lambda event: None, **fields: object) -> Done:
    result = backend.call("think", Work.model_validate(fields), report)
    assert isinstance(result, Done)
    return result


def say(backend: LocalBackend, text: str, cancelled: Callable[[], bool] = lambda: False) -> list[bytes]:
    return list(backend.stream_speech(SpeakRequest(text=text, language="en", speaker="a"), cancelled))


def runs(backend: LocalBackend) -> int:
    return sum(info.runs for info in backend.workers())


def test_runs_go_on_at_once_in_one_process(start_backend: StartBackend, threads: ThreadPoolExecutor) -> None:
    backend = start_backend()
    meeting = [threads.submit(think, backend, do="meet", count=8) for _ in range(8)]
    until(lambda: runs(backend) > 0)
    assert len({one.result(30).pid for one in meeting}) == 1
    assert (runs(backend), backend.workers()[0].state) == (0, "idle")


def test_each_gets_what_is_its_own(start_backend: StartBackend, threads: ThreadPoolExecutor) -> None:
    backend = start_backend()
    texts = [" ".join(["word"] * count) for count in (1, 2, 3, 5, 8)] * 4
    alone = {text: say(backend, text) for text in set(texts)}
    together = list(threads.map(lambda text: say(backend, text), texts))
    assert together == [alone[text] for text in texts]


def test_an_error_of_one_is_not_another_ones(start_backend: StartBackend, threads: ThreadPoolExecutor) -> None:
    backend = start_backend()
    good = threads.submit(say, backend, "slowly slowly")
    broken = threads.submit(say, backend, "one broken")
    with pytest.raises(AudioError, match="broke"):
        broken.result(30)
    assert len(good.result(30)) == 2


def test_a_cancel_ends_its_run_alone(start_backend: StartBackend, threads: ThreadPoolExecutor) -> None:
    backend = start_backend()
    leave = threading.Event()
    leaving = threads.submit(say, backend, "slowly " * 100, leave.is_set)
    staying = threads.submit(say, backend, "slowly " * 6)
    until(lambda: runs(backend) == 2)
    leave.set()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        leaving.result(10)
    assert time.monotonic() - began < 1
    assert len(staying.result(30)) == 6


def test_a_cancel_is_heard_before_the_first_sound(start_backend: StartBackend, threads: ThreadPoolExecutor) -> None:
    backend = start_backend()
    leave = threading.Event()
    speech = threads.submit(say, backend, "later on", leave.is_set)
    until(lambda: runs(backend) == 1)
    time.sleep(0.5)
    leave.set()
    with pytest.raises(Cancelled):
        speech.result(1)
    assert runs(backend) == 0


def test_a_run_that_does_not_obey_is_left_to_itself(start_backend: StartBackend, threads: ThreadPoolExecutor) -> None:
    backend = start_backend()
    pid = think(backend).pid
    other = threads.submit(say, backend, "slowly " * 5)
    deaf = _leave(backend, threads, Work(do="late", seconds=1.5))
    until(deaf.done, within_s=3)
    assert len(other.result(10)) == 5
    until(lambda: think(backend, do="flooded").pid == pid)
    time.sleep(1)  # now it says much, to nobody
    assert think(backend, do="meet", count=1).pid == pid
    assert runs(backend) == 0


def test_runs_left_to_themselves_do_not_pile_up(start_backend: StartBackend, threads: ThreadPoolExecutor) -> None:
    backend = start_backend()
    pid = think(backend).pid
    leaving = [_leave(backend, threads, Work(do="late", seconds=2)) for _ in range(shared_lane.MOST_ABANDONED)]
    began = time.monotonic()
    for one in leaving:
        one.result(10)
    gone = threading.Event()
    impatient = threads.submit(say, backend, "one two", gone.is_set)
    patient = threads.submit(think, backend)
    time.sleep(0.3)
    assert runs(backend) == 0, "they wait outside"
    gone.set()
    with pytest.raises(Cancelled):
        impatient.result(1)
    assert not patient.done()
    assert patient.result(10).pid == pid
    assert time.monotonic() - began > 1


def _leave(backend: LocalBackend, threads: ThreadPoolExecutor, request: Work) -> Future[None]:
    """Begins a run and closes it after its first message."""

    def run() -> None:
        lane = backend._call_lanes["inference"]
        row = backend._steps["think"]
        messages = lane.run(row, request, Terms(cancelled=lambda: False, grace_s=0.3))
        next(messages)
        messages.close()

    return threads.submit(run)


def test_a_killed_process_fails_what_was_in_it_and_no_more(
    start_backend: StartBackend, threads: ThreadPoolExecutor
) -> None:
    backend = start_backend()
    speeches = [threads.submit(say, backend, "slowly " * 50) for _ in range(8)]
    until(lambda: runs(backend) == 8)
    pid = backend.workers()[0].pid
    os.kill(pid, 9)
    for speech in speeches:
        with pytest.raises(WorkerDied, match="SIGKILL"):
            speech.result(10)
    assert think(backend).pid != pid
    assert len(say(backend, "one two")) == 2


def test_a_slow_listener_makes_its_own_run_wait(start_backend: StartBackend, threads: ThreadPoolExecutor) -> None:
    backend = start_backend()
    taken: list[bytes] = []
    go_on = threading.Event()

    def take(event: Event) -> None:
        assert isinstance(event, Sound)
        taken.append(event.samples)
        go_on.wait(30)

    slow = threads.submit(think, backend, take, do="flood", count=300)
    until(lambda: len(taken) == 1)
    assert len(say(backend, "word " * 20)) == 20
    assert int(think(backend, do="flooded").text) <= worker.MOST_UNHEARD
    go_on.set()
    assert slow.result(30).text == "flooded"
    assert len(set(taken)) == len(taken) == 300


def test_a_listener_that_leaves_a_flood_ends_it(start_backend: StartBackend, threads: ThreadPoolExecutor) -> None:
    backend = start_backend()
    _leave(backend, threads, Work(do="flood", count=10_000)).result(5)
    assert runs(backend) == 0
    before = think(backend, do="flooded").text
    time.sleep(0.2)
    assert think(backend, do="flooded").text == before


def test_a_new_device_waits_for_those_who_speak(start_backend: StartBackend, threads: ThreadPoolExecutor) -> None:
    backend = start_backend(XTTS_DEVICE="cpu")
    old = threads.submit(think, backend, do="sleep", seconds=2)
    until(lambda: runs(backend) == 1)
    backend.set_device("cuda:1")
    new = [threads.submit(think, backend, do="environment") for _ in range(3)]
    time.sleep(0.5)
    assert not any(one.done() for one in new)
    assert old.result(10).text == "slept"
    after = [one.result(10) for one in new]
    assert {one.text.split()[0] for one in after} == {"cuda:1"}
    assert {one.pid for one in after} != {old.result().pid}
    assert len(backend.workers()) == 1


def test_silence_of_all_ends_the_process(
    start_backend: StartBackend, threads: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = start_backend()
    pid = think(backend).pid
    monkeypatch.setattr(local, "CALL_SILENCE_S", 0.7)
    silent = [threads.submit(think, backend, do="stubborn", seconds=60) for _ in range(3)]
    for one in silent:
        with pytest.raises(WorkerDied, match="no sign of life"):
            one.result(10)
    until(lambda: not is_alive(pid), within_s=5)
    monkeypatch.undo()  # a process that starts is silent for longer
    assert think(backend).text == "told"


def test_silence_of_one_is_its_own(
    start_backend: StartBackend, threads: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = start_backend()
    monkeypatch.setattr(local, "CALL_SILENCE_S", 2.0)
    lively = threads.submit(think, backend, do="sleep", seconds=5)
    until(lambda: runs(backend) == 1)
    with pytest.raises(WorkerDied, match="given up"):
        think(backend, do="stubborn", seconds=60)
    assert lively.result(10).text == "slept"


def test_a_run_given_up_for_its_silence_is_cancelled(
    start_backend: StartBackend, threads: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = start_backend()
    pid = think(backend).pid
    lively = threads.submit(think, backend, do="sleep", seconds=4)
    until(lambda: runs(backend) == 1)
    monkeypatch.setattr(local, "CALL_SILENCE_S", 0.7)
    for _ in range(shared_lane.MOST_ABANDONED):
        with pytest.raises(WorkerDied, match="given up"):
            think(backend, do="awaken", seconds=1, count=100)
    monkeypatch.undo()
    assert lively.result(10).pid == pid
    assert think(backend).pid == pid, "none of them waits for a listener any more"


def test_an_idle_process_ends_even_with_runs_that_nobody_waits_for(
    start_backend: StartBackend, threads: ThreadPoolExecutor
) -> None:
    backend = start_backend(XTTS_WORKER_IDLE_S=0.8)
    pid = think(backend).pid
    _leave(backend, threads, Work(do="stubborn", seconds=60)).result(10)
    until(lambda: not is_alive(pid), within_s=10)
    assert backend.workers() == []


def test_all_end_with_the_server(start_backend: StartBackend, threads: ThreadPoolExecutor) -> None:
    backend = start_backend()
    speeches = [threads.submit(say, backend, "slowly " * 100) for _ in range(4)]
    stubborn = threads.submit(think, backend, do="stubborn", seconds=60)
    until(lambda: runs(backend) == 5)
    pid = backend.workers()[0].pid
    backend.stop()
    for one in [*speeches, stubborn]:
        with pytest.raises((Cancelled, WorkerDied)):
            one.result(5)
    assert not is_alive(pid)
