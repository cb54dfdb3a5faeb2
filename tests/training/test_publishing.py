"""Kept checkpoints become models: full ones and adapters, whole or not at all, with a card that tells of that step."""

from __future__ import annotations

import shutil
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.cli.conftest import Typist
from tests.training.conftest import settings
from xtts_studio.errors import CheckpointError, Conflict, DiskFull, ModelMissing, NotFound, StudioError
from xtts_studio.events import Artifact, Event, ignore
from xtts_studio.shapes import Audition, PublishRequest, PublishResult
from xtts_studio.training import publishing
from xtts_studio.training.material.vocabulary import extend_vocabulary
from xtts_studio.training.material.vocabulary_rows import grow
from xtts_studio.training.publishing import publish
from xtts_studio.workspace import Workspace, read_json, write_json
from xtts_studio.xtts import Xtts
from xtts_studio.xtts.checkpoint import load_config, load_network
from xtts_studio.xtts.lora import (
    Adapter,
    LoraConfig,
    adapter_state,
    attach,
    base_fingerprint,
    read_adapter,
    save_adapter,
)
from xtts_studio.xtts.storing import write_tensors

RUN = "20240101-000000-abcdef"
LORA = LoraConfig(rank=4, alpha=8)


@pytest.fixture
def workspace(tmp_path: Path, tiny_folder: Path) -> Workspace:
    """The tiny base model, and a run with the checkpoints of steps 4 (full) and 8 (an adapter)."""
    workspace = Workspace(tmp_path / "home")
    shutil.copytree(tiny_folder, workspace.cache / "xtts-v2", copy_function=lambda a, b: Path(b).hardlink_to(a))
    request = settings(dataset_version=3, model_precision="float16").model_dump()
    write_json(run(workspace) / "request.json", {"run_id": RUN, "dataset_fingerprint": "f" * 64, "request": request})
    network = load_network(tiny_folder)
    _adapter(checkpoint(workspace, 8), tiny_folder)
    with torch.no_grad():
        for parameter in network.gpt.parameters():
            parameter *= 1.01
    write_tensors(checkpoint(workspace, 4) / "gpt.safetensors", network.gpt.state_dict())
    return workspace


def run(workspace: Workspace) -> Path:
    return workspace.run(RUN)


def checkpoint(workspace: Workspace, step: int) -> Path:
    """Its folder, made with its progress where it is not there."""
    folder = run(workspace) / "checkpoints" / f"step-{step:08}"
    if not folder.exists():
        folder.mkdir(parents=True)
        write_json(folder / "progress.json", {"step": step, "train_loss": 3.5, "eval_loss": 3.25})
    return folder


def _adapter(folder: Path, base: Path) -> None:
    network = load_network(base)
    fingerprint = base_fingerprint(network.gpt)
    attach(network.gpt, LORA, seed=1)
    tensors = {name: one + 0.01 for name, one in adapter_state(network.gpt).items()}
    save_adapter(folder / "adapter.safetensors", Adapter(LORA, tensors, "xtts-v2", fingerprint))


def published(workspace: Workspace, step: int = 4, name: str = "picked") -> PublishResult:
    return publish(PublishRequest(run_id=RUN, step=step, name=name), workspace, ignore)


def use(workspace: Workspace, **changes: Any) -> None:
    """Changes what the run was begun with."""
    path = run(workspace) / "request.json"
    about = read_json(path)
    write_json(path, about | {"request": about["request"] | changes})


def left(workspace: Workspace) -> list[str]:
    return sorted(path.name for path in workspace.models.iterdir()) if workspace.models.exists() else []


def test_a_checkpoint_becomes_a_whole_model_that_speaks(workspace: Workspace) -> None:
    events: list[Event] = []
    result = publish(PublishRequest(run_id=RUN, step=4, name="picked"), workspace, events.append)
    folder = workspace.model("picked")
    size = sum(path.stat().st_size for path in folder.iterdir())
    assert result == PublishResult(name="picked", step=4, kind="full", size_bytes=size)
    assert {path.name for path in folder.iterdir()} == {"config.json", "vocab.json", "model.safetensors", "card.json"}
    assert Artifact("data/models/picked", "model") in events
    model = Xtts.load(folder, device="cpu")
    voice = next(iter(Xtts.load(workspace.cache / "xtts-v2", device="cpu").studio_voices.values()))
    assert len(model.speak("Good morning.", voice, language="en", greedy=True, max_new_codes=3)) > 0


