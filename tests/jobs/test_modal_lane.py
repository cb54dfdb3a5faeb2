"""Jobs whose steps run elsewhere: the same backend over a stand-in for a deployed Modal app."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.jobs.waiting import finished
from xtts_studio.errors import StudioError
from xtts_studio.jobs.database import open_database
from xtts_studio.jobs.local import LocalBackend
from xtts_studio.jobs.modal_lane import ModalLane
from xtts_studio.jobs.store import JobStore
from xtts_studio.settings import Settings
from xtts_studio.shapes import PullRequest, SpeakRequest, SpeakResult
from xtts_studio.workspace import Workspace

RESULT = {"name": "tiny", "path": "cache/whisper/tiny", "size_bytes": 3, "notices": []}
SPOKEN = SpeakResult(seed=1, audio_s=0.1, wall_s=0.1, sentences=["hello."])


class Call:
    """Ends when its outcome is known; `get` behaves as `modal.FunctionCall.get(timeout=0)`."""

    def __init__(self, outcome: Callable[[], Any]) -> None:
        self.ended, self.cancelled, self._outcome = threading.Event(), False, outcome

    def get(self, timeout: float | None = None) -> Any:
        if not self.ended.is_set():
            raise TimeoutError
        return self._outcome()

    def cancel(self) -> None:
        self.cancelled = True


class Cloud:
    """Stands in for a deployed app: one call, whose outcome the test chooses."""

    def __init__(self, outcome: Callable[[], Any] = lambda: {"result": RESULT}) -> None:
        self.call, self.spawned, self.reloads, self.commits = Call(outcome), [], 0, 0
        self.events: list[dict[str, Any]] = []

    def spawn(self, function: str, job_id: str, step: str, request: dict[str, Any]) -> Call:
        self.spawned.append((function, job_id, step, request["name"]))
        return self.call

    def stream(self, function: str, job_id: str, step: str, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
        assert function == "inference_worker"
        yield {"sound": b"\0\0\0\0"}
        yield {"sound": b"\0\0\x80?"}
        yield {"result": SPOKEN.model_dump(mode="json")}

    def told(self, job_id: str) -> Iterator[dict[str, Any]]:
        yield from list(self.events)

    def commit(self) -> None:
        self.commits += 1

    def reload(self) -> None:
        self.reloads += 1


class Rig:
    def __init__(self, home: Path, cloud: Cloud) -> None:
        workspace, settings = Workspace(home), Settings(XTTS_HOME=home)
        self.cloud, self.store = cloud, JobStore(open_database(workspace.database))
        self.backend = LocalBackend(
            self.store, workspace, settings, make_lane=lambda name: ModalLane(name, cloud, poll_s=0.01)
        )
        self.backend.start()


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[[Cloud], Rig]]:
    rigs: list[Rig] = []

    def build(cloud: Cloud) -> Rig:
        rigs.append(Rig(tmp_path, cloud))
        return rigs[-1]

    yield build
    for rig in rigs:
        rig.backend.stop()


def test_a_job_runs_in_its_function_and_its_events_arrive_once_each(make: Callable[[Cloud], Rig]) -> None:
    rig = make(Cloud())
    rig.cloud.events.append({"kind": "progress", "fraction": 0.5, "message": "Fetching"})
    job = rig.backend.submit("pull", PullRequest(name="tiny"))
    while not rig.store.events(job.id, kinds=["progress"]):
        pass
    rig.cloud.events.append({"kind": "log", "message": "fetched", "level": "info"})
    rig.cloud.call.ended.set()
    done = finished(rig.store, job.id)
    assert (done.state, done.result) == ("succeeded", RESULT)
    assert (rig.cloud.commits, rig.cloud.reloads) == (1, 1)
    assert rig.cloud.spawned == [("vad_chunking_worker", job.id, "pull", "tiny")]
    kinds = [event.kind for event in rig.store.events(job.id)]
    assert kinds.count("progress") == kinds.count("log") == kinds.count("done") == 1


def test_an_error_of_the_step_is_the_error_of_the_job(make: Callable[[Cloud], Rig]) -> None:
    error = StudioError("The disk is full.", hint="Make room.").to_dict() | {"code": "disk_full"}
    rig = make(Cloud(lambda: {"error": error}))
    rig.cloud.call.ended.set()
    done = finished(rig.store, rig.backend.submit("pull", PullRequest(name="tiny")).id)
    assert done.state == "failed"
    assert done.error is not None
    assert (done.error.code, done.error.hint) == ("disk_full", "Make room.")


def test_a_function_that_died_fails_the_job_with_a_reason(make: Callable[[Cloud], Rig]) -> None:
    def died() -> Any:
        raise ConnectionError("container gone")

    rig = make(Cloud(died))
    rig.cloud.call.ended.set()
    done = finished(rig.store, rig.backend.submit("pull", PullRequest(name="tiny")).id)
    assert done.error is not None
    assert done.error.code == "worker_died"


def test_a_cancel_reaches_the_call(make: Callable[[Cloud], Rig]) -> None:
    rig = make(Cloud())
    job = rig.backend.submit("pull", PullRequest(name="tiny"))
    while rig.store.get(job.id).state != "running":
        pass
    rig.backend.cancel(job.id)
    assert finished(rig.store, job.id).state == "cancelled"
    assert rig.cloud.call.cancelled


def test_speech_streams_from_the_generator(make: Callable[[Cloud], Rig]) -> None:
    stream = make(Cloud()).backend.stream_speech(SpeakRequest(text="Hello.", language="en", speaker="anna"))
    assert [next(stream), next(stream)] == [b"\0\0\0\0", b"\0\0\x80?"]
    with pytest.raises(StopIteration) as end:
        next(stream)
    assert end.value.value == SPOKEN
