"""What every backend holds to, wherever its steps run: processes of this machine, or functions of a Modal app."""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import modal
import pytest

from tests.jobs import fake_steps
from tests.jobs.fake_steps import Done, Work
from tests.jobs.modal_standin import Service
from tests.jobs.modal_volume import Mount
from tests.jobs.waiting import finished, until
from xtts_studio.errors import AudioError, Cancelled, WorkerDied
from xtts_studio.jobs import modal_following
from xtts_studio.jobs.database import open_database
from xtts_studio.jobs.job import JobEvent
from xtts_studio.jobs.local import LocalBackend
from xtts_studio.jobs.modal import DeployedApp, MountedFiles
from xtts_studio.jobs.modal_lane import ModalLane
from xtts_studio.jobs.store import JobStore
from xtts_studio.settings import Settings
from xtts_studio.shapes import SpeakRequest
from xtts_studio.workspace import Workspace

TOLD = ["state", "state", "metric", "metric", "log", "artifact", "progress", "done"]


class Place:
    """A workspace whose servers come and go; `modal` is the service they use, None where steps run here."""

    def __init__(self, home: Path, store: JobStore, modal: Service | None) -> None:
        self.home, self.store, self.modal = home, store, modal
        self._servers: list[LocalBackend] = []

    def server(self) -> LocalBackend:
        """Another server, running."""
        make_lane = None
        if self.modal is not None:
            mounts = {name: Mount(volume, self.home / name) for name, volume in self.modal.volumes.items()}
            cloud = DeployedApp(lambda _: MountedFiles(mounts), self.modal.sdk)
            make_lane = lambda name: ModalLane(name, cloud, poll_s=0.02)  # noqa: E731
        server = LocalBackend(
            self.store,
            Workspace(self.home),
            Settings(XTTS_HOME=self.home),
            steps=fake_steps.STEPS,
            follow_up=fake_steps.follow_up,
            make_lane=make_lane,
            cancel_grace_s=3.0,
            stop_grace_s=5.0,
            longer_grace_s={},
        )
        self._servers.append(server)
        server.start()
        return server

    def close(self) -> None:
        for server in self._servers:
            server.stop()
        if self.modal is not None:
            self.modal.stop()

    def kinds(self, job_id: str) -> list[str]:
        """The kinds of a job's events."""
        return [event.kind for event in self.store.events(job_id)]

    def steps(self, job_id: str) -> list[int]:
        """The steps of the metrics that a job told."""
        return [event.data["step"] for event in self.store.events(job_id, kinds=["metric"])]


