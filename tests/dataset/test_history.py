"""What was changed in a dataset can be undone and done again; saved states come back; filters and orders."""

import errno
import random
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from xtts_studio.dataset import changes_file, edits, history, store, versions
from xtts_studio.dataset.details import with_words
from xtts_studio.dataset.listing import Filter, chosen
from xtts_studio.dataset.metadata import read_written
from xtts_studio.errors import Conflict, NotFound
from xtts_studio.shapes import Change, Chunk, ChunkEdit, ClipReport, Finding, Word, Xray, XrayTotals
from xtts_studio.workspace import Workspace, write_json

COUNT = 6


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return _filled(tmp_path)


def _filled(home: Path) -> Workspace:
    workspace = Workspace(home)
    with store.changing(workspace, "voice", create=True) as dataset:
        dataset.chunks = [_chunk(index) for index in range(COUNT)]
    return workspace


def _chunk(number: int, **fields: object) -> Chunk:
    at_s = 2.0 * number
    known = {"file": f"chunks/chunk_{number + 1:03d}.wav", "text": f"Text {number}.", "recording": f"r{number // 3}"}
    return Chunk.model_validate({**known, "start_s": at_s, "end_s": at_s + 2, "duration_s": 2.0 + number, **fields})


def _metadata(workspace: Workspace) -> bytes:
    return (workspace.dataset("voice") / "metadata.json").read_bytes()


def _change_something(workspace: Workspace, rnd: random.Random) -> None:
    """One change of those that people make, chosen by chance."""
    files = [chunk.file for chunk in store.read(workspace, "voice").chunks]
    kind = rnd.choice(["text", "state", "split", "merge", "bulk"])
    if kind == "text":
        edits.edit_chunk(workspace, "voice", rnd.choice(files), ChunkEdit(text=f"New {rnd.random()}"))
    elif kind == "state":
        edits.edit_chunk(workspace, "voice", rnd.choice(files), ChunkEdit(state=rnd.choice(["active", "dropped"])))
    elif kind == "bulk":
        edits.edit_chunks(workspace, "voice", rnd.sample(files, len(files) // 2 + 1), ChunkEdit(state="dropped"))
    else:
        with history.changed(workspace, "voice", kind) as dataset:
            at = rnd.randrange(len(dataset.chunks))
            fresh = [_chunk(rnd.randrange(1000, 10**9)) for _ in range(2 if kind == "split" else 1)]
            dataset.chunks[at : at + (1 if kind == "split" else 2)] = fresh


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), count=st.integers(1, 8))
def test_undoing_all_gives_the_first_state_and_doing_all_again_the_last(
    tmp_path_factory: pytest.TempPathFactory, seed: int, count: int
) -> None:
    workspace, rnd = _filled(tmp_path_factory.mktemp("any")), random.Random(seed)
    states = [_metadata(workspace)]
    for _ in range(count):
        _change_something(workspace, rnd)
        if _metadata(workspace) != states[-1]:
            states.append(_metadata(workspace))
    for state in states[-2::-1]:
        history.undo(workspace, "voice")
        assert _metadata(workspace) == state
    with pytest.raises(Conflict, match="nothing to undo"):
        history.undo(workspace, "voice")
    for state in states[1:]:
        history.redo(workspace, "voice")
        assert _metadata(workspace) == state
    with pytest.raises(Conflict, match="nothing to do again"):
        history.redo(workspace, "voice")


def test_a_new_change_ends_doing_again(workspace: Workspace) -> None:
    edits.drop_chunk(workspace, "voice", "chunk_001.wav")
    history.undo(workspace, "voice")
    edits.drop_chunk(workspace, "voice", "chunk_002.wav")
    with pytest.raises(Conflict):
        history.redo(workspace, "voice")
    assert [change.label for change in history.changes(workspace.dataset("voice"))[0]] == ["Drop chunk_002.wav"]


