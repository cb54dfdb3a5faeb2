"""Adapters of one base, hot beside each other: each says what it says alone, and none takes the base's memory again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.adapters import made_adapter, write_adapter
from tests.parity.published import STUDIO_VOICE, write_published_folder
from xtts_studio.errors import CheckpointError
from xtts_studio.synthesis import adapters, scheduler
from xtts_studio.synthesis.engine import Engine, Manner
from xtts_studio.synthesis.loaded import LoadedModel
from xtts_studio.text.script import Script, Words
from xtts_studio.xtts import Sampling, Xtts
from xtts_studio.xtts.lora import read_adapter
from xtts_studio.xtts.low_rank import LowRankEmbedding, LowRankLinear, placed, whole_lanes
from xtts_studio.xtts.packed import available

PRECISIONS = sorted({*available(), "bfloat16"})
MANNER = Manner(Sampling(temperature=0.7), seed=3, max_new_codes=7)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory, tiny_folder: Path) -> Path:
    """Two adapters of the tiny base, `anna` and `ben`, and a full model `carl`."""
    folder = tmp_path_factory.mktemp("models")
    for seed, name in enumerate(("anna", "ben")):
        write_adapter(folder / name, made_adapter(tiny_folder, seed))
    write_published_folder(folder / "carl", "tiny", salt="carl")
    return folder


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = Engine("cpu", "float32")
    yield engine
    engine.close()


def script(words: int = 2, length: int = 6) -> Script:
    ids = [[259, *range(20 + 3 * number, 20 + 3 * number + length)] for number in range(words)]
    return Script([Words(str(number), one) for number, one in enumerate(ids)])


def heard(engine: Engine, model: LoadedModel, words: int = 2, length: int = 6) -> np.ndarray:
    voice = model.model.studio_voices[STUDIO_VOICE]
    with closing(engine.speak(model, voice, script(words, length), MANNER)) as pieces:
        return np.concatenate([piece for piece in pieces if piece is not None])


@pytest.mark.parametrize("precision", PRECISIONS)
def test_together_each_says_what_it_says_alone(engine: Engine, models: Path, tiny_folder: Path, precision: str) -> None:
    """Two adapters, one of them at two strengths, and their base, with texts of different lengths, to the last bit."""
    asked = [
        (tiny_folder, 1.0, 3, 4),
        (models / "anna", 1.0, 2, 9),
        (models / "ben", 1.0, 1, 5),
        (models / "ben", 0.4, 3, 7),
        (models / "anna", 1.0, 1, 15),
    ]
    found = [engine.model(folder, precision, strength, tiny_folder) for folder, strength, _, _ in asked]
    alone = [
        np.concatenate([heard(engine, model, 1, length), heard(engine, model, words, length)])
        for model, (_, _, words, length) in zip(found, asked, strict=True)
    ]
    together: dict[int, np.ndarray] = {}

    def speak(number: int) -> None:
        _, _, words, length = asked[number]
        waves = [heard(engine, found[number], count, length) for count in (1, words)]
        together[number] = np.concatenate(waves)

    threads = [threading.Thread(target=speak, args=(number,)) for number in range(len(asked))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(together[number], wave) for number, wave in enumerate(alone))
    assert len({wave.tobytes() for wave in alone}) == len(alone), "strengths and adapters say the same"


SIZES = [(1024, 16, 3072), (4096, 3, 1024), (1024, 64, 1024), (1024, 7, 1024), (1024, 1, 512), (128, 5, 384)]


@pytest.mark.parametrize("sizes", SIZES)
def test_a_branch_gives_a_row_the_same_whatever_stands_beside_it(sizes: tuple[int, int, int]) -> None:
    inputs, rank, outputs = sizes
    random = torch.Generator().manual_seed(1)
    low, high = torch.randn(inputs, rank, generator=random), torch.randn(rank, outputs, generator=random)
    layer = LowRankLinear(torch.nn.Identity(), *whole_lanes(low, high), 1.3)
    table = LowRankEmbedding(torch.nn.Embedding(inputs, outputs), *whole_lanes(low, high), 1.3)
    x, base = torch.randn(33, 1, inputs, generator=random), torch.randn(33, 1, outputs, generator=random)
    ids = torch.randint(inputs, (33,), generator=random)
    with torch.inference_mode():
        whole, named = _branch(layer, x, base), table(ids)
        for begin, end in [(row, row + 1) for row in range(33)] + [(0, 2), (3, 10), (7, 24), (1, 33)]:
            assert torch.equal(_branch(layer, x[begin:end].clone(), base[begin:end]), whole[begin:end])
            assert torch.equal(table(ids[begin:end]), named[begin:end])
        exact = base.double() + 1.3 * (x.double() @ low.double() @ high.double())
    torch.testing.assert_close(whole.double(), exact, rtol=1e-3, atol=1e-2)


def _branch(layer: LowRankLinear, x: torch.Tensor, base: torch.Tensor) -> torch.Tensor:
    layer.base.forward = lambda _: base.clone()
    out: torch.Tensor = layer(x)
    return out


def test_strength_0_is_the_base_itself(engine: Engine, models: Path, tiny_folder: Path) -> None:
    base = engine.model(tiny_folder)
    for name in ("anna", "carl"):
        assert engine.model(models / name, None, 0.0, tiny_folder) is base


def test_an_adapter_says_what_the_merged_model_says(engine: Engine, models: Path, tiny_folder: Path) -> None:
    for strength in (0.3, 1.0, 1.2):
        hot = engine.model(models / "anna", "float32", strength, tiny_folder).model
        merged = Xtts.load(models / "anna", "cpu", base=tiny_folder, strength=strength)
        voice = merged.studio_voices[STUDIO_VOICE]
        prefixes = [model.gpt.prefix(voice.gpt_latent, [259, *range(20, 30)]) for model in (hot, merged)]
        torch.testing.assert_close(*prefixes, rtol=1e-5, atol=1e-5)
        waves = [model.speak("Good morning.", voice, "en", greedy=True, max_new_codes=12) for model in (hot, merged)]
        np.testing.assert_allclose(*waves, atol=1e-4)
        assert not np.array_equal(waves[0], heard(engine, engine.model(tiny_folder)))


def test_adapters_share_the_memory_of_their_base(engine: Engine, models: Path, tiny_folder: Path) -> None:
    base = engine.model(tiny_folder)
    anna, half, ben = (
        engine.model(models / name, None, strength, tiny_folder)
        for name, strength in (("anna", 1.0), ("anna", 0.5), ("ben", 1.0))
    )
    addresses = {tensor.data_ptr() for tensor in _tensors(base.model.network)}
    own = {name: [one for one in _tensors(model.model.network) if one.data_ptr() not in addresses]
           for name, model in (("anna", anna), ("half", half), ("ben", ben))}  # fmt: skip
    kept = placed(read_adapter(models / "anna"), base.model.network.gpt).tensors
    low_rank = {tuple(tensor.shape) for tensor in kept.values()}
    assert {tuple(tensor.shape) for tensor in own["anna"]} == low_rank
    assert [one.data_ptr() for one in own["half"]] == [one.data_ptr() for one in own["anna"]], "a strength costs memory"
    assert {one.data_ptr() for one in own["ben"]}.isdisjoint(one.data_ptr() for one in own["anna"])
    assert anna.voice_key == base.voice_key
    assert anna.model.tokenizer is base.model.tokenizer


def _tensors(network: torch.nn.Module) -> list[torch.Tensor]:
    """All tensors that modules hold, packed ones too, which are no parameters; views of nothing aside."""
    found = [
        tensor for module in network.modules() for tensor in vars(module).values() if isinstance(tensor, torch.Tensor)
    ]
    found = [tensor for tensor in found if tensor.layout == torch.strided and tensor.untyped_storage().nbytes() > 4]
    return [*found, *network.parameters(), *network.buffers()]


def test_many_adapters_stay_at_hand(
    engine: Engine, models: Path, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one used longest ago goes first; with their base all go, and come again."""
    monkeypatch.setattr(adapters, "MOST_ADAPTERS", 1)
    anna = engine.model(models / "anna", None, 1.0, tiny_folder)
    said = heard(engine, anna)
    assert engine.model(models / "anna", None, 1.0, tiny_folder) is anna
    engine.model(models / "ben", None, 1.0, tiny_folder)
    again = engine.model(models / "anna", None, 1.0, tiny_folder)
    assert again is not anna
    for strength in (0.5, 1.0):  # two whole models, and the base has to go
        engine.model(models / "carl", None, strength, tiny_folder)
    assert not engine._adapters._hot
    assert np.array_equal(heard(engine, again), said), "who still speaks with one that went is not disturbed"
    assert np.array_equal(heard(engine, engine.model(models / "anna", None, 1.0, tiny_folder)), said)


