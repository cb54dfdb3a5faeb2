"""Takes over HTTP: a sentence once more, each take heard, the best put together into a new speech."""

from typing import Any

import httpx
import numpy as np
import pytest
from sqlalchemy import update

from tests.server.conftest import Running, error
from tests.server.test_speech import BODY, samples
from xtts_studio.jobs.database import history as history_table

HISTORY = "/api/inference/history"
SENTENCE = 12_000
"""Samples of each sentence of the stand-in, whose sentences are words."""
Sound = np.ndarray[Any, np.dtype[np.int16]]


def speak(client: httpx.Client, text: str = "one two three") -> str:
    """Says something; gives its id."""
    answer = client.post("/api/inference/generate", json={**BODY, "text": text, "seed": 5})
    assert answer.status_code == 200, answer.text
    return answer.headers["x-speech-id"]


def retake(client: httpx.Client, speech_id: str, sentence: int, **options: Any) -> dict[str, Any]:
    """Another take of a sentence."""
    answer = client.post(f"{HISTORY}/{speech_id}/takes", json={"sentence": sentence, **options})
    assert answer.status_code == 201, answer.text
    take: dict[str, Any] = answer.json()["take"]
    return take


def join(client: httpx.Client, speech_id: str, takes: list[str | None]) -> dict[str, Any]:
    """Puts takes together; gives the new speech."""
    answer = client.post(f"{HISTORY}/{speech_id}/join", json={"takes": takes})
    assert answer.status_code == 201, answer.text
    speech: dict[str, Any] = answer.json()["speech"]
    return speech


def sound(client: httpx.Client, path: str) -> Sound:
    answer = client.get(f"{HISTORY}/{path}/audio")
    assert answer.status_code == 200, answer.text
    return samples(answer.content)


def test_a_speech_of_its_own_sentences_has_its_very_samples(client: httpx.Client) -> None:
    first = speak(client)
    retake(client, first, 1)
    joined = join(client, first, [None, None, None])
    assert joined["id"] != first
    assert np.array_equal(sound(client, joined["id"]), sound(client, first))
    assert (joined["notices"], joined["joined"]) == ([], [])
    assert client.get(HISTORY).json()["speech"][0] == joined


def test_a_chosen_take_stands_where_its_sentence_stood(client: httpx.Client) -> None:
    first = speak(client)
    before = sound(client, first)
    take = retake(client, first, 1, seed=77)
    assert (take["sentence"], take["seed"], take["audio_s"]) == (1, 77, 0.5)
    again = sound(client, f"{first}/takes/{take['id']}")
    assert not np.array_equal(again, before[SENTENCE : 2 * SENTENCE])
    joined = join(client, first, [None, take["id"], None])
    expected = np.concatenate([before[:SENTENCE], again, before[2 * SENTENCE :]])
    assert np.array_equal(sound(client, joined["id"]), expected)
    assert joined["joined"] == [{"sentence": 1, "seed": 77}]
    third = retake(client, joined["id"], 0, seed=78)
    both = join(client, joined["id"], [third["id"], None, None])
    assert both["joined"] == [{"sentence": 0, "seed": 78}, {"sentence": 1, "seed": 77}]
    assert joined["settings"] == client.get(HISTORY).json()["speech"][2]["settings"]
    assert np.array_equal(sound(client, first), before)  # what it came from stays as it was


def test_pauses_stay_and_what_was_joined_has_takes_again(client: httpx.Client, server: Running) -> None:
    """The sentences are made shorter than they are, so that there is something between them and around them."""
    first = speak(client)
    before = sound(client, first)
    place(server, first, [(100, 11_000), (12_500, 23_000), (24_500, 35_000)])
    take = retake(client, first, 0)
    again = sound(client, f"{first}/takes/{take['id']}")
    joined = join(client, first, [take["id"], None, None])
    assert np.array_equal(sound(client, joined["id"]), np.concatenate([before[:100], again, before[11_000:]]))
    for sentence, (begin, end) in enumerate([(12_500, 23_000), (24_500, 35_000)], start=1):
        assert np.array_equal(sound(client, f"{joined['id']}/sentences/{sentence}"), before[begin:end])
    assert np.array_equal(sound(client, f"{joined['id']}/sentences/0"), again)
    other = retake(client, joined["id"], 0)
    assert client.get(f"{HISTORY}/{joined['id']}/takes").json()["takes"] == [other]