def test_a_model_of_16_bits_is_half_the_size_and_nearly_the_same(workspace: Workspace) -> None:
    small = published(workspace)
    use(workspace, model_precision="float32")
    whole = published(workspace, name="whole")
    sizes = [(workspace.model(name) / "model.safetensors").stat().st_size for name in ("picked", "whole")]
    assert sizes[0] < 0.55 * sizes[1]
    assert small.size_bytes < whole.size_bytes
    ours, exact = (load_network(workspace.model(name)).state_dict() for name in ("picked", "whole"))
    for name, tensor in exact.items():
        torch.testing.assert_close(ours[name], tensor, rtol=2**-10, atol=1e-6)
        assert ours[name].dtype == tensor.dtype
    assert torch.equal(ours["mel_stats"], exact["mel_stats"])


def test_all_but_the_gpt_is_the_base_s(workspace: Workspace) -> None:
    use(workspace, model_precision="float32")
    published(workspace)
    base = load_network(workspace.cache / "xtts-v2").state_dict()
    for name, tensor in load_network(workspace.model("picked")).state_dict().items():
        if name.startswith("gpt."):
            torch.testing.assert_close(tensor, base[name] * 1.01)
        else:
            assert torch.equal(tensor, base[name]), name


@pytest.mark.parametrize("precision", ["float32", "float16"])
def test_an_adapter_becomes_a_small_model_with_its_base_named(workspace: Workspace, precision: str) -> None:
    use(workspace, model_precision=precision)
    result = published(workspace, step=8, name="small")
    folder = workspace.model("small")
    assert (result.kind, result.step) == ("adapter", 8)
    assert {path.name for path in folder.iterdir()} == {"adapter.safetensors", "card.json"}
    was, now = read_adapter(checkpoint(workspace, 8)), read_adapter(folder)
    assert (now.config, now.base, now.base_fingerprint) == (was.config, "xtts-v2", was.base_fingerprint)
    for name, tensor in was.tensors.items():
        torch.testing.assert_close(now.tensors[name], tensor, rtol=0 if precision == "float32" else 2**-10, atol=1e-7)
    assert read_json(folder / "card.json")["kind"] == "adapter"


def test_a_vocabulary_that_has_grown_goes_along(workspace: Workspace, tiny_folder: Path) -> None:
    vocabulary = run(workspace) / "vocab.json"
    extend_vocabulary(tiny_folder / "vocab.json", [("labas rytas", "lt")] * 5, 6, vocabulary)
    network = load_network(tiny_folder)
    grow(network, tiny_folder / "vocab.json", vocabulary)
    write_tensors(checkpoint(workspace, 4) / "gpt.safetensors", network.gpt.state_dict())
    published(workspace)
    config = load_config(workspace.model("picked"))
    assert config.text_tokens == network.config.text_tokens > load_config(tiny_folder).text_tokens
    assert "lt" in config.languages
    assert load_network(workspace.model("picked")).gpt.text_embedding.weight.shape[0] == config.text_tokens


def test_the_card_tells_of_the_run_and_of_this_step(workspace: Workspace) -> None:
    datasets = [{"name": "harbour", "minutes": 12.5}]
    write_json(
        run(workspace) / "card.json", {"run_id": RUN, "name": "mine", "steps": 9, "step": 9, "datasets": datasets}
    )
    audition = Audition(step=4, epoch=1, created_at="2024-01-01T00:00:00Z", lines=[], score=0.75, similarity=0.9)
    write_json(run(workspace) / "auditions" / "step-00000004" / "audition.json", audition.model_dump())
    published(workspace)
    card = read_json(workspace.model("picked") / "card.json")
    assert (card["name"], card["kind"], card["base"], card["run_id"]) == ("picked", "full", "xtts-v2", RUN)
    assert (card["steps"], card["step"], card["datasets"]) == (9, 4, datasets)
    assert card["losses"] == {"train": 3.5, "eval": 3.25}
    assert (card["scores"]["score"], card["scores"]["similarity"], card["scores"]["cer"]) == (0.75, 0.9, None)


def test_a_run_that_was_stopped_before_it_had_a_card_tells_what_it_began_with(workspace: Workspace) -> None:
    published(workspace)
    card = read_json(workspace.model("picked") / "card.json")
    assert card["dataset"] == {"name": "harbour", "version": 3, "fingerprint": "f" * 64}
    assert (card["step"], card["scores"]) == (4, None)
    assert card["settings"]["learning_rate"] == 1e-3
    assert card["licence"]["name"]


def test_the_same_run_may_replace_its_model_and_others_may_not(workspace: Workspace) -> None:
    published(workspace)
    assert published(workspace, step=8).kind == "adapter"
    assert left(workspace) == ["picked"]
    write_json(workspace.model("picked") / "card.json", {"run_id": "another"})
    for name in ("picked", "xtts-v2"):
        with pytest.raises(Conflict):
            published(workspace, name=name)
    assert read_json(workspace.model("picked") / "card.json") == {"run_id": "another"}


def test_what_is_not_there_is_told(workspace: Workspace) -> None:
    with pytest.raises(NotFound, match="no checkpoint of step 5") as missing:
        published(workspace, step=5)
    assert missing.value.hint == "It has kept: 4, 8."
    with pytest.raises(NotFound, match="no run 'other'"):
        publish(PublishRequest(run_id="other", step=4, name="picked"), workspace, ignore)
    shutil.rmtree(workspace.cache / "xtts-v2")
    with pytest.raises(ModelMissing):
        published(workspace)
    assert left(workspace) == []


def damaged(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return tensors | {"final_norm.weight": tensors["final_norm.weight"] * torch.nan}


def of_another_size(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return tensors | {"final_norm.weight": torch.ones(7)}


@pytest.mark.parametrize(("change", "told"), [(damaged, "not numbers"), (of_another_size, "does not fit")])
def test_a_damaged_checkpoint_becomes_no_model(workspace: Workspace, change: Any, told: str) -> None:
    file = checkpoint(workspace, 4) / "gpt.safetensors"
    write_tensors(file, change(load_network(workspace.cache / "xtts-v2").gpt.state_dict()))
    with pytest.raises(CheckpointError, match=told):
        published(workspace)
    file.write_bytes(b"half a file")
    with pytest.raises(CheckpointError, match="can't be used"):
        published(workspace)
    assert left(workspace) == []


def test_the_command_line_publishes_a_checkpoint(workspace: Workspace) -> None:
    typist = Typist(workspace.home)
    told = typist.enters("models", "publish", RUN, "--step", "8", "--name", "early").stdout
    assert "Model early: step 8" in told
    assert (workspace.model("early") / "adapter.safetensors").exists()
    assert "It has kept: 4, 8" in typist.is_told("models", "publish", RUN, "--step", "5", "--name", "late")


def test_a_full_disk_leaves_the_model_before(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    published(workspace, step=8)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(publishing, "write_tensors", full)
    with pytest.raises(DiskFull):
        published(workspace)
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(1 << 40, 1 << 40, 1_000_000))
    with pytest.raises(DiskFull, match="1 MB are free"):
        published(workspace)
    assert left(workspace) == ["picked"]
    assert (workspace.model("picked") / "adapter.safetensors").exists()


def test_a_model_that_reads_back_differently_never_appears(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def careless(file: Path, tensors: dict[str, Tensor]) -> None:
        write_tensors(file, tensors | {"gpt.final_norm.weight": tensors["gpt.final_norm.weight"] * 2})

    monkeypatch.setattr(publishing, "write_tensors", careless)
    with pytest.raises(StudioError, match="reads back differently"):
        published(workspace)
    assert left(workspace) == []