def test_strengths_that_nobody_asks_for_any_more_keep_no_room(
    engine: Engine, models: Path, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of an adapter only a few strengths are kept, of all models only a few batches; who speaks goes on."""
    monkeypatch.setattr(scheduler, "_SILENT_KEPT", 1)
    base = engine.model(tiny_folder)
    speech = engine.speak(base, base.model.studio_voices[STUDIO_VOICE], script(1), replace(MANNER, max_new_codes=150))
    next(piece for piece in speech if piece is not None)
    said = [heard(engine, engine.model(models / "anna", None, number / 10, tiny_folder), 1) for number in range(1, 7)]
    engine.compute(lambda: None)
    assert len(engine._scheduler._batches) <= 3
    (hot,) = engine._adapters._hot.values()
    assert list(hot.at) == [0.3, 0.4, 0.5, 0.6]
    assert np.array_equal(heard(engine, engine.model(models / "anna", None, 0.1, tiny_folder), 1), said[0])
    assert sum(len(piece) for piece in speech if piece is not None) > 0


def test_an_adapter_written_anew_is_read_anew(engine: Engine, tiny_folder: Path, tmp_path: Path) -> None:
    folder = write_adapter(tmp_path / "dora", made_adapter(tiny_folder, 7))
    before = heard(engine, engine.model(folder, None, 1.0, tiny_folder))
    write_adapter(folder, made_adapter(tiny_folder, 8))
    assert not np.array_equal(heard(engine, engine.model(folder, None, 1.0, tiny_folder)), before)


def test_another_base_is_refused(engine: Engine, models: Path) -> None:
    with pytest.raises(CheckpointError, match="other weights of xtts-v2") as told:
        engine.model(models / "anna", None, 1.0, models / "carl")
    assert told.value.hint
    with pytest.raises(CheckpointError, match="other weights"):
        Xtts.load(models / "anna", "cpu", base=models / "carl")
    with pytest.raises(CheckpointError, match="without its base xtts-v2"):
        Xtts.load(models / "anna", "cpu")


def test_a_full_model_goes_from_its_base_to_itself(engine: Engine, models: Path, tiny_folder: Path) -> None:
    """Its weights at half strength lie in the middle; 0 and 1 are base and model, whatever was spoken between."""
    whole = heard(engine, engine.model(models / "carl"))
    half = heard(engine, engine.model(models / "carl", None, 0.5, tiny_folder))
    none = heard(engine, engine.model(models / "carl", None, 0.0, tiny_folder))
    assert np.array_equal(none, heard(engine, engine.model(tiny_folder)))
    assert np.array_equal(whole, heard(engine, engine.model(models / "carl", None, 1.0, tiny_folder)))
    assert len({wave.tobytes() for wave in (whole, half, none)}) == 3
    by_hand, base = Xtts.load(models / "carl", "cpu"), Xtts.load(tiny_folder, "cpu")
    with torch.no_grad():
        for own, theirs in zip(by_hand.gpt.parameters(), base.gpt.parameters(), strict=True):
            own.copy_(theirs + 0.5 * (own - theirs))
    mixed = Xtts.load(models / "carl", "cpu", base=tiny_folder, strength=0.5)
    for own, expected in zip(mixed.gpt.parameters(), by_hand.gpt.parameters(), strict=True):
        torch.testing.assert_close(own, expected, rtol=1e-5, atol=1e-6)
