"""Adapters: what they learn is theirs, the base stays as it is, and merged or attached they say the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import safetensors.torch
import torch
from torch import Tensor

from tests.parity.published import write_published_folder
from xtts_studio.errors import CheckpointError
from xtts_studio.xtts.checkpoint import load_network, save_network
from xtts_studio.xtts.gpt import Gpt
from xtts_studio.xtts.lora import (
    Adapter,
    LoraConfig,
    adapter_state,
    attach,
    base_fingerprint,
    blend,
    load_adapter_state,
    merge,
    read_adapter,
    save_adapter,
)
from xtts_studio.xtts.low_rank import placed, with_branches

ALL = LoraConfig(rank=4, alpha=6.0, targets=("attention", "mlp", "embeddings"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_published_folder(tmp_path_factory.mktemp("lora"), "tiny")


def plain(folder: Path) -> Gpt:
    return load_network(folder).gpt


def heard(gpt: Gpt) -> Tensor:
    """The scores after a text and some codes: every part of the GPT has its say in them."""
    with torch.inference_mode():
        text = gpt.embed_text(torch.tensor([[261, 259, 20, 21, 40, 0]]))
        codes = gpt.embed_codes(torch.arange(9)[None])
        return gpt.audio_logits(gpt.final_norm(gpt.gpt(torch.cat([text, codes], dim=1)))[0])


def trained(gpt: Gpt, config: LoraConfig = ALL, seed: int = 1) -> Gpt:
    """With an adapter after some steps of an optimizer over all that may learn."""
    attach(gpt, config, seed)
    learning = [parameter for parameter in gpt.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(learning, lr=0.02, weight_decay=0.1)
    for _ in range(4):
        optimizer.zero_grad()
        text = gpt.embed_text(torch.tensor([[261, 259, 20, 21, 40, 0]]))
        hidden = gpt.final_norm(gpt.gpt(torch.cat([text, gpt.embed_codes(torch.arange(9)[None])], dim=1)))
        gpt.audio_logits(hidden[0]).square().mean().backward()
        optimizer.step()
    return gpt


def adapter_of(gpt: Gpt, config: LoraConfig = ALL) -> Adapter:
    return Adapter(config, {name: one.clone() for name, one in adapter_state(gpt).items()}, "xtts-v2", "0" * 16)


@pytest.fixture(scope="module")
def adapter(folder: Path) -> Adapter:
    return adapter_of(trained(plain(folder)))


def test_attached_is_the_base_until_it_learns(folder: Path) -> None:
    gpt = plain(folder)
    before = heard(gpt)
    attach(gpt, ALL, seed=1)
    assert torch.equal(heard(gpt), before)
    assert {name.rpartition(".")[2] for name, one in gpt.named_parameters() if one.requires_grad} == {
        "lora_a",
        "lora_b",
    }


def test_training_moves_the_adapter_alone(folder: Path) -> None:
    untouched, gpt = plain(folder), plain(folder)
    before = heard(gpt)
    trained(gpt)
    assert not torch.allclose(heard(gpt), before, atol=1e-3)
    theirs = {name.replace(".base.", "."): tensor for name, tensor in gpt.state_dict().items()}
    assert all(torch.equal(theirs[name], tensor) for name, tensor in untouched.state_dict().items())
    assert all(tensor.any() for tensor in adapter_state(gpt).values()), "a part has learned nothing"


@pytest.mark.parametrize(
    ("targets", "layers"), [(("attention",), 6), (("mlp",), 6), (("embeddings",), 2), (ALL.targets, 14)]
)
def test_only_the_targets_are_wrapped(folder: Path, targets: tuple, layers: int) -> None:
    gpt = plain(folder)
    attach(gpt, LoraConfig(2, 2.0, 0.0, targets), seed=1)
    assert len(adapter_state(gpt)) == 2 * layers


def test_first_values_come_of_the_seed_alone(folder: Path) -> None:
    one, same, other = plain(folder), plain(folder), plain(folder)
    state = torch.get_rng_state()
    attach(one, ALL, seed=1)
    assert torch.equal(torch.get_rng_state(), state)
    torch.rand(5)
    attach(same, ALL, seed=1)
    attach(other, ALL, seed=2)
    a, b, c = (adapter_state(gpt) for gpt in (one, same, other))
    assert all(torch.equal(a[name], b[name]) for name in a)
    assert not any(torch.equal(a[name], c[name]) for name in a if name.endswith("lora_a"))


def test_merged_is_the_base_and_the_update(folder: Path, adapter: Adapter) -> None:
    base, merged = plain(folder), plain(folder)
    merge(merged, adapter, strength=0.7)
    for name in ("gpt.h.1.attn.c_attn", "gpt.h.2.mlp.c_proj", "text_embedding"):
        low, high = adapter.tensors[f"{name}.lora_a"].double(), adapter.tensors[f"{name}.lora_b"].double()
        by_hand = base.get_parameter(f"{name}.weight").double() + 0.7 * 6.0 / 4 * low @ high
        torch.testing.assert_close(merged.get_parameter(f"{name}.weight").double(), by_hand, rtol=0, atol=1e-6)
    assert torch.equal(merged.get_parameter("text_head.weight"), base.get_parameter("text_head.weight"))


def test_attached_says_what_merged_says(folder: Path) -> None:
    attached = trained(plain(folder))
    merged = plain(folder)
    merge(merged, adapter_of(attached))
    torch.testing.assert_close(heard(attached), heard(merged), rtol=1e-5, atol=1e-5)


def test_strength_goes_from_the_base_to_the_adapter_and_on(folder: Path, adapter: Adapter) -> None:
    def distance(strength: float) -> float:
        gpt = plain(folder)
        merge(gpt, adapter, strength)
        return float((heard(gpt) - before).abs().max())

    before = heard(plain(folder))
    none, half, whole, more = (distance(strength) for strength in (0, 0.5, 1, 1.2))
    assert none == 0
    assert 0 < half < whole < more


def test_a_base_of_16_bits_is_added_to(folder: Path) -> None:
    """While training, the frozen weights may have half their bits: the branch keeps all of its own."""
    attached = trained(plain(folder), replace(ALL, targets=("attention", "mlp")))
    exact = heard(attached)
    for module in attached.modules():
        if hasattr(module, "lora_a"):
            module.base = _Bfloat16(module.base)
    assert all(tensor.dtype == torch.float32 for tensor in adapter_state(attached).values())
    torch.testing.assert_close(heard(attached), exact, rtol=0.1, atol=0.1)
    with torch.autocast("cpu", torch.bfloat16):
        torch.testing.assert_close(heard(attached), exact, rtol=0.2, atol=0.2)


class _Bfloat16(torch.nn.Module):
    def __init__(self, layer: torch.nn.Module) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(layer.weight.detach().bfloat16(), False)
        self.bias = torch.nn.Parameter(layer.bias.detach(), False)

    def forward(self, x: Tensor) -> Tensor:
        return (x.bfloat16() @ self.weight).to(x.dtype) + self.bias


@pytest.mark.parametrize(("dtype", "atol"), [(torch.float32, 1e-5), (torch.bfloat16, 0.15)])
def test_a_branch_beside_the_base_says_what_merged_says(
    folder: Path, adapter: Adapter, dtype: torch.dtype, atol: float
) -> None:
    """Of 16 bits too, as a GPU has it. The base, whose layers are shared, stays as it is."""
    base, merged = plain(folder), plain(folder)
    merge(merged, adapter, 0.7)
    for gpt in (base, merged):
        gpt.set_precision(dtype)
    before = heard(base)
    branched = with_branches(base, placed(adapter, base), 0.7)
    torch.testing.assert_close(heard(branched), heard(merged), rtol=atol, atol=atol)
    assert float((heard(branched) - before).abs().max()) > 3 * atol
    assert torch.equal(heard(base), before)
    assert branched.get_submodule("gpt.h.1.ln_1") is base.get_submodule("gpt.h.1.ln_1")
    with pytest.raises(CheckpointError, match="misshapen"):
        placed(replace(adapter, tensors={name: one.t() for name, one in adapter.tensors.items()}), base)


def test_dropout_is_for_training_alone(folder: Path) -> None:
    gpt = trained(plain(folder), replace(ALL, dropout=0.5))
    assert torch.equal(heard(gpt), heard(gpt))
    layer = gpt.get_submodule("gpt.h.0.mlp.c_fc").train()
    x = torch.ones(3, 128)
    assert not torch.equal(layer(x), layer(x))


def test_saved_and_read_is_the_same(folder: Path, adapter: Adapter, tmp_path: Path) -> None:
    config = LoraConfig(4, 1 / 3, 0.1, ALL.targets)
    adapter = replace(adapter, config=config, base="vox", base_fingerprint=base_fingerprint(plain(folder)))
    save_adapter(tmp_path / "adapter.safetensors", adapter)
    for place in (tmp_path, tmp_path / "adapter.safetensors"):
        read = read_adapter(place)
        assert (read.config, read.base, read.base_fingerprint) == (config, "vox", adapter.base_fingerprint)
        assert read.tensors.keys() == adapter.tensors.keys()
        assert all(torch.equal(read.tensors[name], tensor) for name, tensor in adapter.tensors.items())
    gpt = plain(folder)
    attach(gpt, config, seed=9)
    load_adapter_state(gpt, read.tensors)
    assert all(torch.equal(tensor, adapter.tensors[name]) for name, tensor in adapter_state(gpt).items())


def test_a_fingerprint_is_of_the_weights_alone(folder: Path, tmp_path: Path) -> None:
    network = load_network(folder)
    found = base_fingerprint(network.gpt)
    assert len(found) == 16
    ours = save_network(tmp_path / "ours", network, folder / "vocab.json")
    assert base_fingerprint(plain(ours)) == found
    assert base_fingerprint(plain(folder).state_dict()) == found
    assert base_fingerprint(trained(plain(folder))) == found
    merged = plain(folder)
    small = LoraConfig(1, 1.0, 0.0, ("attention",))
    merge(merged, adapter_of(trained(plain(folder), small), small), 0.1)
    assert base_fingerprint(merged) != found


def test_attaching_to_what_does_not_fit_says_why(folder: Path, adapter: Adapter) -> None:
    gpt = plain(folder)
    attach(gpt, ALL, seed=1)
    name = "gpt.h.0.attn.c_attn.lora_a"
    tensors = dict(adapter.tensors)
    tensors["gpt.h.7.attn.c_attn.lora_a"] = tensors.pop(name)
    tensors["mel_embedding.lora_b"] = torch.zeros(4, 5)
    with pytest.raises(CheckpointError) as told:
        load_adapter_state(gpt, tensors)
    assert f"1 missing: {name}" in told.value.message
    assert "1 surplus: gpt.h.7.attn.c_attn.lora_a" in told.value.message
    assert "1 misshapen: mel_embedding.lora_b (4, 5) instead of (4, 128)" in told.value.message
    with pytest.raises(CheckpointError, match="1 surplus"):
        merge(plain(folder), replace(adapter, tensors=tensors))


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-100])


def _of_another_program(file: Path) -> None:
    safetensors.torch.save_file({"base_model.model.lora_A.weight": torch.ones(2, 2)}, file)


def _without_one(file: Path) -> None:
    adapter = read_adapter(file)
    adapter.tensors.pop("mel_embedding.lora_b")
    save_adapter(file, adapter)


def _not_numbers(file: Path) -> None:
    adapter = read_adapter(file)
    adapter.tensors["mel_embedding.lora_b"][0, 0] = torch.nan
    save_adapter(file, adapter)


def _another_rank(file: Path) -> None:
    adapter = read_adapter(file)
    save_adapter(file, replace(adapter, config=replace(adapter.config, rank=5)))


def _no_rank(file: Path) -> None:
    adapter = read_adapter(file)
    save_adapter(file, replace(adapter, config=replace(adapter.config, rank=0)))


@pytest.mark.parametrize(
    "spoil",
    [_cut, _of_another_program, _without_one, _not_numbers, _another_rank, _no_rank, Path.unlink],
    ids=lambda spoil: spoil.__name__.strip("_"),
)
def test_a_damaged_or_foreign_file_is_refused(adapter: Adapter, tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    file = tmp_path / "adapter.safetensors"
    save_adapter(file, adapter)
    spoil(file)
    with pytest.raises(CheckpointError) as told:
        read_adapter(tmp_path)
    assert told.value.hint


def test_a_full_model_is_blended_with_its_base(folder: Path) -> None:
    base = plain(folder)
    tuned = write_published_folder(folder / "tuned", "tiny", salt="another")
    for strength in (0.0, 0.25, 1.0, 1.2):
        gpt, whole = plain(tuned), plain(tuned)
        blend(gpt, base.state_dict(), strength)
        for name, mixed in gpt.state_dict().items():
            ours, theirs = whole.state_dict()[name], base.state_dict()[name]
            by_hand = theirs.double() + strength * (ours.double() - theirs.double())
            torch.testing.assert_close(mixed.double(), by_hand, rtol=1e-6, atol=1e-6)
            assert strength not in (0.0, 1.0) or torch.equal(mixed, ours if strength else theirs), name


def test_words_that_the_base_lacks_stay_as_they_were_learned(folder: Path) -> None:
    base, gpt, whole = plain(folder), plain(folder / "tuned"), plain(folder / "tuned")
    tensors = dict(base.state_dict())
    for name in ("text_embedding.weight", "text_head.weight", "text_head.bias"):
        tensors[name] = tensors[name][:-7]
    blend(gpt, tensors, 0.0)
    assert torch.equal(gpt.text_embedding.weight[:-7], base.text_embedding.weight[:-7])
    assert torch.equal(gpt.text_embedding.weight[-7:], whole.text_embedding.weight[-7:])
    assert torch.equal(gpt.text_head.bias[-7:], whole.text_head.bias[-7:])


def test_models_of_different_sizes_are_not_blended(folder: Path) -> None:
    gpt = plain(folder)
    tensors = dict(gpt.state_dict())
    tensors["mel_head.bias"] = tensors["mel_head.bias"][:-7]
    before = heard(gpt)
    with pytest.raises(CheckpointError, match="mel_head"):
        blend(gpt, {name: tensor * 2 for name, tensor in tensors.items()}, 0.5)
    assert torch.equal(heard(gpt), before), "changed though it was refused"
