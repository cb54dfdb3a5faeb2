"""Training before it starts, over HTTP: the recipe of a request, the probe, and what is refused at once."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.server.conftest import Running, error
from xtts_studio.shapes import Chunk, Dataset
from xtts_studio.workspace import Workspace, write_json

RECIPE, PROBE, START = "/api/training/recipe", "/api/training/probe", "/api/training/start"
VOCABULARY = {"model": {"vocab": {"[STOP]": 0, "[en]": 1}}, "added_tokens": [{"id": 2, "content": "[de]"}]}


def write_dataset(workspace: Workspace, name: str, clips: int, **changes: Any) -> None:
    """A dataset of six-second clips with texts; what is planned reads no sound."""
    chunks = [
        Chunk(file=f"chunks/{number}.wav", text="Good morning.", recording="r", start_s=6 * number,
              end_s=6 * number + 6, duration_s=6.0)
        for number in range(clips)
    ]  # fmt: skip
    dataset = Dataset(name=name, language="en", created_at="2026-01-01T00:00:00Z", chunks=chunks)
    write_json(workspace.dataset(name) / "metadata.json", dataset.model_copy(update=changes).model_dump())


@pytest.fixture(scope="module", autouse=True)
def data(server: Running) -> Iterator[None]:
    workspace = server.studio.workspace
    write_dataset(workspace, "harbour", 120)
    write_dataset(workspace, "second", 40, language="de")
    write_dataset(workspace, "silent", 5, language=None)
    yield
    for folder in (workspace.datasets, workspace.models, workspace.runs):
        for name in ("harbour", "second", "silent", "polish", "large", "english", "taken", "mine", "run-1"):
            shutil.rmtree(folder / name, ignore_errors=True)


def plan(client: httpx.Client, **asked: Any) -> dict[str, Any]:
    answer = client.post(RECIPE, json={"dataset": "harbour", "name": "mine"} | asked)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_a_recipe_tells_facts_choices_and_room(client: httpx.Client) -> None:
    found = plan(client)
    facts = found["facts"]
    assert (facts["clips"], facts["speech_s"], facts["longest_s"], facts["languages"]) == (120, 720, 6, ["en"])
    assert 5 < facts["eval_clips"] < 40
    assert facts["clips_per_epoch"] == 120 - facts["eval_clips"]
    reasons = {choice["setting"]: choice["reason"] for choice in found["choices"]}
    assert reasons["epochs"].startswith("12 minutes of speech")
    assert found["total_steps"] == found["steps_per_epoch"] * found["settings"]["epochs"]
    assert found["disk_bytes"] > 10**9
    assert found["disk_free_bytes"] > 0
    assert any("is not here yet" in notice for notice in found["notices"])  # the base model


def test_what_was_chosen_stays(client: httpx.Client) -> None:
    asked = {"epochs": 3, "batch_size": 2, "method": "lora", "lora_targets": ["attention"], "prompts": "same"}
    found = plan(client, **asked)
    assert {name: found["settings"][name] for name in asked} == asked


def test_datasets_count_by_their_weights(client: httpx.Client) -> None:
    alone, second = plan(client)["facts"], plan(client, dataset="second")["facts"]
    both = plan(client, more_datasets=[{"dataset": "second", "weight": 3}])["facts"]
    assert both["clips"] == 160
    assert both["clips_per_epoch"] == alone["clips_per_epoch"] + 3 * second["clips_per_epoch"]
    assert both["languages"] == ["de", "en"]


def test_languages_are_looked_up_in_the_vocabulary_of_the_base(server: Running, client: httpx.Client) -> None:
    folder = server.studio.workspace.models / "english"
    header = json.dumps({"gpt.a": {"dtype": "F16", "shape": [1000, 1000], "data_offsets": [0, 2_000_000]}}).encode()
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)
    write_json(folder / "vocab.json", VOCABULARY)
    write_json(folder / "config.json", {})
    write_dataset(server.studio.workspace, "polish", 40, language="pl")
    assert plan(client, dataset="second", base_model="english")["facts"]["in_vocabulary"]
    unknown = plan(client, dataset="polish", base_model="english")
    assert not unknown["facts"]["in_vocabulary"]
    assert any("new_tokens" in notice for notice in unknown["notices"])
    assert unknown["disk_bytes"] < 200_000_000  # by the size of this model: a million numbers


def test_twenty_thousand_clips_are_planned_at_once(server: Running, client: httpx.Client) -> None:
    write_dataset(server.studio.workspace, "large", 20_000)
    plan(client, dataset="large")
    started = time.monotonic()
    found = plan(client, dataset="large")
    assert time.monotonic() - started < 3
    assert found["facts"]["clips"] == 20_000


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({"dataset": "nobody"}, 404, "not_found"),
        ({"more_datasets": [{"dataset": "nobody"}]}, 404, "not_found"),
        ({"base_model": "nobody"}, 404, "not_found"),
        ({"run_id": "nobody"}, 404, "not_found"),
        ({"dataset": "silent"}, 422, "unusable_dataset"),
        ({"method": "lora", "new_tokens": 100}, 422, "invalid_input"),
        ({"more_datasets": [{"dataset": "harbour"}]}, 422, "invalid_input"),
        ({"lora_targets": []}, 422, "invalid_input"),
        ({"epochs": 0}, 422, "invalid_input"),
    ],
)
def test_what_can_not_be_is_told_before_anything_runs(
    client: httpx.Client, asked: dict[str, Any], status: int, code: str
) -> None:
    body = {"dataset": "harbour", "name": "mine"} | asked
    error(client.post(RECIPE, json=body), status, code)
    error(client.post(PROBE, json={"training": body}), status, code)


def test_a_probe_is_a_job(server: Running, client: httpx.Client) -> None:
    body = {"dataset": "harbour", "name": "mine", "effective_batch": 7}
    done = server.finish(client.post(PROBE, json={"training": body}))
    assert (done["step"], done["state"], done["result"]["total_s"]) == ("probe", "succeeded", 7)


def test_a_start_that_must_fail_makes_no_job(server: Running, client: httpx.Client) -> None:
    taken = server.studio.workspace.models / "taken"
    write_json(taken / "card.json", {"run_id": "another"})
    jobs = client.get("/api/jobs").json()["total"]
    for asked, status, code in (
        ({"name": "taken"}, 409, "conflict"),
        ({"name": "XTTS-v2"}, 409, "conflict"),
        ({"run_id": "nobody"}, 404, "not_found"),
        ({"dataset": "nobody"}, 404, "not_found"),
        ({"method": "lora", "new_tokens": 5}, 422, "invalid_input"),
    ):
        error(client.post(START, json={"dataset": "harbour", "name": "mine"} | asked), status, code)
    assert client.get("/api/jobs").json()["total"] == jobs


def test_going_on_takes_what_the_run_was_begun_with(server: Running, client: httpx.Client) -> None:
    begun = plan(client, method="lora", lora_rank=4, epochs=2)["settings"]
    write_json(server.studio.workspace.run("run-1") / "request.json", {"run_id": "run-1", "request": begun})
    write_json(server.studio.workspace.models / "mine" / "card.json", {"run_id": "run-1"})
    more = plan(client, run_id="run-1", epochs=9)["settings"]
    assert (more["method"], more["lora_rank"], more["epochs"]) == ("lora", 4, 9)
    answer = client.post(START, json={"dataset": "harbour", "name": "mine", "run_id": "run-1", "epochs": 9})
    job = server.finish(answer)
    assert job["request"]["lora_rank"] == 4
    error(client.post(START, json={"dataset": "harbour", "name": "mine"}), 409, "conflict")


def test_these_routes_need_a_login(stranger: httpx.Client) -> None:
    for path in (RECIPE, PROBE):
        assert stranger.post(path, json={}).status_code == 401


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"audition_sentences": ["Good day.", " ", "…"]}, "sentences 2, 3 have no letter"),
        ({"audition_sentences": ["?!"]}, "the usual sentences are spoken instead"),
        ({"eval_fraction": 0.9}, "eval_fraction 0.9 keeps more clips to judge by"),
        ({"epochs": 5000}, "5000 epochs are very many"),
    ],
)
def test_what_makes_little_sense_is_noticed(client: httpx.Client, asked: dict[str, Any], told: str) -> None:
    assert told in " ".join(plan(client, **asked)["notices"])
    assert told not in " ".join(plan(client)["notices"])
