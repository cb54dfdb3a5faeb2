"""Chunks get the words of their recording's own transcript, and what differs from what is heard is told."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.shared import shared
from tests.transcription.material import LONG, chunks_of, cut, plain, run, said
from xtts_studio.dataset import edits
from xtts_studio.shapes import ChunkEdit, Recording
from xtts_studio.transcription.transcripts import delete_transcript, read_transcript, save_transcript
from xtts_studio.workspace import Workspace


@pytest.fixture(scope="module")
def recording(workspace: Workspace) -> Recording:
    """The dataset `own`, cut and heard."""
    found = cut(workspace, "own")
    run(workspace, "own", prove=False)
    return found


def _give(workspace: Workspace, recording: Recording, text: str, name: str = "own.txt") -> None:
    save_transcript(workspace, recording.id, read_transcript(text.encode(), name)[0])


def _segments() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(shared(f"{LONG}.json").read_text("utf-8"))["segments"]
    return found


def _srt(change: Callable[[str], str] = str) -> str:
    def clock(samples: int) -> str:
        milliseconds = round(samples / 22.05)
        seconds, rest = divmod(milliseconds, 1000)
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02},{rest:03}"

    cues = [
        f"{n}\n{clock(s['start'])} --> {clock(s['end'])}\n{change(s['text'])}\n" for n, s in enumerate(_segments(), 1)
    ]
    return "\n".join(cues)


@pytest.mark.parametrize("form", ["txt", "srt"])
def test_all_words_of_the_transcript_arrive_with_their_marks(
    workspace: Workspace, recording: Recording, form: str
) -> None:
    _give(workspace, recording, _srt() if form == "srt" else "\n".join(said()), f"own.{form}")
    result = run(workspace, "own", prove=False)
    chunks = chunks_of(workspace, "own")
    assert " ".join(one.text for one in chunks) == " ".join(" ".join(said()).split())
    assert (result.transcribed, result.from_transcript) == (0, len(chunks))
    assert {one.text_source for one in chunks} == {"imported"}
    assert not any("heard_differently" in one.flags for one in chunks)
    assert [notice for notice in result.notices if "text already" not in notice] == []


def test_what_nobody_said_is_told_and_flagged_but_not_put_into_a_chunk(
    workspace: Workspace, recording: Recording
) -> None:
    lines = said()
    never = "A whole paragraph that nobody read aloud stands here, and it goes on for quite a while."
    _give(workspace, recording, "\n".join([*lines[:8], never, *lines[8:]]))
    result = run(workspace, "own", prove=False)
    chunks = chunks_of(workspace, "own")
    assert " ".join(one.text for one in chunks) == " ".join(" ".join(lines).split())
    flagged = [one for one in chunks if "heard_differently" in one.flags]
    assert len(flagged) == 2
    assert any(never in notice and flagged[0].file.removeprefix("chunks/") in notice for notice in result.notices)


def test_other_words_than_heard_are_taken_and_flagged(workspace: Workspace, recording: Recording) -> None:
    lines = said()
    other = "zebras quickly jump over seven lazy foxes while nobody watches them at all today."
    _give(workspace, recording, "\n".join([*lines[:1], other, *lines[2:]]))
    result = run(workspace, "own", prove=False)
    flagged = [one for one in chunks_of(workspace, "own") if "heard_differently" in one.flags]
    assert 1 <= len(flagged) <= 2
    told = " ".join([*result.notices, *(one.text for one in flagged)])
    assert "zebras" in told


def test_a_part_of_a_recording_gets_its_part_of_the_transcript(workspace: Workspace, recording: Recording) -> None:
    cut(workspace, "part", start_s=60.0, end_s=110.0)
    _give(workspace, recording, "\n".join(said()))
    result = run(workspace, "part", prove=False)
    text = " ".join(one.text for one in chunks_of(workspace, "part"))
    whole = " ".join(" ".join(said()).split())
    assert text in whole
    assert len(text) > 300
    outside = [notice for notice in result.notices if "in no chunk" in notice]
    assert outside
    assert int(outside[0].split()[0]) == len(whole.split()) - len(text.split())


def test_the_transcript_of_something_else_is_refused_aloud(workspace: Workspace, recording: Recording) -> None:
    before = [one.text for one in chunks_of(workspace, "own")]
    _give(workspace, recording, "Call me Ishmael. Some years ago, never mind how long precisely. " * 40, "whale.txt")
    result = run(workspace, "own", prove=False)
    assert any("whale.txt has little in common" in notice for notice in result.notices)
    assert [one.text for one in chunks_of(workspace, "own")] == before


def test_typed_texts_stay_and_without_the_wish_nothing_is_taken(workspace: Workspace, recording: Recording) -> None:
    cut(workspace, "typed", end_s=40.0)
    _give(workspace, recording, "\n".join(said()))
    run(workspace, "typed", own_transcript=False, prove=False)
    heard = chunks_of(workspace, "typed")
    assert {one.text_source for one in heard} == {"heard"}
    edits.edit_chunk(workspace, "typed", "chunk_002.wav", ChunkEdit(text="Mine."))
    assert run(workspace, "typed", prove=False).from_transcript == len(heard) - 1
    chunks = chunks_of(workspace, "typed")
    assert (chunks[1].text, chunks[1].text_source) == ("Mine.", "typed")
    delete_transcript(workspace, recording.id)
    run(workspace, "typed", overwrite=True, prove=False)
    assert [plain(one.text) for one in chunks_of(workspace, "typed")] == [plain(one.text) for one in heard]


def test_speakers_of_the_transcript_are_those_of_the_chunks(workspace: Workspace, recording: Recording) -> None:
    cut(workspace, "speakers", end_s=50.0)
    rows = [f"{s['start'] / 22050}\t{s['end'] / 22050}\t{'AB'[n % 2]}\t{s['text']}" for n, s in enumerate(_segments())]
    _give(
        workspace,
        recording,
        "\n".join(["start\tend\tspeaker\ttext", *(row.replace('"', "”") for row in rows)]),
        "a.tsv",
    )
    run(workspace, "speakers", prove=False)
    starts = [(s["start"] / 22050, s["end"] / 22050, "AB"[n % 2]) for n, s in enumerate(_segments())]
    for one in chunks_of(workspace, "speakers"):
        inside = {who for start_s, end_s, who in starts if start_s < one.end_s - 0.2 and end_s > one.start_s + 0.2}
        assert one.speaker == (inside.pop() if len(inside) == 1 else None)