def test_what_changed_since_is_not_overwritten(workspace: Workspace) -> None:
    """A transcription wrote a text after the change: undoing it would lose that text."""
    edits.edit_chunk(workspace, "voice", "chunk_002.wav", ChunkEdit(text="Typed."))
    with store.changing(workspace, "voice") as dataset:
        dataset.chunks[1].text = "Heard since."
    before = _metadata(workspace)
    with pytest.raises(Conflict, match=r"chunk_002\.wav has changed since"):
        history.undo(workspace, "voice")
    assert _metadata(workspace) == before


def test_what_can_not_be_undone_does_not_stand_before_the_rest(workspace: Workspace) -> None:
    edits.drop_chunk(workspace, "voice", "chunk_005.wav")
    edits.edit_chunk(workspace, "voice", "chunk_002.wav", ChunkEdit(text="Typed."))
    with store.changing(workspace, "voice") as dataset:
        dataset.chunks[1].text = "Heard since."
    with pytest.raises(Conflict, match="has changed since"):
        history.undo(workspace, "voice")
    assert history.undo(workspace, "voice").label == "Drop chunk_005.wav"
    with pytest.raises(Conflict, match="nothing to undo"):
        history.undo(workspace, "voice")
    assert history.redo(workspace, "voice").label == "Drop chunk_005.wav"
    assert [chunk.text for chunk in store.read(workspace, "voice").chunks][1] == "Heard since."


def test_half_a_line_of_a_process_that_died_is_passed_over(workspace: Workspace) -> None:
    edits.drop_chunk(workspace, "voice", "chunk_001.wav")
    with (workspace.dataset("voice") / changes_file.CHANGES).open("ab") as file:
        file.write(b'{"id": "0a", "at": "2026')
    edits.drop_chunk(workspace, "voice", "chunk_002.wav")
    for _ in range(2):
        history.undo(workspace, "voice")
    assert store.summarize(store.read(workspace, "voice")).dropped_count == 0


def test_a_long_history_is_shortened(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes_file, "_COMPACT_BYTES", 20_000)
    for number in range(150):
        edits.edit_chunk(workspace, "voice", "chunk_001.wav", ChunkEdit(text=f"Text number {number}"))
    path = workspace.dataset("voice") / changes_file.CHANGES
    assert len(history.changes(workspace.dataset("voice"))[0]) <= changes_file.MOST_UNDONE
    assert path.stat().st_size < 60_000
    for _ in range(20):
        history.undo(workspace, "voice")
    assert store.read(workspace, "voice").chunks[0].text == "Text number 129"


def test_many_chunks_change_together_or_not_at_all(workspace: Workspace) -> None:
    before = _metadata(workspace)
    with pytest.raises(NotFound):
        edits.edit_chunks(workspace, "voice", ["chunk_001.wav", "chunk_999.wav"], ChunkEdit(state="dropped"))
    assert _metadata(workspace) == before
    edits.edit_chunks(workspace, "voice", [f"chunk_{n:03d}.wav" for n in (1, 3, 5)], ChunkEdit(state="dropped"))
    dropped = [chunk.file[-5] for chunk in store.read(workspace, "voice").chunks if chunk.state == "dropped"]
    assert dropped == ["1", "3", "5"]


def test_what_others_write_is_seen_at_once(workspace: Workspace) -> None:
    """The server keeps what it read: a job in another process writes, and the next list has it."""
    folder = workspace.dataset("voice")
    read_written(folder)
    with store.changing(workspace, "voice") as dataset:
        dataset.chunks[0].text = "Other."
    assert read_written(folder).dataset.chunks[0].text == "Other."
    edits.edit_chunk(workspace, "voice", "chunk_002.wav", ChunkEdit(text="Mine."))
    assert [chunk.text for chunk in store.read(workspace, "voice").chunks[:2]] == ["Other.", "Mine."]


