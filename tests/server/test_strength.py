"""Fine-tuned models over HTTP: an adapter speaks beside its base, a dial goes from the base to the model and beyond."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.adapters import made_adapter, write_adapter
from tests.parity.published import STUDIO_VOICE
from tests.server.brief_model import write_brief_folder
from tests.studio import Studio, running
from xtts_studio.xtts.checkpoint import load_network, save_network
from xtts_studio.xtts.lora import merge

SPEAKERS, GENERATE, HISTORY = "/api/inference/speakers", "/api/inference/generate", "/api/inference/history"
ADAPTERS = ("anna", "ben")


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """Two adapters of the base, `carl`, a whole model that was trained from it, and `lost`, whose base is not here."""
    home = tmp_path_factory.mktemp("strength") / "workspace"
    base, models = write_brief_folder(home / "cache" / "xtts-v2"), home / "data" / "models"
    for seed, name in enumerate(ADAPTERS):
        write_adapter(models / name, made_adapter(base, seed))
    network = load_network(base)
    merge(network.gpt, made_adapter(base, 5))
    models.mkdir(parents=True, exist_ok=True)
    save_network(models / "carl", network, base / "vocab.json")
    write_adapter(models / "lost", made_adapter(base, 9, "gone"))
    write_adapter(models / "foreign", made_adapter(models / "carl", 9))
    with running(home, XTTS_PRECISION="float32") as studio:
        studio.post(SPEAKERS + "/studio", 201, json={"name": STUDIO_VOICE, "as_name": "Gold"})
        yield studio


def asked(**fields: Any) -> dict[str, Any]:
    return {"text": "Ahoy. It is early.", "language": "en", "speaker": "Gold", "seed": 3, **fields}


def spoken(studio: Studio, **fields: Any) -> bytes:
    answer = studio.client.post(GENERATE, json=asked(**fields))
    assert answer.status_code == 200, answer.text
    return answer.content


def refused(studio: Studio, status: int, **fields: Any) -> dict[str, Any]:
    answer = studio.client.post(GENERATE, json=asked(**fields))
    assert answer.status_code == status, answer.text
    error: dict[str, Any] = answer.json()["error"]
    return error


@pytest.mark.parametrize("model", ["anna", "carl"])
def test_the_dial_goes_from_the_base_to_the_model_and_beyond(studio: Studio, model: str) -> None:
    base = spoken(studio)
    whole = spoken(studio, model=model)
    assert spoken(studio, model=model, strength=0) == base
    assert spoken(studio, model=model, strength=1) == whole
    assert len({base, whole, spoken(studio, model=model, strength=0.5), spoken(studio, model=model, strength=1.2)}) == 4
    assert spoken(studio, strength=0.3) == base, "the base has no fine-tuning"


def test_adapters_asked_for_at_once_say_what_each_says_alone(studio: Studio) -> None:
    wishes = [{"model": name, "strength": strength} for name in (*ADAPTERS, "xtts-v2") for strength in (1.0, 0.7)]
    alone = [spoken(studio, **wish) for wish in wishes]
    with ThreadPoolExecutor(len(wishes)) as many:
        together = list(many.map(lambda wish: spoken(studio, **wish), wishes))
    assert together == alone
    assert len(set(alone)) == len(wishes) - 1


def test_the_history_tells_the_strength(studio: Studio) -> None:
    spoken(studio, model="anna", strength=0.25)
    newest = studio.get(HISTORY)["speech"][0]
    assert (newest["model"], newest["settings"]["strength"]) == ("anna", 0.25)


def test_a_strength_beyond_the_end_is_refused(studio: Studio) -> None:
    for strength in (-0.1, 1.3):
        assert refused(studio, 422, model="anna", strength=strength)["message"]


def test_clients_of_other_programs_turn_the_dial_too(studio: Studio) -> None:
    """As a field of theirs, or by what their key says."""
    secret = studio.post("/api/keys", 201, json={"name": "a program"})
    key = {"settings": {"strength": 0.5}}
    studio.client.put(f"/api/keys/{secret['key']['id']}", json={"defaults": key}).raise_for_status()
    client = httpx.Client(base_url=studio.url, headers={"Authorization": f"Bearer {secret['secret']}"}, timeout=120)
    body = {"input": "Ahoy. It is early.", "voice": "Gold", "model": "anna", "language": "en", "seed": 3}
    body |= {"response_format": "wav", "stream": False}

    def heard(**fields: Any) -> bytes:
        answer = client.post("/v1/audio/speech", json=body | fields)
        assert answer.status_code == 200, answer.text
        return answer.content

    assert heard() == heard(strength=0.5) != heard(strength=1.0)
    assert studio.get(HISTORY)["speech"][0]["settings"]["strength"] == 1.0


def test_an_adapter_without_its_base_says_what_it_lacks(studio: Studio) -> None:
    listed = {model["name"]: model for model in studio.get("/api/models")["models"]}
    assert [listed[name]["present"] for name in ("anna", "carl", "lost")] == [True, True, False]
    assert listed["lost"]["missing_files"] == ["gone"]
    error = refused(studio, 409, model="lost")
    assert "adapter of gone, which is not here" in error["message"]
    assert error["hint"]


def test_an_adapter_of_other_weights_is_refused(studio: Studio) -> None:
    error = refused(studio, 422, model="foreign")
    assert "other weights of xtts-v2" in error["message"]
    assert error["hint"]


def test_a_model_that_adapters_need_stays(studio: Studio) -> None:
    error = studio.client.delete("/api/models/xtts-v2", params={"kind": "xtts"})
    assert error.status_code == 409
    assert "anna, ben" in error.json()["error"]["message"]
    folder = studio.home / "data" / "models"
    write_adapter(folder / "dora", made_adapter(folder / "carl", 4, "carl"))
    assert spoken(studio, model="dora") != spoken(studio, model="carl")
    assert studio.client.delete("/api/models/carl").status_code == 409
    assert studio.client.delete("/api/models/dora").status_code == 204
