"""Clips are split, merged, trimmed and made equally loud over HTTP, and each of it can be undone."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import studio
from tests.dataset.clips import add_clip, room, row, speech
from xtts_studio.shapes import Word
from xtts_studio.workspace import Workspace

DATASET = "/api/datasets/voice"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[studio.Studio]:
    """A server with two clips of one recording that isn't there any more: a sentence with a pause, and a word."""
    home: Path = tmp_path_factory.mktemp("http") / "home"
    workspace = Workspace(home)
    said = [("Good", 1.0), ("day.", 1.5), ("Who", 2.6), ("calls?", 3.1)]
    words = [Word(word=word, start_s=at, end_s=at + 0.4, probability=0.8) for word, at in said]
    sound = row(room(1), speech(0.9), room(0.7), speech(0.9, 1), room(1))
    known: dict[str, Any] = {"recording": "r", "text_source": "heard", "language": "en"}
    add_clip(workspace, sound, words, text="Good day. Who calls?", start_s=10, end_s=14.5, **known)
    word = Word(word="Me!", start_s=0.1, end_s=0.9, probability=0.8)
    add_clip(workspace, row(speech(1, level=0.02)), [word], text="Me!", start_s=15, end_s=16, **known)
    with studio.running(home) as running:
        yield running


def _texts(server: studio.Studio) -> list[str]:
    return [chunk["text"] for chunk in server.get(DATASET)["chunks"]]


def _undo(server: studio.Studio, label: str) -> None:
    assert server.post(f"{DATASET}/undo")["label"] == label


def test_a_clip_is_split_and_that_is_undone(server: studio.Studio) -> None:
    result = server.post(f"{DATASET}/edit", json={"action": "split", "files": ["chunk_001.wav"]})
    assert [chunk["text"] for chunk in result["chunks"]] == ["Good day.", "Who calls?"]
    assert [word["word"] for word in result["chunks"][1]["words"]] == ["Who", "calls?"]
    assert _texts(server) == ["Good day.", "Who calls?", "Me!"]
    assert server.client.get(f"{DATASET}/chunks/{Path(result['chunks'][0]['file']).name}/audio").status_code == 200
    _undo(server, "Split chunk_001.wav")
    assert _texts(server) == ["Good day. Who calls?", "Me!"]


def test_clips_are_merged_trimmed_and_levelled(server: studio.Studio) -> None:
    files = [chunk["file"] for chunk in server.get(DATASET)["chunks"]]
    merged = server.post(f"{DATASET}/edit", json={"action": "merge", "files": files})
    assert _texts(server) == ["Good day. Who calls? Me!"]
    assert merged["chunks"][0]["duration_s"] == pytest.approx(6.0, abs=0.01)
    _undo(server, "Merge chunk_001.wav and chunk_002.wav")
    trimmed = server.post(f"{DATASET}/edit", json={"action": "trim", "files": files})
    assert trimmed["replaced"] == ["chunks/chunk_001.wav"]
    assert trimmed["notices"][0].startswith("1 clip has no silence")
    _undo(server, "Trim chunk_001.wav")
    assert len(server.post(f"{DATASET}/edit", json={"action": "normalise", "files": files})["replaced"]) == 1
    assert [chunk["file"] for chunk in server.get(DATASET)["chunks"]] != files
    server.post(f"{DATASET}/undo")
    assert [chunk["file"] for chunk in server.get(DATASET)["chunks"]] == files


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({"action": "split", "files": ["chunk_001.wav"], "at_s": 0.1}, 422, "can't be split at 0.10 s"),
        ({"action": "split", "files": ["chunk_001.wav", "chunk_002.wav"]}, 422, "2 clips can't be split at once"),
        ({"action": "merge", "files": ["chunk_001.wav"]}, 422, "two clips"),
        ({"action": "trim", "files": ["chunk_999.wav"]}, 404, "has no chunk"),
        ({"action": "trim", "files": ["../../../etc/passwd"]}, 404, "has no chunk"),
        ({"action": "trim", "files": []}, 422, ""),
    ],
)
def test_what_cant_be_done_is_told_and_changes_nothing(
    server: studio.Studio, body: dict[str, Any], status: int, message: str
) -> None:
    before = server.get(DATASET)["chunks"]
    answer = server.post(f"{DATASET}/edit", expect=status, json=body)["error"]
    assert message in answer["message"]
    assert server.get(DATASET)["chunks"] == before
