"""A training on Modal: whatever happens on the way, the same weights come out; a run moves between here and there."""

import shutil
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.jobs.modal_standin import Service
from tests.jobs.waiting import finished, until
from tests.tiny_models import one_thread as one_thread, tiny_folder as tiny_folder
from tests.training.conftest import SETTINGS
from tests.training.trainable import trainable
from xtts_studio.jobs.database import open_database
from xtts_studio.jobs.job import Job
from xtts_studio.jobs.local import LocalBackend
from xtts_studio.jobs.modal import hybrid_lanes
from xtts_studio.jobs.store import JobStore
from xtts_studio.settings import Settings
from xtts_studio.shapes import PublishRequest, TrainRequest
from xtts_studio.workspace import Workspace, read_json

STEPS = 8


class Studio:
    """A user's own server, and Modal. The base model is on both sides; nothing else is there."""

    def __init__(self, root: Path, model: Path) -> None:
        self.workspace = trainable(root / "home", model)
        self.service = Service(root / "modal", fake=False)
        trained_on = trainable(root / "other", model)
        trained_on.cache.joinpath("xtts-v2").rename(self.service.volumes["cache"].root / "xtts-v2")
        self.store = JobStore(open_database(self.workspace.database))
        self._servers: list[LocalBackend] = []

    def server(self, on_modal: bool = True) -> LocalBackend:
        """Another server; the one before ends."""
        self.stop()
        lanes = hybrid_lanes(self.workspace, self.service.sdk, poll_s=0.02) if on_modal else None
        settings = Settings(XTTS_HOME=self.workspace.home, XTTS_DEVICE="cpu")
        server = LocalBackend(self.store, self.workspace, settings, make_lane=lanes)
        server.start()
        self._servers.append(server)
        return server

    def stop(self) -> None:
        for server in self._servers:
            server.stop()
        self._servers.clear()

    def train(self, name: str, **changes: Any) -> Job:
        return self._servers[-1].submit("train", request(name, **changes))

    def ended(self, job: Job) -> Job:
        done = finished(self.store, job.id, within_s=240)
        assert done.error is None, done.error
        return done

    def steps(self, job: Job) -> list[int]:
        """The steps whose losses were told."""
        events = self.store.events(job.id, kinds=["metric"])
        return [event.data["step"] for event in events if event.data["name"] == "loss"]

    def checkpoints(self, job: Job) -> list[int]:
        """The checkpoints that were told."""
        events = self.store.events(job.id, kinds=["artifact"])
        return [int(event.data["path"][-8:]) for event in events if event.data["what"] == "checkpoint"]

    def weights(self, name: str) -> str:
        """The SHA-256 of a published model's weights."""
        return sha256((self.workspace.model(name) / "model.safetensors").read_bytes()).hexdigest()


def request(name: str, **changes: Any) -> TrainRequest:
    few = {"effective_batch": 2, "batch_size": 2, "max_steps": STEPS, "save_every_steps": 2}
    return TrainRequest.model_validate(SETTINGS | few | {"name": name} | changes)


@pytest.fixture
def studio(tmp_path: Path, tiny_folder: Path) -> Iterator[Studio]:
    studio = Studio(tmp_path, tiny_folder)
    yield studio
    studio.stop()
    studio.service.stop()


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory, tiny_folder: Path) -> str:
    """The weights of a training that nothing disturbed: by a worker, as the others, so with as many threads."""
    studio = Studio(tmp_path_factory.mktemp("calm"), tiny_folder)
    try:
        studio.server(on_modal=False)
        studio.ended(studio.train("calm"))
        return studio.weights("calm")
    finally:
        studio.stop()
        studio.service.stop()


def test_a_training_ends_with_the_same_weights_whatever_happens_on_the_way(studio: Studio, calm: str) -> None:
    studio.server()
    job = studio.train("mine")
    until(lambda: max(studio.checkpoints(job), default=0) >= 2, within_s=240)
    studio.service.call().preempt()  # its machine is taken away
    studio.server()  # and another server follows it
    until(lambda: max(studio.checkpoints(job), default=0) >= 4, within_s=240)
    studio.service.call().time_out()  # it has run for as long as its function may
    studio.ended(job)
    assert [call.attempts for call in studio.service.calls] == [2, 1]
    assert studio.steps(job) == list(range(1, STEPS + 1))
    assert studio.weights("mine") == calm
    assert len([path for path in studio.workspace.runs.iterdir() if not path.name.startswith(".")]) == 1
    opened = [path for _, path in studio.service.refused]
    assert not [path for path in opened if "/cache/" not in path]  # nothing of data is open when it is committed


def test_a_run_moves_from_here_to_modal_and_back(studio: Studio, calm: str) -> None:
    studio.server(on_modal=False)
    began = studio.train("moved", max_steps=2)
    run_id = (studio.ended(began).result or {})["run_id"]
    studio.server(on_modal=True)
    there = studio.train("moved", max_steps=5, run_id=run_id)
    studio.ended(there)
    assert studio.steps(there) == [3, 4, 5]
    studio.server(on_modal=False)
    back = studio.train("moved", run_id=run_id)
    studio.ended(back)
    assert studio.steps(back) == [6, 7, 8]
    assert studio.weights("moved") == calm


def test_a_cancelled_training_comes_here_with_its_checkpoint(studio: Studio) -> None:
    server = studio.server()
    job = studio.train("mine", max_steps=500)
    until(lambda: max(studio.checkpoints(job), default=0) >= 2, within_s=240)
    server.cancel(job.id)
    assert finished(studio.store, job.id, within_s=240).state == "cancelled"
    (run,) = [path for path in studio.workspace.runs.iterdir() if not path.name.startswith(".")]
    kept = sorted((run / "checkpoints").glob("step-*"))[-1]
    published = server.submit("publish", PublishRequest(run_id=run.name, step=int(kept.name[5:]), name="early"))
    studio.ended(published)
    assert read_json(Workspace(studio.workspace.home).model("early") / "card.json")["step"] == int(kept.name[5:])


def test_a_base_model_that_is_not_there_is_fetched_there_first(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XTTS_HUB_URL", "http://127.0.0.1:9")
    shutil.rmtree(studio.service.volumes["cache"].root / "xtts-v2")
    studio.server()
    error = finished(studio.store, studio.train("mine").id, within_s=240).error
    assert error is not None
    assert error.code == "download_failed"
    assert [(call.function, call.arguments[1]) for call in studio.service.calls] == [("vad_chunking_worker", "pull")]