def test_takes_are_listed_with_the_sentences_and_have_seeds_of_their_own(client: httpx.Client) -> None:
    first = speak(client)
    made = [retake(client, first, sentence) for sentence in (2, 0, 2)]
    found = client.get(f"{HISTORY}/{first}/takes").json()
    assert found["sentences"] == [{"text": word, "audio_s": 0.5} for word in ("one", "two", "three")]
    assert found["takes"] == made
    assert len({take["seed"] for take in made}) == 3
    assert first in [speech["id"] for speech in client.get(HISTORY).json()["speech"]]
    assert not {take["id"] for take in made} & {speech["id"] for speech in client.get(HISTORY).json()["speech"]}


def test_takes_go_with_their_speech(client: httpx.Client, server: Running) -> None:
    first, other = speak(client), speak(client)
    take, stays = retake(client, first, 0), retake(client, other, 0)
    folder = server.studio.workspace.history / "takes"
    assert (folder / f"{take['id']}.wav").is_file()
    assert client.delete(f"{HISTORY}/{first}").status_code == 204
    assert not (folder / f"{take['id']}.wav").exists()
    error(client.get(f"{HISTORY}/{first}/takes/{take['id']}/audio"), 404, "not_found")
    error(client.get(f"{HISTORY}/{first}/takes"), 404, "not_found")
    assert len(sound(client, f"{other}/takes/{stays['id']}")) == SENTENCE


def test_one_take_is_deleted_and_what_was_made_of_it_stays(client: httpx.Client, server: Running) -> None:
    first = speak(client)
    take, stays = retake(client, first, 0), retake(client, first, 0)
    joined = join(client, first, [take["id"], None, None])
    before = sound(client, joined["id"])
    url = f"{HISTORY}/{first}/takes"
    assert client.delete(f"{url}/{take['id']}").status_code == 204
    assert client.get(url).json()["takes"] == [stays]
    assert not (server.studio.workspace.history / "takes" / f"{take['id']}.wav").exists()
    assert np.array_equal(sound(client, joined["id"]), before)
    error(client.delete(f"{url}/{take['id']}"), 404, "not_found")
    error(client.delete(f"{HISTORY}/{joined['id']}/takes/{stays['id']}"), 404, "not_found")
    error(client.post(f"{HISTORY}/{first}/join", json={"takes": [take["id"], None, None]}), 404, "not_found")


def test_what_does_not_fit_is_told(client: httpx.Client) -> None:
    first, other = speak(client), speak(client)
    take, strange = retake(client, first, 0), retake(client, other, 0)
    url = f"{HISTORY}/{first}"
    for answer in (
        client.post(f"{url}/takes", json={"sentence": 3}),
        client.get(f"{url}/sentences/3/audio"),
        client.post(f"{url}/join", json={"takes": [None]}),
        client.post(f"{url}/join", json={"takes": [None, take["id"], None]}),
    ):
        assert error(answer, 422, "invalid_input")["hint"]
    for answer in (
        client.post(f"{url}/join", json={"takes": [strange["id"], None, None]}),
        client.get(f"{url}/takes/{strange['id']}/audio"),
        client.post(f"{HISTORY}/{'0' * 32}/takes", json={"sentence": 0}),
    ):
        assert error(answer, 404, "not_found")["hint"]
    for sentence in (-1, "one", None):
        assert client.post(f"{url}/takes", json={"sentence": sentence}).status_code == 422


def test_speech_from_before_says_what_to_do(client: httpx.Client, server: Running) -> None:
    first = speak(client)
    assert client.get(HISTORY).json()["speech"][0]["has_takes"] is True
    place(server, first, None)
    assert client.get(HISTORY).json()["speech"][0]["has_takes"] is False
    for answer in (
        client.get(f"{HISTORY}/{first}/takes"),
        client.post(f"{HISTORY}/{first}/takes", json={"sentence": 0}),
        client.post(f"{HISTORY}/{first}/join", json={"takes": [None, None, None]}),
    ):
        assert "once more" in error(answer, 409, "conflict")["hint"]


def test_a_take_that_breaks_or_was_left_is_not_kept(client: httpx.Client, server: Running) -> None:
    first = speak(client, "slowly two")
    with pytest.raises(httpx.ReadTimeout):
        client.post(f"{HISTORY}/{first}/takes", json={"sentence": 0}, timeout=0.1)
    assert retake(client, first, 1)["sentence"] == 1  # the place is free again
    assert [take["sentence"] for take in client.get(f"{HISTORY}/{first}/takes").json()["takes"]] == [1]


def place(server: Running, speech_id: str, spans: list[tuple[int, int]] | None) -> None:
    """Says where the sentences of a speech lie in its sound."""
    with server.studio.history._engine.begin() as connection:
        connection.execute(update(history_table).where(history_table.c.id == speech_id).values(spans=spans))
