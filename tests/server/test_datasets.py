"""Datasets over HTTP: list, read in pages, listen, edit, drop and restore, delete."""

from collections.abc import Iterator

import httpx
import pytest

from tests.server.conftest import Running, error, upload

CHUNK = "/api/datasets/my data/chunks/chunk_002.wav"


@pytest.fixture(autouse=True)
def dataset(server: Running) -> Iterator[None]:
    """A dataset with three chunks."""
    with server.user() as client:
        body = {"recording_id": upload(client, hz=500), "dataset": "my data"}
        server.finish(client.post("/api/data/chunk", json=body))
        yield
        client.delete("/api/datasets/my data")


def test_datasets_are_listed(client: httpx.Client) -> None:
    body = client.get("/api/datasets", params={"limit": 1000}).json()
    [mine] = [one for one in body["datasets"] if one["name"] == "my data"]
    assert (mine["chunk_count"], mine["duration_s"]) == (3, 3)
    assert body["total"] == len(body["datasets"])


def test_chunks_come_in_pages(client: httpx.Client) -> None:
    body = client.get("/api/datasets/my data", params={"limit": 2, "offset": 1}).json()
    assert [one["file"] for one in body["chunks"]] == ["chunks/chunk_002.wav", "chunks/chunk_003.wav"]
    assert (body["total"], body["dataset"]["name"]) == (3, "my data")


def test_a_text_is_typed_and_the_rest_stays(client: httpx.Client) -> None:
    edited = client.patch(CHUNK, json={"text": "Hello.", "language": "en"}).json()["chunk"]
    assert (edited["text"], edited["language"], edited["state"]) == ("Hello.", "en", "active")
    again = client.patch(CHUNK, json={}).json()["chunk"]
    assert again == edited


def test_a_chunk_is_dropped_and_restored(client: httpx.Client) -> None:
    client.patch(CHUNK, json={"state": "dropped"})
    body = client.get("/api/datasets/my data", params={"state": "dropped"}).json()
    assert [one["file"] for one in body["chunks"]] == ["chunks/chunk_002.wav"]
    assert body["dataset"]["dropped_count"] == 1
    client.patch(CHUNK, json={"state": "active"})
    assert client.get("/api/datasets/my data", params={"state": "dropped"}).json()["total"] == 0


def test_a_chunk_is_heard_whole_or_in_part(client: httpx.Client) -> None:
    whole = client.get(f"{CHUNK}/audio")
    assert (whole.status_code, whole.headers["content-type"]) == (200, "audio/wav")
    part = client.get(f"{CHUNK}/audio", headers={"Range": "bytes=2-5"})
    assert (part.status_code, part.content) == (206, whole.content[2:6])


@pytest.mark.parametrize("file", ["chunk_009.wav", "..%2Fmetadata.json", "%2e%2e", "metadata.json"])
def test_a_file_that_is_no_chunk_is_not_found(client: httpx.Client, file: str) -> None:
    answer = client.get(f"/api/datasets/my data/chunks/{file}/audio")
    error(answer, 404, "not_found")
    assert client.patch(f"/api/datasets/my data/chunks/{file}", json={"text": "x"}).status_code == 404


def test_an_edit_that_can_not_be_is_refused(client: httpx.Client) -> None:
    told = error(client.patch(CHUNK, json={"state": "lost"}), 422, "invalid_input")
    assert told["details"]["fields"][0]["field"] == "state"


def test_a_deleted_dataset_is_gone(client: httpx.Client) -> None:
    assert client.delete("/api/datasets/my data").status_code == 204
    error(client.get("/api/datasets/my data"), 404, "not_found")
    error(client.delete("/api/datasets/my data"), 404, "not_found")
    error(client.post("/api/datasets/my data/check"), 404, "not_found")
