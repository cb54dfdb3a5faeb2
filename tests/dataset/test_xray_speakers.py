"""Clips that sound like another person: by arithmetic on made embeddings, and the whole way over HTTP.

The tiny model's encoder has generated weights: it shows that the way works, not who speaks.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests import studio as studios
from tests.dataset.xrayed import NAME, Clip, lj_clips, workspace_with_model, write_dataset, xrayed
from tests.parity.published import write_published_folder
from tests.studio import Studio
from xtts_studio.dataset import speakers
from xtts_studio.dataset.outliers import FAR, LEAST_CLIPS, distances, outliers
from xtts_studio.dataset.speakers import compare_speakers
from xtts_studio.dataset.xray_file import read_xray
from xtts_studio.errors import NotFound
from xtts_studio.events import ignore
from xtts_studio.shapes import BASE_MODEL, CompareSpeakersRequest
from xtts_studio.workspace import Workspace


def people(counts: list[int], spread: float, seed: int = 0) -> dict[str, np.ndarray]:
    """Embeddings of so many clips of each person, around a direction of their own."""
    random = np.random.default_rng(seed)
    found = {}
    for person, count in enumerate(counts):
        middle = random.normal(size=512)
        middle /= np.linalg.norm(middle)
        for number in range(count):
            row = middle + spread * random.normal(size=512) / np.sqrt(512)
            found[f"{person}-{number}"] = (row / np.linalg.norm(row)).astype(np.float32)
    return found


@pytest.mark.parametrize("spread", [0.2, 0.5, 0.8])
def test_few_clips_of_another_person_are_found(spread: float) -> None:
    found = outliers(people([40, 3], spread), {})
    assert set(found) == {"1-0", "1-1", "1-2"}
    assert min(found.values()) > FAR


@pytest.mark.parametrize("spread", [0.2, 0.8, 1.2])
def test_one_person_has_no_outliers(spread: float) -> None:
    assert outliers(people([60], spread), {}) == {}


def test_speakers_who_are_told_apart_are_compared_within_themselves() -> None:
    rows = people([20, 20, 1], 0.4)
    told = {name: ("left" if name.startswith("0") else "right") for name in rows}
    assert set(outliers(rows, told)) == {"2-0"}


def test_few_clips_have_no_centre() -> None:
    assert outliers(people([LEAST_CLIPS - 2, 1], 0.2), {}) == {}


def test_the_centre_is_that_of_most() -> None:
    rows = people([30, 7], 0.3)
    apart = dict(zip(rows, distances(np.stack(list(rows.values()))), strict=True))
    assert max(far for name, far in apart.items() if name.startswith("0")) < 0.2
    assert min(far for name, far in apart.items() if name.startswith("1")) > 0.7


@pytest.fixture(scope="module")
def clips() -> dict[str, Clip]:
    return lj_clips(10)


def with_base_model(home: Path) -> Workspace:
    workspace = workspace_with_model(home)
    write_published_folder(workspace.cache / BASE_MODEL, "tiny")
    return workspace


def test_outliers_come_into_the_xray_and_embeddings_are_kept(
    tmp_path: Path, clips: dict[str, Clip], monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = with_base_model(tmp_path)
    folder = write_dataset(workspace, clips)
    request = CompareSpeakersRequest(dataset=NAME)
    with pytest.raises(NotFound):
        compare_speakers(request, workspace, ignore)
    xrayed(workspace)
    compare_speakers(request, workspace, ignore)
    found = read_xray(folder)
    assert found is not None
    assert found.speakers_compared
    assert all(row.light == "green" for row in found.clips)  # generated weights hear everybody alike
    rows = np.load(folder / "speakers.npz")["rows"]
    assert rows.shape == (len(clips), 512)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-3)

    def never(*_: object) -> None:
        raise AssertionError("heard again")

    monkeypatch.setattr(speakers, "_encoded", never)
    file = "chunks/LJ001-0003.wav"
    monkeypatch.setattr(speakers, "outliers", lambda rows, told: {file: 0.7})
    told = compare_speakers(request, workspace, ignore)
    assert told.totals.findings == {"speaker_outlier": 1}
    assert told.totals.lights == {"green": len(clips) - 1, "amber": 1, "red": 0}
    again = read_xray(folder)
    assert again is not None
    (row,) = (row for row in again.clips if row.light != "green")
    assert (row.file, row.findings[0].code, row.findings[0].fix) == (file, "speaker_outlier", "drop")
    assert row.doubt > 0.5
    monkeypatch.setattr(speakers, "outliers", lambda rows, told: {})
    assert compare_speakers(request, workspace, ignore).totals.findings == {}


def test_where_speakers_cannot_be_compared_a_notice_says_so(tmp_path: Path, clips: dict[str, Clip]) -> None:
    workspace = workspace_with_model(tmp_path)
    write_dataset(workspace, clips)
    write_dataset(workspace, dict(list(clips.items())[:3]), "few")
    for name, why in ((NAME, "base model"), ("few", "8 clips")):
        xrayed(workspace, name)
        told = compare_speakers(CompareSpeakersRequest(dataset=name), workspace, ignore)
        assert [notice for notice in told.notices if "not compared" in notice and why in notice]
        found = read_xray(workspace.dataset(name))
        assert found is not None
        assert not found.speakers_compared


@pytest.fixture
def studio(tmp_path: Path, clips: dict[str, Clip]) -> Iterator[Studio]:
    """A studio with the tiny base model and a dataset."""
    write_dataset(with_base_model(tmp_path / "home"), clips)
    with studios.running(tmp_path / "home") as running:
        yield running


def test_an_xray_over_http_compares_speakers_afterwards(studio: Studio, clips: dict[str, Clip]) -> None:
    assert studio.get(f"/api/datasets/{NAME}/xray")["made_at"] is None
    job = studio.finished(studio.post(f"/api/datasets/{NAME}/xray", expect=202)["job"])
    assert job["result"]["totals"]["usable"] == len(clips)
    assert studio.post(f"/api/datasets/{NAME}/check")["usable"] == len(clips)
    following = studio.finished(studio.get(f"/api/jobs/{job['follow_up_job_id']}")["job"])
    assert following["step"] == "compare_speakers"
    found = studio.get(f"/api/datasets/{NAME}/xray")
    assert found["speakers_compared"]
    assert found["totals"]["lights"]["green"] == len(clips)
