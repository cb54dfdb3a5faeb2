"""The job store: states, numbering, claims, migrations."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from xtts_studio.errors import AudioError, Interrupted, NotFound
from xtts_studio.jobs import database
from xtts_studio.jobs.database import open_database
from xtts_studio.jobs.store import JobStore

LOST = Interrupted("The server was stopped.")


def test_a_job_goes_from_queued_to_succeeded(store: JobStore) -> None:
    job = store.submit("chunk", {"do": "tell"})
    assert (job.state, job.attempt, job.started_at) == ("queued", 0, None)
    claimed = store.claim(["chunk"])
    assert claimed is not None
    assert (claimed.id, claimed.state, claimed.attempt) == (job.id, "running", 1)
    assert claimed.started_at is not None
    done = store.succeed(job.id, {"n": 1})
    assert (done.state, done.result, done.progress) == ("succeeded", {"n": 1}, 1.0)
    assert done.finished_at is not None


def test_claim_takes_the_oldest_of_its_steps(store: JobStore) -> None:
    first, second = store.submit("chunk", {}), store.submit("chunk", {})
    store.submit("train", {})
    taken = [store.claim(["chunk"]) for _ in range(3)]
    assert [job.id for job in taken if job] == [first.id, second.id]


def test_each_job_is_claimed_once_by_many_threads(store: JobStore) -> None:
    wanted = {store.submit("chunk", {}).id for _ in range(40)}
    taken: list[str] = []

    def claim_all() -> None:
        while (job := store.claim(["chunk"])) is not None:
            taken.append(job.id)

    threads = [threading.Thread(target=claim_all) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(wanted)


def test_events_are_numbered_per_job_and_over_all(store: JobStore) -> None:
    one, two = store.submit("chunk", {}), store.submit("train", {})
    store.record(one.id, [("log", {"message": "a"}), ("progress", {"fraction": 0.5, "message": "half"})])
    store.record(two.id, [("log", {"message": "b"})])
    store.record(one.id, [("log", {"message": "c"})])
    assert [(event.number, event.kind) for event in store.events(one.id)] == [
        (1, "state"),
        (2, "log"),
        (3, "progress"),
        (4, "log"),
    ]
    assert [event.number for event in store.events(one.id, after=2)] == [3, 4]
    sequences = [event.sequence for event in store.all_events(after=0)]
    assert sequences == sorted(set(sequences))
    assert store.last_sequence() == sequences[-1]
    assert (store.get(one.id).progress, store.get(one.id).message) == (0.5, "half")


def test_events_from_many_threads_have_no_gap(store: JobStore) -> None:
    job = store.submit("chunk", {})
    threads = [
        threading.Thread(target=lambda: [store.record(job.id, [("log", {"message": "x"})]) for _ in range(20)])
        for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [event.number for event in store.events(job.id)] == list(range(1, 102))


def test_the_last_event_is_done_with_the_job(store: JobStore) -> None:
    job = store.submit("chunk", {})
    store.claim(["chunk"])
    failed = store.fail(job.id, AudioError("No sound.", hint="Send sound."))
    last = store.events(job.id)[-1]
    assert last.kind == "done"
    assert last.data == failed.model_dump(mode="json")
    assert last.data["error"]["code"] == "unusable_audio"


def test_a_finished_job_stays_as_it_is(store: JobStore) -> None:
    job = store.submit("chunk", {})
    store.claim(["chunk"])
    store.succeed(job.id, {"n": 1})
    assert store.cancelled(job.id).state == "succeeded"
    assert store.request_cancel(job.id).state == "succeeded"
    assert [event.kind for event in store.events(job.id)].count("done") == 1


def test_success_and_its_follow_up_are_one_change(store: JobStore) -> None:
    job = store.submit("chunk", {})
    store.claim(["chunk"])
    done = store.succeed(job.id, {}, ("transcribe", {"dataset": "a"}))
    assert done.follow_up_job_id is not None
    following = store.get(done.follow_up_job_id)
    assert (following.step, following.state, following.request) == ("transcribe", "queued", {"dataset": "a"})


def test_a_queued_job_is_cancelled_at_once(store: JobStore) -> None:
    job = store.submit("chunk", {})
    assert store.request_cancel(job.id).state == "cancelled"
    assert store.claim(["chunk"]) is None


def test_what_a_dead_server_left_is_interrupted_and_the_queue_stays(store: JobStore, tmp_path: Path) -> None:
    running, leaving, queued = (store.submit("chunk", {}) for _ in range(3))
    store.claim(["chunk"])
    store.claim(["chunk"])
    store.request_cancel(leaving.id)
    again = JobStore(open_database(tmp_path / "studio.db"))
    assert again.interrupt_running(lambda step: LOST) == 2
    assert again.get(running.id).state == "interrupted"
    error = again.get(running.id).error
    assert error is not None
    assert error.code == "interrupted"
    assert again.get(leaving.id).state == "cancelled"
    assert again.get(queued.id).state == "queued"


def test_lists_are_paged_newest_first_and_filtered(store: JobStore) -> None:
    ids = [store.submit("train" if i % 2 else "chunk", {}).id for i in range(5)]
    page, total = store.page(limit=2, offset=1)
    assert ([job.id for job in page], total) == ([ids[3], ids[2]], 5)
    page, total = store.page(steps=["train"], states=["queued"])
    assert ([job.id for job in page], total) == ([ids[3], ids[1]], 2)


def test_an_unknown_job_is_not_found(store: JobStore) -> None:
    with pytest.raises(NotFound, match="no job 'x'"):
        store.get("x")


def test_migrations_make_the_tables_the_code_reads_and_run_once(tmp_path: Path) -> None:
    for _ in range(2):
        engine = open_database(tmp_path / "studio.db")
    for table in database.metadata.sorted_tables:
        made = {column["name"] for column in inspect(engine).get_columns(table.name)}
        assert made == {column.name for column in table.columns}
    with engine.begin() as connection:
        names = connection.execute(text("SELECT name FROM migrations")).scalars().all()
        mode = connection.execute(text("PRAGMA journal_mode")).scalar()
    assert names == [migration.__name__.lstrip("_") for migration in database.MIGRATIONS]
    assert mode == "wal"
