"""What would be said of a text, and how long it would be, by a real tokenizer and what the history holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.journey.material import own_material, tiny_model
from tests.studio import Studio, running

ASKED = {"text": "Dr. Jones paid $20. [pause 2s] Then he left.\n\nNobody came.", "language": "en", "speaker": "Reader"}


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """With the tiny model and the voice Reader, who has said nothing yet."""
    folder, material = tmp_path_factory.mktemp("preview"), own_material()
    with running(folder / "workspace") as studio:
        source = str(tiny_model(folder / "xtts", material))
        studio.finished(studio.post("/api/models/pull", 202, json={"name": "xtts-v2", "source": source})["job"])
        clip = material.reference
        files = [("files", (clip.name, clip.read_bytes()))]
        studio.post("/api/inference/speakers", 201, data={"name": "Reader"}, files=files)
        yield studio


def preview(studio: Studio, **changes: Any) -> dict[str, Any]:
    return studio.post("/api/inference/preview", json=ASKED | changes)


def test_pieces_are_as_they_are_read_and_paused(studio: Studio) -> None:
    told = preview(studio)
    assert [one["text"] for one in told["sentences"]] == ["Dr. Jones paid $20.", "Then he left.", "Nobody came."]
    assert told["sentences"][0]["spoken"] == "doctor jones paid twenty dollars."
    assert [one["pause_after_ms"] for one in told["sentences"]] == [2000, 400, 0]
    lengths = [one["estimate_s"] for one in told["sentences"]]
    assert told["audio_s"] == pytest.approx(sum(lengths) + 2.4, abs=0.06)
    assert (told["measured"], told["characters_per_s"]) == (False, 15)


def test_they_are_those_that_are_spoken(studio: Studio) -> None:
    said = {**ASKED, "text": "A boat came in. It was late at night, and the 2 men were tired.", "sentence_pause_ms": 50}
    answer = studio.client.post("/api/inference/generate", json=said | {"seed": 1})
    assert answer.status_code == 200
    (kept,) = studio.get("/api/inference/history")["speech"]
    told = preview(studio, text=said["text"], sentence_pause_ms=50)
    assert [one["text"] for one in told["sentences"]] == kept["sentences"]


def test_the_pace_is_that_of_the_voice_once_it_has_said_enough(studio: Studio) -> None:
    heard_s = characters = 0.0
    for seed in range(20):
        studio.client.post("/api/inference/generate", json=ASKED | {"text": "A boat came in.", "seed": seed})
        speech = studio.get("/api/inference/history?limit=100")["speech"]
        heard_s = sum(one["audio_s"] for one in speech)
        characters = sum(len(sentence) for one in speech for sentence in one["sentences"])
        if heard_s > 11:
            break
    told = preview(studio)
    assert told["measured"]
    assert told["characters_per_s"] == pytest.approx(characters / heard_s, abs=0.06)
    assert not preview(studio, speaker="Another")["measured"]
    assert preview(studio, speed=2)["sentences"][0]["estimate_s"] == pytest.approx(
        told["sentences"][0]["estimate_s"] / 2, abs=0.01
    )


@pytest.mark.parametrize(
    ("changes", "status"),
    [({"text": ""}, 422), ({"text": "???"}, 422), ({"language": "xx"}, 422), ({"model": "nobody"}, 404)],
)
def test_what_can_not_be_is_told(studio: Studio, changes: dict[str, Any], status: int) -> None:
    answer = studio.client.post("/api/inference/preview", json=ASKED | changes)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["message"]