@pytest.fixture(params=["local", "modal"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    yield from places(tmp_path, request.param == "modal")


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Place]:
    yield from places(tmp_path, True)


def places(tmp_path: Path, on_modal: bool) -> Iterator[Place]:
    home = tmp_path / "home"
    for folder in ("data", "cache", "speakers"):
        (home / folder).mkdir(parents=True)
    service = Service(tmp_path / "modal") if on_modal else None
    place = Place(home, JobStore(open_database(home / "studio.db")), service)
    yield place
    place.close()


def service(place: Place) -> Service:
    assert place.modal is not None
    return place.modal


# The journey


def test_a_job_tells_its_events_in_order_once_each_and_gives_its_result(place: Place) -> None:
    server = place.server()
    job = finished(place.store, server.submit("train", Work(count=2)).id)
    assert (job.state, job.error, job.progress) == ("succeeded", None, 1.0)
    assert job.result is not None
    assert job.result["text"] == "told"
    assert place.kinds(job.id) == TOLD
    assert place.steps(job.id) == [1, 2]


def test_the_job_that_belongs_after_it_runs(place: Place) -> None:
    job = finished(place.store, place.server().submit("chunk", Work(count=3)).id)
    assert job.follow_up_job_id is not None
    assert finished(place.store, job.follow_up_job_id).state == "succeeded"


def test_an_error_keeps_its_code_hint_and_details(place: Place) -> None:
    server = place.server()
    job = finished(place.store, server.submit("train", Work(do="refuse")).id)
    assert (job.state, job.error and job.error.model_dump()) == (
        "failed",
        {"code": "unusable_audio", "message": "That is no sound.", "hint": "Send sound.", "details": {"seen": 7}},
    )
    with pytest.raises(AudioError, match="no sound"):
        server.call("ask", Work(do="refuse"))


def test_an_unexpected_error_shows_nothing_of_the_code(place: Place) -> None:
    job = finished(place.store, place.server().submit("train", Work(do="break")).id)
    assert job.error is not None
    assert job.error.hint
    assert "secret" not in str([event.data for event in place.store.events(job.id)])


def test_a_crash_fails_the_job_and_the_next_runs(place: Place) -> None:
    server = place.server()
    dead, alive = server.submit("train", Work(do="kill")), server.submit("train", Work(count=1))
    error = finished(place.store, dead.id).error
    assert error is not None
    assert error.code == "worker_died"
    assert error.hint
    assert finished(place.store, alive.id).state == "succeeded"


def test_two_listeners_see_all_events_of_a_job(place: Place) -> None:
    server = place.server()
    job = server.submit("train", Work(count=5, seconds=0.1))
    heard: list[Sequence[JobEvent]] = []

    def listen() -> None:
        events: list[JobEvent] = []
        while not events or events[-1].kind != "done":
            events += server.events(job.id, after=events[-1].number if events else 0)
        heard.append(events)

    threads = [threading.Thread(target=listen) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(heard) == 2
    assert [event.number for event in heard[0]] == list(range(1, len(heard[0]) + 1))
    assert heard[0] == heard[1]
    assert place.steps(job.id) == [1, 2, 3, 4, 5]


# Cancelling


def test_a_running_job_is_cancelled(place: Place) -> None:
    server = place.server()
    job = server.submit("train", Work(do="sleep", seconds=60))
    until(lambda: place.store.get(job.id).message == "sleeping")
    server.cancel(job.id)
    ended = finished(place.store, job.id, within_s=50)
    assert (ended.state, ended.error) == ("cancelled", None)
    assert finished(place.store, server.submit("train", Work(count=1)).id).state == "succeeded"


def test_a_job_that_does_not_obey_is_ended(place: Place) -> None:
    server = place.server()
    job = server.submit("train", Work(do="stubborn", seconds=60))
    until(lambda: place.store.get(job.id).message == "deaf")
    server.cancel(job.id)
    assert finished(place.store, job.id, within_s=50).state == "cancelled"


def test_a_queued_job_is_cancelled_before_it_runs(place: Place) -> None:
    server = place.server()
    first, second = server.submit("train", Work(do="sleep", seconds=1)), server.submit("train", Work())
    assert server.cancel(second.id).state == "cancelled"
    assert finished(place.store, first.id).state == "succeeded"
    assert place.store.get(second.id).started_at is None


# Calls and speech


def test_a_call_is_answered_while_a_job_runs(place: Place) -> None:
    server = place.server()
    job = server.submit("chunk", Work(do="sleep", seconds=30))
    until(lambda: place.store.get(job.id).message == "sleeping")
    told: list[str] = []
    answer = server.call("ask", Work(count=2), lambda event: told.append(event.kind))
    assert isinstance(answer, Done)
    assert answer.text == "told"
    assert told == ["metric", "metric", "log", "artifact", "progress"]
    server.cancel(job.id)


def test_a_call_is_cancelled(place: Place) -> None:
    server, over = place.server(), threading.Event()
    threading.Timer(1.0, over.set).start()
    with pytest.raises(Cancelled):
        server.call("ask", Work(do="sleep", seconds=60), cancelled=over.is_set)


def test_speech_streams_and_ends_with_its_result(place: Place) -> None:
    pieces, result = spoken(place.server().stream_speech(SpeakRequest(text="one two", language="en", speaker="a")))
    assert [len(piece) for piece in pieces] == [48_000] * 2
    assert result.audio_s == 1.0


def test_speech_that_breaks_off_tells_why(place: Place) -> None:
    with pytest.raises(AudioError, match="The voice broke"):
        spoken(place.server().stream_speech(SpeakRequest(text="one broken", language="en", speaker="a")))


def test_speech_is_cancelled_before_its_first_piece(place: Place) -> None:
    server, over = place.server(), threading.Event()
    threading.Timer(0.5, over.set).start()
    with pytest.raises(Cancelled):
        spoken(server.stream_speech(SpeakRequest(text="later", language="en", speaker="a"), over.is_set))


def spoken(stream: Any) -> tuple[list[bytes], Any]:
    pieces: list[bytes] = []
    while True:
        try:
            pieces.append(next(stream))
        except StopIteration as stop:
            return pieces, stop.value


# The server ends and another begins


def test_a_job_whose_server_ends_is_interrupted_here_and_goes_on_elsewhere(place: Place) -> None:
    server = place.server()
    job = server.submit("train", Work(count=8, seconds=0.3))
    until(lambda: len(place.steps(job.id)) >= 2)
    server.stop()
    before = place.store.get(job.id)
    assert before.state == ("interrupted" if place.modal is None else "running")
    place.server()
    after = finished(place.store, job.id)
    if place.modal is not None:
        assert after.state == "succeeded"
        assert place.steps(job.id) == list(range(1, 9))
        assert [call.attempts for call in place.modal.calls] == [1]


def test_what_was_queued_runs_after_a_restart(place: Place) -> None:
    server = place.server()
    running, waiting = server.submit("train", Work(do="sleep", seconds=1.5)), server.submit("train", Work(count=1))
    until(lambda: place.store.get(running.id).message == "sleeping")
    server.stop()
    place.server()
    assert finished(place.store, waiting.id).state == "succeeded"


# What only Modal does


def test_what_the_server_missed_while_it_was_away_is_told_once(cloud: Place) -> None:
    server = cloud.server()
    job = server.submit("train", Work(count=4, seconds=0.2))
    until(lambda: len(cloud.steps(job.id)) >= 1)
    server.stop()
    call = service(cloud).call()
    until(lambda: ended(call))
    cloud.server()
    assert finished(cloud.store, job.id).state == "succeeded"
    assert cloud.steps(job.id) == [1, 2, 3, 4]


def ended(call: Any) -> bool:
    try:
        call.get(timeout=0)
    except TimeoutError:
        return False
    return True


def test_an_answer_that_modal_has_forgotten_is_read_from_the_volume(cloud: Place) -> None:
    server = cloud.server()
    job = server.submit("train", Work(count=3, seconds=0.2))
    until(lambda: cloud.kinds(job.id).count("metric") > 0)
    server.stop()
    service(cloud).call().expire()
    cloud.server()
    done = finished(cloud.store, job.id)
    assert done.state == "succeeded"
    assert done.result is not None
    assert done.result["text"] == "told"


def test_an_answer_that_nobody_knows_fails_the_job_with_what_to_do(cloud: Place) -> None:
    server = cloud.server()
    job = server.submit("train", Work(count=3, seconds=0.2))
    until(lambda: cloud.kinds(job.id).count("metric") > 0)
    server.stop()
    service(cloud).call().expire()
    (service(cloud).volumes["data"].root / "jobs" / f"{job.id}.json").unlink()
    cloud.server()
    error = finished(cloud.store, job.id).error
    assert error is not None
    assert "seven days" in error.message
    assert "Start the job again" in error.hint


def test_a_preempted_job_runs_again_and_tells_nothing_twice(cloud: Place) -> None:
    server = cloud.server()
    job = server.submit("train", Work(count=6, seconds=0.2))
    until(lambda: len(cloud.steps(job.id)) >= 2)
    service(cloud).call().preempt()
    assert finished(cloud.store, job.id).state == "succeeded"
    assert service(cloud).call().attempts == 2
    assert cloud.steps(job.id) == [1, 2, 3, 4, 5, 6]
    assert cloud.kinds(job.id).count("log") == 1


def test_a_job_that_waits_for_a_container_is_taken_back_at_once(cloud: Place) -> None:
    service(cloud).gate.clear()
    server = cloud.server()
    job = server.submit("train", Work(do="sleep", seconds=60))
    call = service(cloud).call()
    server.cancel(job.id)
    assert finished(cloud.store, job.id, within_s=20).state == "cancelled"
    assert call.attempts == 0


def test_a_cancel_from_before_a_restart_is_kept(cloud: Place) -> None:
    server = cloud.server()
    job = server.submit("train", Work(do="stubborn", seconds=60))
    until(lambda: cloud.store.get(job.id).message == "deaf")
    server.cancel(job.id)
    server.stop()
    cloud.server()
    assert finished(cloud.store, job.id).state == "cancelled"


def test_a_full_queue_fails_nothing_and_its_events_come_with_the_answer(cloud: Place) -> None:
    service(cloud).queue.limit = 2
    job = finished(cloud.store, cloud.server().submit("train", Work(count=5, seconds=0.1)).id)
    assert job.state == "succeeded"
    assert cloud.steps(job.id) == [1, 2, 3, 4, 5]


def test_a_missing_app_tells_how_to_deploy_it(cloud: Place) -> None:
    service(cloud).deployed = False
    server = cloud.server()
    error = finished(cloud.store, server.submit("train", Work()).id).error
    assert error is not None
    assert error.code == "compute_unavailable"
    assert "modal deploy modal/app.py" in error.hint
    with pytest.raises(Exception, match="not there on Modal"):
        spoken(server.stream_speech(SpeakRequest(text="one", language="en", speaker="a")))


@pytest.mark.parametrize(("failure", "said"), [("AuthError", "token"), ("ConnectionError", "reached")])
def test_modal_refusing_or_silent_tells_why(
    cloud: Place, monkeypatch: pytest.MonkeyPatch, failure: str, said: str
) -> None:
    def refuse(*_: Any) -> None:
        raise getattr(modal.exception, failure)("no")

    monkeypatch.setattr(service(cloud), "_spawn", refuse)
    error = finished(cloud.store, cloud.server().submit("train", Work()).id).error
    assert error is not None
    assert error.code == "compute_unavailable"
    assert said in error.message + error.hint


def test_a_break_in_the_connection_ends_no_job(cloud: Place) -> None:
    server = cloud.server()
    job = server.submit("train", Work(count=5, seconds=0.2))
    until(lambda: len(cloud.steps(job.id)) >= 1)
    service(cloud).broken = modal.exception.ConnectionError("gone")
    threading.Timer(0.5, lambda: setattr(service(cloud), "broken", None)).start()
    assert finished(cloud.store, job.id).state == "succeeded"


def test_another_version_of_the_app_is_told(cloud: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modal_following, "__version__", "99.0")
    job = finished(cloud.store, cloud.server().submit("train", Work(count=1)).id)
    logs = [event.data["message"] for event in cloud.store.events(job.id, kinds=["log"])]
    assert job.state == "succeeded"
    assert any("this server of 99.0" in line and "modal deploy" in line for line in logs)


def test_work_that_takes_too_long_and_gets_nowhere_is_not_called_again(cloud: Place) -> None:
    server = cloud.server()
    job = server.submit("train", Work(do="sleep", seconds=60))
    until(lambda: cloud.store.get(job.id).message == "sleeping")
    service(cloud).call().time_out()
    error = finished(cloud.store, job.id).error
    assert error is not None
    assert "got no further" in error.message
    assert len(service(cloud).calls) == 1


def test_a_call_whose_container_dies_is_explained(cloud: Place) -> None:
    with pytest.raises(WorkerDied, match="Modal ended the work"):
        cloud.server().call("ask", Work(do="exit"))
