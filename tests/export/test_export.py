"""Models for other programs: what is in each zip, that it is the model, and that nothing half is ever left."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from filelock import FileLock
from torch import Tensor

from tests.export.conftest import ADAPTER, BEST_CLIP, DATASET, LORA, MODEL, VOICE, card, export, unpacked
from tests.parity.published import GOLDEN, torch_tensors
from xtts_studio.errors import Cancelled, CheckpointError, DiskFull, InvalidInput, ModelMissing, NotFound, StudioError
from xtts_studio.events import Event, Progress
from xtts_studio.export import folder as writing, shelf
from xtts_studio.export.steps import export_model
from xtts_studio.shapes import ExportLayout, ExportModelRequest
from xtts_studio.workspace import Workspace, write_json
from xtts_studio.xtts.adapter_file import Adapter, read_adapter, save_adapter
from xtts_studio.xtts.checkpoint import load_dvae, load_network, load_studio_voices
from xtts_studio.xtts.storing import in_precision, unfold_weight_norm
from xtts_studio.xtts.vocoder import fold_weight_norm

ABOUT = {"card.json", "MODEL_CARD.md"}
PUBLISHED = {"config.json", "vocab.json", "model.pth"}
COMPANIONS = {"speakers_xtts.pth", "mel_stats.pth", "dvae.pth"}
FILES: dict[ExportLayout, set[str]] = {
    "xtts-studio": {f"anna/{name}" for name in {"config.json", "vocab.json", "model.safetensors"} | ABOUT},
    "coqui": {f"anna/{name}" for name in PUBLISHED | COMPANIONS | ABOUT | {"reference.wav"}},
    "xtts-api-server": {"speakers/anna.wav"}
    | {f"xtts_models/anna/{name}" for name in PUBLISHED | ABOUT | {"speakers_xtts.pth"}},
    "alltalk": {"voices/anna.wav"} | {f"models/xtts/anna/{name}" for name in PUBLISHED | COMPANIONS | ABOUT},
    "ebook2audiobook": PUBLISHED | ABOUT | {"ref.wav"},
}
CLIPS: dict[ExportLayout, str] = {
    "coqui": "anna/reference.wav",
    "xtts-api-server": "speakers/anna.wav",
    "alltalk": "voices/anna.wav",
    "ebook2audiobook": "ref.wav",
}


@pytest.mark.parametrize("layout", FILES)
def test_each_program_gets_its_files_where_it_looks_for_them(
    workspace: Workspace, tmp_path: Path, layout: ExportLayout
) -> None:
    result = export(workspace, layout=layout)
    assert set(result.files) == FILES[layout] | {"README.txt"}
    assert result.notices == []
    assert result.file == f"data/exports/anna-{layout}.zip"
    folder = unpacked(workspace, result, tmp_path / "out")
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} == set(result.files)
    assert result.size_bytes == (workspace.home / result.file).stat().st_size
    assert "anna" in (folder / "README.txt").read_text(encoding="utf-8")
    if layout in CLIPS:
        best = workspace.dataset(DATASET) / BEST_CLIP
        assert (folder / CLIPS[layout]).read_bytes() == best.read_bytes()


def test_the_coqui_folder_is_the_model_under_the_published_names(workspace: Workspace, tmp_path: Path) -> None:
    folder = unpacked(workspace, export(workspace, layout="coqui"), tmp_path / "out") / MODEL
    written = torch.load(folder / "model.pth", weights_only=True)["model"]
    published = torch_tensors(GOLDEN / "manifest_tiny.json")
    assert {name: tuple(one.shape) for name, one in written.items()} == {
        name: tuple(one.shape) for name, one in published.items()
    }
    same(load_network(folder).state_dict(), load_network(workspace.model(MODEL)).state_dict(), rtol=1e-6)
    assert load_studio_voices(folder).keys() == load_studio_voices(workspace.cache / "xtts-v2").keys()
    load_dvae(folder)
    assert torch.equal(torch.load(folder / "mel_stats.pth", weights_only=True), load_network(folder).mel_stats)


def test_the_coqui_configuration_is_the_published_one_with_the_model_s_sizes(
    workspace: Workspace, tmp_path: Path
) -> None:
    path = workspace.cache / "xtts-v2" / "config.json"
    published = json.loads(path.read_text())
    published["model_args"] |= {"tokenizer_file": "/home/somebody/vocab.json", "gpt_number_text_tokens": 5}
    path.unlink()  # not what it is linked to
    path.write_text(json.dumps(published))
    folder = unpacked(workspace, export(workspace, layout="coqui"), tmp_path / "out") / MODEL
    written = json.loads((folder / "config.json").read_text())
    assert written.keys() == published.keys()
    assert written["model_args"].keys() == published["model_args"].keys()
    assert written["model_args"]["gpt_number_text_tokens"] == 6681
    assert written["model_args"]["tokenizer_file"] == ""
    assert written["model_args"]["kv_cache"] is True


def test_our_own_export_can_be_taken_over_again(workspace: Workspace, tmp_path: Path) -> None:
    folder = unpacked(workspace, export(workspace, layout="xtts-studio"), tmp_path / "out") / MODEL
    same(load_network(folder).state_dict(), load_network(workspace.model(MODEL)).state_dict())
    written = json.loads((folder / "card.json").read_text())
    export_settings = {"layout": "xtts-studio", "strength": 1.0, "precision": "float32", "merged": False}
    assert written == card("full") | {"export": export_settings}
    assert "CPML" in (folder / "MODEL_CARD.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("model", [MODEL, ADAPTER])
def test_strength_0_is_the_base_and_strengths_between_lie_between(
    workspace: Workspace, tmp_path: Path, model: str
) -> None:
    base = load_network(workspace.cache / "xtts-v2").state_dict()

    def at(strength: float) -> dict[str, Tensor]:
        result = export(workspace, model=model, layout="xtts-studio", strength=strength)
        return load_network(unpacked(workspace, result, tmp_path / str(strength)) / model).state_dict()

    same(at(0), base)
    name = "gpt.gpt.h.1.attn.c_attn.weight"
    whole, half = at(1)[name] - base[name], at(0.5)[name] - base[name]
    assert whole.abs().max() > 0
    torch.testing.assert_close(half, whole / 2, rtol=0, atol=1e-6)


def test_an_adapter_is_merged(workspace: Workspace, tmp_path: Path) -> None:
    result = export(workspace, model=ADAPTER, layout="coqui")
    folder = unpacked(workspace, result, tmp_path / "out") / ADAPTER
    assert "merged into its base" in (folder / "MODEL_CARD.md").read_text(encoding="utf-8")
    merged = load_network(folder).state_dict()
    tensors = read_adapter(workspace.model(ADAPTER)).tensors
    update = tensors["gpt.h.0.mlp.c_fc.lora_a"] @ tensors["gpt.h.0.mlp.c_fc.lora_b"] * LORA.scale
    base = load_network(workspace.cache / "xtts-v2").state_dict()["gpt.gpt.h.0.mlp.c_fc.weight"]
    torch.testing.assert_close(merged["gpt.gpt.h.0.mlp.c_fc.weight"], base + update)


def test_an_adapter_of_another_base_is_refused(workspace: Workspace) -> None:
    found = read_adapter(workspace.model(ADAPTER))
    path = workspace.model(ADAPTER) / "adapter.safetensors"
    path.unlink()
    save_adapter(path, Adapter(found.config, found.tensors, "xtts-v2", "0" * 16))
    with pytest.raises(CheckpointError, match="other weights of xtts-v2"):
        export(workspace, model=ADAPTER)
    assert left(workspace) == []


@pytest.mark.parametrize(
    ("layout", "precision", "tolerance"), [("coqui", "float16", 2**-10), ("xtts-studio", "bfloat16", 2**-7)]
)
def test_16_bits_are_half_the_size_and_nearly_the_same(
    workspace: Workspace, tmp_path: Path, layout: ExportLayout, precision: str, tolerance: float
) -> None:
    weights = f"anna/{'model.safetensors' if layout == 'xtts-studio' else 'model.pth'}"
    whole = unpacked(workspace, export(workspace, layout=layout), tmp_path / "32") / weights
    small = unpacked(workspace, export(workspace, layout=layout, precision=precision), tmp_path / "16") / weights
    assert small.stat().st_size < 0.55 * whole.stat().st_size
    same(load_network(small.parent).state_dict(), load_network(whole.parent).state_dict(), tolerance, 1e-6)
    assert torch.equal(load_network(small.parent).mel_stats, load_network(whole.parent).mel_stats)


def test_what_16_bits_have_no_room_for_keeps_32() -> None:
    tensors = {"large": torch.tensor([1.0, 1e6]), "small": torch.ones(2), "count": torch.tensor(7), "mel_stats": ONE}
    stored = in_precision(tensors, "float16")
    assert [stored[name].dtype for name in tensors] == [torch.float32, torch.float16, torch.int64, torch.float32]
    assert in_precision(tensors, "bfloat16")["large"].dtype == torch.bfloat16


ONE = torch.ones(80)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_weight_norm_unfolds_and_folds_to_the_same_even_where_a_filter_is_zero(dtype: torch.dtype) -> None:
    name = "hifigan_decoder.waveform_decoder.ups.0.weight"
    weight = torch.randn(6, 4, 3, generator=torch.Generator().manual_seed(0)).to(dtype)
    weight[2] = 0
    folded = fold_weight_norm({key: one.float() for key, one in unfold_weight_norm({name: weight}).items()})
    torch.testing.assert_close(folded[name], weight.float(), rtol=1e-6, atol=0)


def test_a_named_voice_gives_its_best_clip(workspace: Workspace, tmp_path: Path) -> None:
    result = export(workspace, layout="ebook2audiobook", speaker=VOICE)
    clip = unpacked(workspace, result, tmp_path / "out") / "ref.wav"
    assert clip.read_bytes() == (workspace.speaker(VOICE) / "clip_002.wav").read_bytes()
    with pytest.raises(NotFound, match="no voice 'Nobody'"):
        export(workspace, speaker="Nobody")
    with pytest.raises(InvalidInput, match="takes no clip"):
        export(workspace, layout="xtts-studio", speaker=VOICE)


def test_without_a_clip_the_zip_says_what_is_missing(workspace: Workspace) -> None:
    shutil.rmtree(workspace.dataset(DATASET))
    result = export(workspace, layout="alltalk")
    assert "voices/anna.wav" not in result.files
    assert any("harbour" in notice for notice in result.notices)
    assert any("voices/anna.wav" in notice for notice in result.notices)


def test_what_alltalk_needs_and_nobody_has_is_told(workspace: Workspace) -> None:
    (workspace.cache / "xtts-v2" / "speakers_xtts.pth").unlink()
    notices = export(workspace, layout="alltalk").notices
    assert len(notices) == 1
    assert notices[0].startswith("speakers_xtts.pth is neither")
    assert export(workspace, layout="coqui").notices == []


def test_a_model_of_elsewhere_without_card_and_base_is_exported_as_it_is(workspace: Workspace) -> None:
    (workspace.model(MODEL) / "card.json").unlink()
    shutil.rmtree(workspace.cache / "xtts-v2")
    result = export(workspace, layout="coqui")
    assert "anna/model.pth" in result.files
    assert "anna/dvae.pth" not in result.files
    with pytest.raises(ModelMissing, match="xtts-v2"):
        export(workspace, strength=0.5)
    with pytest.raises(NotFound, match="no model 'bert'"):
        export(workspace, model="bert")


def test_the_base_model_itself_can_be_exported(workspace: Workspace, tmp_path: Path) -> None:
    result = export(workspace, model="xtts-v2", layout="coqui", strength=0.3)
    folder = unpacked(workspace, result, tmp_path / "out") / "xtts-v2"
    same(load_network(folder).state_dict(), load_network(workspace.cache / "xtts-v2").state_dict(), rtol=1e-6)


def shifted(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return tensors | {"gpt.final_norm.weight": tensors["gpt.final_norm.weight"] + 0.001}


def without_one(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor for name, tensor in tensors.items() if name != "gpt.final_norm.weight"}


def broken(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return tensors | {"gpt.final_norm.weight": tensors["gpt.final_norm.weight"] * torch.nan}


@pytest.mark.parametrize(
    ("layout", "damage", "told"),
    [
        ("xtts-studio", shifted, "not what was to be written"),
        ("coqui", shifted, "not what was to be written"),
        ("coqui", without_one, "missing"),
        ("coqui", broken, "not numbers"),
    ],
)
def test_a_file_that_is_not_the_model_never_appears(
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    layout: ExportLayout,
    damage: Callable[[dict[str, Tensor]], dict[str, Tensor]],
    told: str,
) -> None:
    write = writing.write_weights
    monkeypatch.setattr(writing, "write_weights", lambda file, tensors: write(file, damage(tensors)))
    with pytest.raises(StudioError, match=told) as failure:
        export(workspace, layout=layout)
    assert "failed its test" in failure.value.message
    assert left(workspace) == []


def test_a_failing_export_leaves_the_one_before(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    before = workspace.home / export(workspace, strength=0.5).file
    content = before.read_bytes()
    write = writing.write_weights
    monkeypatch.setattr(writing, "write_weights", lambda file, tensors: write(file, shifted(tensors)))
    with pytest.raises(StudioError):
        export(workspace)
    assert left(workspace) == [before.name]
    assert before.read_bytes() == content
    (found,) = shelf.list_exports(workspace, MODEL)
    assert (found.layout, found.strength, found.precision, found.size_bytes) == ("coqui", 0.5, "float32", len(content))


def test_a_vocabulary_of_another_model_is_caught(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = shutil.copyfile

    def shorter(source: Path, target: Path) -> None:
        copy(source, target)
        if target.name == "vocab.json":
            content = json.loads(target.read_text())
            content["model"]["vocab"].pop(max(content["model"]["vocab"], key=content["model"]["vocab"].__getitem__))
            target.write_text(json.dumps(content))

    monkeypatch.setattr(writing.shutil, "copyfile", shorter)
    with pytest.raises(StudioError, match="failed its test"):
        export(workspace)
    assert left(workspace) == []


def test_a_full_disk_is_told_before_anything_is_written(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(1 << 40, 1 << 40, 105_000_000))
    monkeypatch.setattr(writing, "write_weights", None)
    with pytest.raises(DiskFull, match="105 MB are free"):
        export(workspace)
    assert left(workspace) == []


def test_a_disk_that_fills_up_meanwhile_leaves_nothing(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing, "write_weights", full)
    with pytest.raises(DiskFull):
        export(workspace)
    assert left(workspace) == []


@pytest.mark.parametrize("share", [0.0, 0.5, 0.98])
def test_a_cancelled_export_leaves_nothing(workspace: Workspace, share: float) -> None:
    def cancel(event: Event) -> None:
        if isinstance(event, Progress) and event.fraction >= share:
            raise Cancelled

    with pytest.raises(Cancelled):
        export_model(ExportModelRequest(model=MODEL), workspace, cancel)
    assert left(workspace) == []


def test_progress_never_goes_back_and_ends_at_1(workspace: Workspace) -> None:
    events: list[Event] = []
    export_model(ExportModelRequest(model=MODEL), workspace, events.append)
    fractions = [event.fraction for event in events if isinstance(event, Progress)]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    assert events[-2].path == "data/exports/anna-coqui.zip"  # type: ignore[union-attr]


def test_a_strange_file_among_the_exports_is_listed_without_details(workspace: Workspace) -> None:
    path = shelf.export_path(workspace, MODEL, "alltalk")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"no zip")
    (found,) = shelf.list_exports(workspace, MODEL)
    assert (found.layout, found.strength) == ("alltalk", None)
    with zipfile.ZipFile(path, "w") as archive:
        archive.comment = b"[1]"
    assert shelf.list_exports(workspace, MODEL)[0].precision is None
    shelf.delete_export(workspace, MODEL, "alltalk")
    with pytest.raises(NotFound):
        shelf.find_export(workspace, MODEL, "alltalk")


def test_a_damaged_card_is_no_hindrance(workspace: Workspace) -> None:
    path = workspace.model(MODEL) / "card.json"
    path.unlink()
    write_json(path, [1, 2])
    result = export(workspace, layout="xtts-api-server")
    assert any("card names no dataset" in notice for notice in result.notices)


def test_what_a_killed_export_has_left_goes_with_the_next_and_that_of_a_living_one_stays(workspace: Workspace) -> None:
    folder = shelf.exports_folder(workspace)
    for name in (".anna-coqui.dead.partial", ".anna-coqui.alive.partial"):
        (folder / name).mkdir(parents=True)
        (folder / name / "anna-coqui.zip").write_bytes(b"half")
        os.utime(folder / name, (0, 0))
    with FileLock(folder / ".anna-coqui.alive.partial" / ".lock"):
        os.utime(folder / ".anna-coqui.alive.partial", (0, 0))
        export(workspace)
    assert left(workspace) == [".anna-coqui.alive.partial", "anna-coqui.zip"]


def same(found: dict[str, Tensor], expected: dict[str, Tensor], rtol: float = 0, atol: float = 0) -> None:
    """Every tensor equals its counterpart, within `rtol` of itself and `atol`."""
    assert found.keys() == expected.keys()
    for name, tensor in expected.items():
        torch.testing.assert_close(found[name], tensor, rtol=rtol, atol=atol, msg=lambda text, name=name: name + text)


def left(workspace: Workspace) -> list[str]:
    """What is in the folder of exports, hidden files too."""
    folder = shelf.exports_folder(workspace)
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []
