"""Model folders: what is read, what is refused and by which name, what is written."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.parity.published import STUDIO_VOICE
from xtts_studio.errors import CheckpointError, Conflict
from xtts_studio.xtts.checkpoint import load_dvae, load_network, load_studio_voices, save_network
from xtts_studio.xtts.pickles import read_pickled

GAIN = "hifigan_decoder.waveform_decoder.ups.0.parametrizations.weight.original0"
DIRECTION = GAIN.removesuffix("0") + "1"


@pytest.fixture
def folder(published_tiny: Path, tmp_path: Path) -> Path:
    """A copy of the published folder that may be changed."""
    return Path(shutil.copytree(published_tiny, tmp_path / "model"))


def rewrite(folder: Path, change: Callable[[dict[str, Tensor]], Any]) -> None:
    """Let `change` alter the tensors of model.pth, or return what the whole file shall hold instead."""
    tensors = read_pickled(folder / "model.pth")["model"]
    content = change(tensors)
    (folder / "model.pth").unlink()  # the tensors stay mapped
    torch.save({"model": tensors} if content is None else content, folder / "model.pth")


def refused(folder: Path) -> CheckpointError:
    with pytest.raises(CheckpointError) as caught:
        load_network(folder)
    return caught.value


def test_missing_surplus_and_misshapen_tensors_are_named(folder: Path) -> None:
    def change(tensors: dict[str, Tensor]) -> None:
        del tensors["gpt.final_norm.weight"]
        tensors["gpt.second_final_norm.weight"] = torch.ones(128)
        tensors["gpt.mel_head.bias"] = torch.zeros(257)

    rewrite(folder, change)
    error = refused(folder)
    assert error.details == {
        "missing": ["gpt.final_norm.weight"],
        "surplus": ["gpt.second_final_norm.weight"],
        "misshapen": ["gpt.mel_head.bias (257,) instead of (258,)"],
    }
    for name in ("gpt.final_norm.weight", "gpt.second_final_norm.weight", "gpt.mel_head.bias", "model.pth"):
        assert name in error.message


def test_half_of_a_weight_normed_pair_is_named(folder: Path) -> None:
    rewrite(folder, lambda tensors: {name: tensor for name, tensor in tensors.items() if name != GAIN})
    error = refused(folder)
    assert error.details["surplus"] == [DIRECTION]
    assert error.details["missing"] == ["hifigan_decoder.waveform_decoder.ups.0.weight"]


def test_leftovers_of_training_are_dropped(folder: Path) -> None:
    def change(tensors: dict[str, Tensor]) -> None:
        tensors["torch_mel_spectrogram_style_encoder.mel_stft.spectrogram.window"] = torch.ones(1024)
        tensors["torch_mel_spectrogram_dvae.mel_stft.spectrogram.window"] = torch.ones(1024)
        tensors["dvae.codebook.embed"] = torch.ones(64, 256)
        tensors["gpt.gpt_inference.transformer.h.0.ln_1.weight"] = torch.ones(128)
        tensors["gpt.gpt.wte.weight"] = torch.ones(258, 128)
        tensors["gpt.gpt.h.0.attn.bias"] = torch.ones(1, 1, 8, 8)

    rewrite(folder, change)
    assert load_network(folder).mel_stats.shape == (80,)


def test_names_of_trainer_checkpoints_and_of_older_weight_norm(folder: Path, published_tiny: Path) -> None:
    def change(tensors: dict[str, Tensor]) -> dict[str, Any]:
        renamed = {
            name.replace("parametrizations.weight.original0", "weight_g").replace(
                "parametrizations.weight.original1", "weight_v"
            ): tensor
            for name, tensor in tensors.items()
        }
        return {"model": {f"xtts.{name}": tensor for name, tensor in renamed.items()}, "optimizer": {}, "step": 7}

    rewrite(folder, change)
    assert_same_tensors(load_network(folder).state_dict(), load_network(published_tiny).state_dict())


def test_a_bare_table_of_tensors(folder: Path) -> None:
    rewrite(folder, lambda tensors: dict(tensors))
    assert load_network(folder).mel_stats.shape == (80,)


class Opener:
    """Unpickling this creates a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


def test_code_in_a_checkpoint_is_refused_and_not_run(folder: Path, tmp_path: Path) -> None:
    trap = tmp_path / "ran"
    rewrite(folder, lambda tensors: {"model": dict(tensors), "extra": Opener(trap)})
    assert "pathlib" in refused(folder).message
    assert not trap.exists()


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"PK\x03\x04 cut off"])
def test_other_files_are_refused(folder: Path, content: bytes) -> None:
    (folder / "model.pth").unlink()
    (folder / "model.pth").write_bytes(content)
    assert "model.pth" in refused(folder).message


def test_a_checkpoint_cut_off_while_copying(folder: Path) -> None:
    content = (folder / "model.pth").read_bytes()
    (folder / "model.pth").write_bytes(content[: len(content) // 2])
    assert "part of one" in refused(folder).message


@pytest.mark.parametrize("content", [[1, 2], {"model": {"a": 1}}, {"model": {}}])
def test_checkpoints_that_hold_no_tensors(folder: Path, content: Any) -> None:
    rewrite(folder, lambda _: content)
    assert "expected a" in refused(folder).message


@pytest.mark.parametrize("name", ["config.json", "vocab.json", "model.pth"])
def test_an_absent_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert name in refused(folder).message


def test_a_configuration_of_another_size_is_refused(folder: Path) -> None:
    text = (folder / "config.json").read_text(encoding="utf-8")
    (folder / "config.json").write_text(text.replace('"gpt_layers": 3', '"gpt_layers": 4'), encoding="utf-8")
    assert all(name.startswith("gpt.gpt.h.3.") for name in refused(folder).details["missing"])


def test_saved_model_is_whole_and_the_same(published_tiny: Path, tmp_path: Path) -> None:
    network, dvae = load_network(published_tiny), load_dvae(published_tiny)
    saved = save_network(tmp_path / "own", network, published_tiny / "vocab.json", dvae=dvae)
    assert sorted(path.name for path in saved.iterdir()) == [
        "config.json", "dvae.safetensors", "model.safetensors", "vocab.json",
    ]  # fmt: skip
    moved = saved.rename(tmp_path / "elsewhere")
    again = load_network(moved)
    assert again.config == network.config
    assert_same_tensors(again.state_dict(), network.state_dict())
    assert_same_tensors(load_dvae(moved).state_dict(), dvae.state_dict())


def test_saving_never_overwrites_unasked(published_tiny: Path, tmp_path: Path) -> None:
    network, vocab = load_network(published_tiny), published_tiny / "vocab.json"
    save_network(tmp_path / "own", network, vocab)
    with pytest.raises(Conflict):
        save_network(tmp_path / "own", network, vocab)
    with torch.no_grad():
        network.gpt.final_norm.bias.add_(1)
    save_network(tmp_path / "own", network, vocab, overwrite=True)
    assert_same_tensors(load_network(tmp_path / "own").state_dict(), network.state_dict())
    assert [path.name for path in tmp_path.iterdir()] == ["own"]


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="only Linux lists what is mapped")
def test_loading_reads_no_weight_before_it_is_used(published_tiny: Path) -> None:
    """The GPT's parameters lie in the file's own pages, not in memory of ours."""
    network = load_network(published_tiny)
    storages = {parameter.untyped_storage().data_ptr() for parameter in network.gpt.parameters()}
    lines = [line for line in Path("/proc/self/maps").read_text(encoding="utf-8").splitlines() if "model.pth" in line]
    mapped = [line.split()[0].split("-") for line in lines]
    ranges = [(int(start, 16), int(end, 16)) for start, end in mapped]
    assert all(any(start <= pointer < end for start, end in ranges) for pointer in storages)


def test_studio_voices(published_tiny: Path, tmp_path: Path) -> None:
    voices = load_studio_voices(published_tiny)
    assert list(voices) == [STUDIO_VOICE]
    assert voices[STUDIO_VOICE].gpt_latent.shape == (1, 32, 128)
    assert load_studio_voices(tmp_path) == {}


def assert_same_tensors(got: dict[str, Tensor], want: dict[str, Tensor]) -> None:
    assert got.keys() == want.keys()
    assert all(torch.equal(got[name], want[name]) for name in want)
