"""Exporting as people do it: over HTTP, downloaded in parts and unpacked, and on the command line."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Typist
from tests.export.conftest import ADAPTER, MODEL, VOICE
from tests.studio import Studio, running
from xtts_studio.workspace import Workspace
from xtts_studio.xtts.checkpoint import load_network
from xtts_studio.xtts.strength import load_at


@pytest.fixture(scope="module")
def studio(made: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """A server on the workspace; what the tests change they put back."""
    with running(made.home) as studio:
        yield studio


def test_an_export_is_asked_for_followed_downloaded_unpacked_and_removed(
    studio: Studio, made: Workspace, tmp_path: Path
) -> None:
    assert studio.get(f"/api/models/{ADAPTER}/exports") == {"exports": []}
    body = {"layout": "xtts-api-server", "strength": 0.8, "precision": "float16", "speaker": VOICE}
    job = studio.finished(studio.post(f"/api/models/{ADAPTER}/export", 202, json=body)["job"])
    result = job["result"]
    assert result["notices"] == []
    (listed,) = studio.get(f"/api/models/{ADAPTER}/exports")["exports"]
    assert (listed["layout"], listed["strength"], listed["precision"]) == ("xtts-api-server", 0.8, "float16")
    assert (listed["size_bytes"], listed["file"]) == (result["size_bytes"], result["file"])

    url = f"/api/models/{ADAPTER}/exports/xtts-api-server"
    whole = studio.client.get(url)
    assert whole.status_code == 200
    assert whole.headers["content-type"] == "application/zip"
    assert whole.headers["content-disposition"] == 'attachment; filename="anna-small-xtts-api-server.zip"'
    part = studio.client.get(url, headers={"Range": "bytes=1000-1999"})
    assert (part.status_code, part.content) == (206, whole.content[1000:2000])

    with zipfile.ZipFile(io.BytesIO(whole.content)) as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == sorted(result["files"])
        archive.extractall(tmp_path)
    found = load_network(tmp_path / "xtts_models" / ADAPTER).state_dict()
    wanted, _ = load_at(made.model(ADAPTER), made.cache / "xtts-v2", 0.8)
    for name, tensor in wanted.state_dict().items():
        assert (found[name] - tensor).abs().max() <= 2**-10 * tensor.abs().max() + 1e-6, name

    assert studio.client.delete(url).status_code == 204
    for answer in (studio.client.get(url), studio.client.delete(url)):
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "not_found"
    assert studio.get(f"/api/models/{ADAPTER}/exports") == {"exports": []}


@pytest.mark.parametrize(
    ("model", "body", "status", "code"),
    [
        ("nobody", {}, 404, "not_found"),
        ("..", {}, 404, "not_found"),
        (".hidden", {}, 422, "invalid_input"),
        (MODEL, {"layout": "piper"}, 422, "invalid_input"),
        (MODEL, {"strength": 1.5}, 422, "invalid_input"),
        (MODEL, {"precision": "int8"}, 422, "invalid_input"),
    ],
)
def test_what_can_t_be_exported_is_refused_at_once(
    studio: Studio, model: str, body: dict[str, object], status: int, code: str
) -> None:
    answer = studio.client.post(f"/api/models/{model}/export", json=body)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["code"] == code


def test_a_failing_export_tells_why(studio: Studio) -> None:
    body = {"layout": "coqui", "speaker": "Nobody"}
    job = studio.finished(studio.post(f"/api/models/{MODEL}/export", 202, json=body)["job"], "failed")
    assert job["error"]["code"] == "not_found"
    assert "Nobody" in job["error"]["message"]


def test_a_model_is_deleted_and_its_base_stays_while_it_is_needed(workspace: Workspace) -> None:
    with running(workspace.home) as studio:
        refused = studio.client.delete("/api/models/xtts-v2")
        assert refused.status_code == 409
        assert ADAPTER in refused.json()["error"]["message"]
        assert studio.client.delete(f"/api/models/{ADAPTER}").status_code == 204
        assert studio.client.delete(f"/api/models/{ADAPTER}").status_code == 404
        names = [model["name"] for model in studio.get("/api/models")["models"]]
    assert ADAPTER not in names
    assert MODEL in names


def test_the_command_line_exports_where_it_is_told(workspace: Workspace, tmp_path: Path) -> None:
    typist = Typist(workspace.home)
    target = tmp_path / "new folder" / "anna for my books.zip"
    told = typist.enters("models", "export", MODEL, "--layout", "ebook2audiobook", "--output", str(target))
    assert str(target) in told.stdout.replace("\n", "")
    with zipfile.ZipFile(target) as archive:
        assert {"config.json", "model.pth", "vocab.json", "ref.wav"} <= set(archive.namelist())
    assert list((workspace.home / "data" / "exports").iterdir()) == []
    assert "layout" in typist.is_told("models", "export", MODEL, "--layout", "piper")
    assert "no model 'nobody'" in typist.is_told("models", "export", "nobody")


def test_the_command_line_removes_a_model(workspace: Workspace) -> None:
    typist = Typist(workspace.home)
    assert "is deleted" in typist.enters("models", "remove", ADAPTER).stdout
    assert not workspace.model(ADAPTER).exists()
    assert "no model" in typist.is_told("models", "remove", ADAPTER)
