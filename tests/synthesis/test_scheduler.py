"""Many who speak at once: each hears what it would hear alone, to the last bit."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.parity.published import STUDIO_VOICE
from xtts_studio.errors import CheckpointError
from xtts_studio.synthesis import scheduler
from xtts_studio.synthesis.engine import Engine, LoadedModel, Manner
from xtts_studio.text.script import Pause, Script, Words
from xtts_studio.xtts import Sampling, Voice
from xtts_studio.xtts.decoding import Decoder

PRECISIONS = ["float32", "int8"]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with closing(Engine("cpu")) as engine:
        yield engine


def loaded(engine: Engine, folder: Path, precision: str) -> LoadedModel:
    return engine.model(folder, precision)


def script_of(words: int, length: int, first_id: int = 20) -> Script:
    ids = [[259, *range(first_id + 3 * number, first_id + 3 * number + length)] for number in range(words)]
    return Script([Words(str(number), one) for number, one in enumerate(ids)])


def voices(model: LoadedModel) -> list[Voice]:
    voice = model.model.studio_voices[STUDIO_VOICE]
    other = Voice(voice.gpt_latent.flip(1), voice.speaker_embedding.flip(1))
    return [voice, other]


def heard(engine: Engine, model: LoadedModel, voice: Voice, script: Script, manner: Manner) -> np.ndarray:
    with closing(engine.speak(model, voice, script, manner)) as pieces:
        return np.concatenate([piece for piece in pieces if piece is not None])


@pytest.mark.parametrize("precision", PRECISIONS)
def test_everybody_hears_what_they_would_hear_alone(engine: Engine, tiny_folder: Path, precision: str) -> None:
    """Different lengths, voices, settings and seeds, joining and leaving at different steps."""
    model = loaded(engine, tiny_folder, precision)
    requests = [
        (
            voices(model)[number % 2],
            script_of(1 + number % 3, 3 + 5 * number, 20 + number),
            Manner(
                Sampling(temperature=0.6 + 0.1 * number, top_k=[0, 50, 10][number % 3]),
                seed=number,
                speed=[1.0, 1.3][number % 2],
                max_new_codes=9 + 3 * number,
            ),
        )
        for number in range(6)
    ]
    alone = [heard(engine, model, *request) for request in requests]
    together: dict[int, np.ndarray] = {}
    threads = [
        threading.Thread(target=lambda n=n: together.update({n: heard(engine, model, *requests[n])})) for n in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, wave in enumerate(alone):
        assert np.array_equal(together[number], wave), f"request {number} was changed by the others"


def test_more_sentences_than_rows_come_in_order(engine: Engine, tiny_folder: Path) -> None:
    """Each sentence sounds as it does alone with its own seed, so the order shows."""
    model, voice = loaded(engine, tiny_folder, "float32"), voices(loaded(engine, tiny_folder, "float32"))[0]
    script = script_of(scheduler.ROWS_CPU + 5, 4)
    manner = Manner(Sampling(), seed=3, max_new_codes=5)
    whole = heard(engine, model, voice, script, manner)
    first = heard(engine, model, voice, Script(script.parts[:1]), manner)
    last = heard(engine, model, voice, Script(script.parts[:-1]), manner)
    assert np.array_equal(whole[: len(first)], first)
    assert np.array_equal(whole[: len(last)], last)
    assert len(whole) > len(last)


def test_pauses_are_silence_of_their_length(engine: Engine, tiny_folder: Path) -> None:
    model = loaded(engine, tiny_folder, "float32")
    words = script_of(2, 4).parts
    manner = Manner(Sampling(), seed=3, max_new_codes=5)
    with_pause = heard(engine, model, voices(model)[0], Script([words[0], Pause(500), words[1]]), manner)
    without = heard(engine, model, voices(model)[0], Script(words), manner)
    first = heard(engine, model, voices(model)[0], Script(words[:1]), manner)
    assert np.array_equal(np.delete(with_pause, np.s_[len(first) : len(first) + 12_000]), without)
    assert not with_pause[len(first) : len(first) + 12_000].any()


def test_who_goes_away_frees_the_rows(engine: Engine, tiny_folder: Path) -> None:
    model = loaded(engine, tiny_folder, "float32")
    script = script_of(40, 4)
    pieces = engine.speak(model, voices(model)[0], script, Manner(Sampling(), seed=3, min_new_codes=500))
    next(piece for piece in pieces if piece is not None)
    pieces.close()
    short = Manner(Sampling(), seed=3, max_new_codes=5)
    assert len(heard(engine, model, voices(model)[0], script_of(2, 4), short))
    engine.compute(lambda: None)
    assert not any(batch.busy for batch in engine._scheduler._batches.values())


def test_a_newcomer_is_heard_before_a_long_text_ends(engine: Engine, tiny_folder: Path) -> None:
    model = loaded(engine, tiny_folder, "float32")
    endless = Manner(Sampling(), seed=3, min_new_codes=500)
    with closing(engine.speak(model, voices(model)[0], script_of(40, 4), endless)) as book:
        assert next(piece for piece in book if piece is not None).size
        assert heard(engine, model, voices(model)[1], script_of(1, 4), Manner(Sampling(), 1, max_new_codes=5)).size


def test_a_slow_listener_is_not_worked_for_without_end(engine: Engine, tiny_folder: Path) -> None:
    """One who doesn't take its second sentence has at most so many waiting."""
    model = loaded(engine, tiny_folder, "float32")
    manner = Manner(Sampling(), seed=3, max_new_codes=3)
    with closing(engine.speak(model, voices(model)[0], script_of(200, 4), manner)) as slow:
        next(piece for piece in slow if piece is not None)
        for _ in range(3):  # time for the scheduler to do all that it may
            heard(engine, model, voices(model)[1], script_of(12, 4), Manner(Sampling(), 1, max_new_codes=3))
        batch = engine._scheduler._batches[id(model.model)]
        assert len(batch.speeches[0]._waiting) >= 200 - 2 * scheduler.ROWS_CPU - 1