def test_a_saved_state_comes_back_and_later_clips_stay_dropped(workspace: Workspace) -> None:
    first = versions.save_version(workspace, "voice", "before")
    assert versions.save_version(workspace, "voice").id == first.id  # nothing has changed
    edits.edit_chunk(workspace, "voice", "chunk_001.wav", ChunkEdit(text="Changed."))
    with store.changing(workspace, "voice") as dataset:
        dataset.chunks.append(_chunk(50))
    second = versions.save_version(workspace, "voice")
    assert (second.id, second.clips) == (2, COUNT + 1)
    later = _metadata(workspace)
    versions.restore_version(workspace, "voice", first.id)
    chunks = store.read(workspace, "voice").chunks
    assert [chunk.text for chunk in chunks] == [f"Text {n}." for n in (*range(COUNT), 50)]
    assert [chunk.state for chunk in chunks] == ["active"] * COUNT + ["dropped"]
    history.undo(workspace, "voice")
    assert _metadata(workspace) == later
    folder = workspace.dataset("voice")
    assert [one.note for one in versions.list_versions(folder)] == ["", "before"]
    (folder / "versions" / "0003.json").write_text("{")
    assert len(versions.list_versions(folder)) == 2
    with pytest.raises(NotFound):
        versions.read_version(folder, 9)


def test_filters_and_orders() -> None:
    chunks = [_chunk(n, confidence=(n * 7 % 5) / 5, flags=["forced_cut"] if n == 2 else []) for n in range(COUNT)]
    chunks[4].state, chunks[5].text = "dropped", ""
    totals = XrayTotals(clips=COUNT, active=COUNT - 1, usable=4, usable_s=9.0)
    noisy = Finding(code="noisy", light="amber", reason="It is noisy.")
    reports = [
        ClipReport(file=chunks[3].file, light="amber", usable=True, doubt=0.5, findings=[noisy]),
        ClipReport(file=chunks[1].file, light="red", usable=False, doubt=0.9),
    ]
    xray = Xray(made_at="", base_model="xtts-v2", totals=totals, clips=reports)

    def numbers(wanted: Filter, order: str = "list") -> list[int]:
        return [int(chunk.file[-7:-4]) - 1 for chunk in chosen(chunks, wanted, order, xray)]  # type: ignore[arg-type]

    assert numbers(Filter()) == [0, 1, 2, 3, 4, 5]
    assert numbers(Filter(state="dropped")) == [4]
    assert numbers(Filter(text="TEXT 3")) == [3]
    assert numbers(Filter(text="chunk_002")) == [1]
    assert numbers(Filter(flag="forced_cut")) == [2]
    assert numbers(Filter(finding="noisy")) == [3]
    assert numbers(Filter(light="red")) == [1]
    assert numbers(Filter(light="red", state="dropped")) == []
    assert numbers(Filter(recording="r1", has_text=True)) == [3, 4]
    assert numbers(Filter(), "doubt") == [1, 3, 0, 2, 4, 5]
    assert numbers(Filter(), "duration") == [5, 4, 3, 2, 1, 0]
    assert numbers(Filter(), "confidence") == [0, 5, 3, 1, 4, 2]


def test_clips_that_came_with_words_can_be_undone(workspace: Workspace) -> None:
    word = Word(word="One", start_s=0, end_s=1, probability=0.5)
    with history.changed(workspace, "voice", "split") as dataset:
        dataset.chunks[1:2] = [_chunk(70, words=[word]), _chunk(71)]
    history.undo(workspace, "voice")
    history.redo(workspace, "voice")
    again = store.read(workspace, "voice").chunks[1]
    assert with_words(workspace.dataset("voice"), again).words == [word]


