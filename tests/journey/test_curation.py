"""A dataset with every kind of trouble, over HTTP: looked through, mended by the offered fixes, and trained on.

What the x-ray promises is what training takes, before the fixes and after them.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.dataset.clips import add_clip, add_lj
from tests.dataset.defects import noisy, with_silence
from tests.parity.published import write_published_folder
from tests.shared import shared
from tests.studio import Studio, running
from xtts_studio.audio.decode import read_mono
from xtts_studio.dataset.edits import edit_chunk
from xtts_studio.shapes import ChunkEdit
from xtts_studio.workspace import Workspace

VOICE = "/api/datasets/voice"
RATE_HZ = 22_050


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """With a dataset of ten good clips and eight with something wrong."""
    home = tmp_path_factory.mktemp("curation") / "workspace"
    workspace = Workspace(home)
    good = add_lj(workspace, 12)
    for number in (0, 2):
        edit_chunk(workspace, "voice", good[number].file, ChunkEdit(state="dropped"))
    _add_trouble(workspace)
    vocab = shared("parity/vocab.json")
    model = write_published_folder(tmp_path_factory.mktemp("models") / "xtts", "tiny", vocab=vocab)
    with running(home) as studio:
        body = {"name": "xtts-v2", "source": str(model)}
        studio.finished(studio.post("/api/models/pull", 202, json=body)["job"])
        yield studio


def _add_trouble(workspace: Workspace) -> None:
    def lj(number: int) -> Any:
        return read_mono(shared(f"audio/ljspeech/wavs/LJ001-{number:04d}.wav"), RATE_HZ)

    said = {"text_source": "typed", "language": "en"}
    text = "The Middle Ages brought calligraphy to perfection, and it was natural therefore"
    add_clip(workspace, lj(16), text="", **said)
    add_clip(workspace, lj(20), text="Ünglück ☃ 好", **said)
    add_clip(workspace, with_silence(lj(16), 1.2, 1.5), text=text, **said)
    add_clip(workspace, noisy(lj(18), 4.0), text="The first books were printed in black letter", **said)
    add_clip(workspace, np.concatenate([lj(29), np.zeros(8_000, np.float32), lj(30)]), text=f"{text} {text}", **said)
    add_clip(workspace, lj(29) * np.float32(0.08), text="But though on the whole, except in Italy, Gothic", **said)
    add_clip(workspace, lj(28)[:7_000], text="But", **said)
    add_clip(workspace, lj(16) * np.float32(0.7), text=text, **said)


def _xray(studio: Studio) -> dict[str, Any]:
    studio.finished(studio.post(f"{VOICE}/xray", 202)["job"])
    found = studio.get(f"{VOICE}/xray")
    assert not found["stale"]
    totals: dict[str, Any] = found["totals"]
    return totals


def _reports(studio: Studio) -> dict[str, dict[str, Any]]:
    return {report["file"]: report for report in studio.get(VOICE, params={"limit": 500})["reports"]}


def _train(studio: Studio, name: str) -> dict[str, Any]:
    body = {"dataset": "voice", "name": name, "max_steps": 1, "batch_size": 1, "audition": False}
    result: dict[str, Any] = studio.finished(studio.post("/api/training/start", 202, json=body)["job"])["result"]
    return result


def _offers(studio: Studio) -> dict[str, dict[str, Any]]:
    """The first fix that is offered for each clip, unless one for a clip it would be merged with comes before."""
    offers: dict[str, dict[str, Any]] = {}
    for file, report in _reports(studio).items():
        fixable = [finding for finding in report["findings"] if finding["fix"]]
        if fixable and not any(file in before["others"] for before in offers.values()):
            offers[file] = fixable[0]
    return offers


def _fix(studio: Studio, file: str, finding: dict[str, Any]) -> None:
    if finding["fix"] == "drop":
        studio.post(f"{VOICE}/chunks", json={"files": [file], "state": "dropped"})
    else:
        files = sorted([file, *finding["others"]]) if finding["fix"] == "merge" else [file]
        studio.post(f"{VOICE}/edit", json={"action": finding["fix"], "files": [Path(one).name for one in files]})


def test_what_is_promised_is_what_training_takes(studio: Studio) -> None:
    promised = _xray(studio)
    assert promised["usable"] < promised["active"]
    assert _train(studio, "before")["usable"] == promised["usable"]


def test_each_offered_fix_mends_what_it_was_offered_for(studio: Studio) -> None:
    _xray(studio)
    offers = _offers(studio)
    while offers:
        assert len(offers) < 20
        for file, finding in offers.items():
            _fix(studio, file, finding)
        _xray(studio)  # a fix makes other clips, and the next look is at those
        offers = _offers(studio)
    left = {finding["code"] for report in _reports(studio).values() for finding in report["findings"]}
    assert not left & {"long_silence_start", "long_silence_end", "too_long", "quiet", "duplicate", "noisy"}, left
    promised = _xray(studio)
    result = _train(studio, "after")
    assert result["usable"] == promised["usable"]
    left_out = {rejection["code"] for rejection in result["rejected"]}
    assert left_out <= {"dropped", "no_text", "unknown_characters", "too_short"}


def test_all_of_it_can_be_undone(studio: Studio) -> None:
    count = len(studio.get(f"{VOICE}/changes")["undo"])
    assert count > 3
    for _ in range(count - 2):  # but for the two that the fixture dropped
        studio.post(f"{VOICE}/undo")
    body = studio.get(VOICE, params={"limit": 500})
    assert [chunk["file"] for chunk in body["chunks"]] == [f"chunks/chunk_{n:03d}.wav" for n in range(1, 21)]
    assert body["dataset"]["dropped_count"] == 2
    versions = studio.get(f"{VOICE}/versions")["versions"]
    assert {version["note"] for version in versions} == {"Trained as before", "Trained as after"}