def test_a_sentence_without_sound_holds_nobody_up(engine: Engine, tiny_folder: Path) -> None:
    """One code at four times the pace is shorter than a frame."""
    model = loaded(engine, tiny_folder, "float32")
    manner = Manner(Sampling(), seed=3, speed=4.0, max_new_codes=1)
    with closing(engine.speak(model, voices(model)[0], script_of(2, 4), manner)) as pieces:
        assert not [piece for piece in pieces if piece is not None]


@pytest.fixture
def breaking(monkeypatch: pytest.MonkeyPatch) -> None:
    """The row of whoever's voice is said to be bad gets scores that are no numbers."""
    advance = Decoder._advance

    def damaged(decoder: Decoder) -> None:
        advance(decoder)
        for row, sequence in enumerate(decoder.sequences):
            if sequence.sampling.temperature == 1.5 and len(sequence.codes) > 3:
                decoder._hidden[row] = torch.nan
                decoder._cache.values[:, row] = torch.nan

    monkeypatch.setattr(Decoder, "_advance", damaged)


@pytest.mark.usefixtures("breaking")
def test_one_broken_sentence_is_told_to_its_own_listener_alone(engine: Engine, tiny_folder: Path) -> None:
    model = loaded(engine, tiny_folder, "float32")
    voice, fine = voices(model)[0], Manner(Sampling(), 1, max_new_codes=20)
    alone = heard(engine, model, voice, script_of(3, 4), fine)
    together: list[np.ndarray] = []
    other = threading.Thread(target=lambda: together.append(heard(engine, model, voice, script_of(3, 4), fine)))
    other.start()
    for _ in range(3):
        with pytest.raises(CheckpointError, match="not numbers"):
            heard(engine, model, voice, script_of(2, 4), Manner(Sampling(temperature=1.5), 1, min_new_codes=60))
    other.join()
    assert np.array_equal(together[0], alone)
    assert np.array_equal(heard(engine, model, voice, script_of(3, 4), fine), alone)