def _killed_before_writing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is left is what a process leaves that dies between its line in changes.jsonl and metadata.json."""
    monkeypatch.setattr(history, "write_and_keep", lambda folder, written: None)


def test_a_change_that_a_killed_process_only_told_of_is_not_there_to_undo(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    edits.drop_chunk(workspace, "voice", "chunk_001.wav")
    with monkeypatch.context() as killed:
        _killed_before_writing(killed)
        edits.drop_chunk(workspace, "voice", "chunk_002.wav")
    done, undone = history.changes(workspace.dataset("voice"))
    assert [change.label for change in done] == ["Drop chunk_001.wav"]
    assert [change.label for change in undone] == ["Drop chunk_002.wav"]
    assert history.undo(workspace, "voice").label == "Drop chunk_001.wav"
    assert {chunk.state for chunk in store.read(workspace, "voice").chunks} == {"active"}


@pytest.mark.parametrize("turn", [history.undo, history.redo])
def test_undo_and_redo_that_were_killed_can_be_asked_for_again(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, turn: Callable[[Workspace, str], Change]
) -> None:
    for number in (1, 2):
        edits.drop_chunk(workspace, "voice", f"chunk_{number:03d}.wav")
    if turn is history.redo:
        history.undo(workspace, "voice")
    before = _metadata(workspace)
    with monkeypatch.context() as killed:
        _killed_before_writing(killed)
        turn(workspace, "voice")
    assert _metadata(workspace) == before
    assert turn(workspace, "voice").label == "Drop chunk_002.wav"
    assert _metadata(workspace) != before


def test_a_full_disk_changes_nothing_and_is_nothing_to_undo(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    edits.drop_chunk(workspace, "voice", "chunk_001.wav")
    folder, before = workspace.dataset("voice"), _metadata(workspace)
    told = (folder / "changes.jsonl").read_bytes()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    for place in ("history.write_and_keep", "changes_file.os.fsync"):
        with monkeypatch.context() as disk:
            disk.setattr(f"xtts_studio.dataset.{place}", full)
            with pytest.raises(OSError, match="No space"):
                edits.drop_chunk(workspace, "voice", "chunk_002.wav")
            with pytest.raises(OSError, match="No space"):
                history.undo(workspace, "voice")
        assert (_metadata(workspace), (folder / "changes.jsonl").read_bytes()) == (before, told)


def test_words_of_a_dataset_from_before_details_stay_when_a_clip_is_edited(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    folder = workspace.dataset("voice")
    word = Word(word="Text", start_s=0, end_s=1, probability=0.5)
    old = store.new_dataset("voice").model_copy(update={"chunks": [_chunk(index, words=[word]) for index in range(2)]})
    write_json(folder / "metadata.json", old.model_dump())
    edits.drop_chunk(workspace, "voice", "chunk_001.wav")
    assert [with_words(folder, chunk).words for chunk in store.read(workspace, "voice").chunks] == [[word], [word]]
    history.undo(workspace, "voice")
    assert store.read(workspace, "voice").chunks[0].state == "active"


def test_large_changes_are_forgotten_by_their_size_but_never_the_last(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes_file, "_COMPACT_BYTES", 9_000)
    monkeypatch.setattr(changes_file, "_KEPT_BYTES", 5_000)
    files = [chunk.file for chunk in store.read(workspace, "voice").chunks]
    path = workspace.dataset("voice") / changes_file.CHANGES
    sizes = []
    for number in range(20):
        edits.edit_chunks(workspace, "voice", files, ChunkEdit(state="active" if number % 2 else "dropped"))
        sizes.append(path.stat().st_size)
    assert max(sizes) < 9_000 + sizes[0]
    assert sum(after < before for before, after in pairwise(sizes)) < 10  # not made smaller each time
    monkeypatch.setattr(changes_file, "_KEPT_BYTES", 0)
    monkeypatch.setattr(changes_file, "_COMPACT_BYTES", 0)
    edits.drop_chunk(workspace, "voice", files[0])
    assert [change.label for change in history.changes(workspace.dataset("voice"))[0]] == [
        "Restore 6 clips",
        "Drop chunk_001.wav",
    ]
    history.undo(workspace, "voice")
    assert {chunk.state for chunk in store.read(workspace, "voice").chunks} == {"active"}


def test_texts_that_look_like_a_line_of_changes_are_undone_like_others(workspace: Workspace) -> None:
    text = '","before":[{"at":0}],"after":[]}\n{"id":"x","at":"","label":""}'
    with history.changed(workspace, "voice", text) as dataset:
        dataset.chunks[0].text = text
    assert [change.label for change in history.changes(workspace.dataset("voice"))[0]] == [text]
    assert history.undo(workspace, "voice").label == text
    assert store.read(workspace, "voice").chunks[0].text == "Text 0."
