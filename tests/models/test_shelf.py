"""Which models are in a workspace, where they lie, and removing them."""

import json
from pathlib import Path

import pytest

from xtts_studio import models
from xtts_studio.errors import Conflict, InvalidInput, ModelMissing, NotFound
from xtts_studio.shapes import BASE_MODEL, ModelInfo
from xtts_studio.workspace import Workspace

WHOLE = ("config.json", "vocab.json", "model.safetensors")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def put(folder: Path, *names: str, card: object = None) -> Path:
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).write_bytes(b"0123456789")
    if card is not None:
        (folder / "card.json").write_text(card if isinstance(card, str) else json.dumps(card))
    return folder


def info(workspace: Workspace, name: str) -> ModelInfo:
    return next(model for model in models.list_models(workspace) if model.name == name)


def test_an_empty_workspace_lists_what_can_be_fetched(workspace: Workspace) -> None:
    found = models.list_models(workspace)
    assert not any(model.present for model in found)
    assert [model.name for model in found][:3] == [BASE_MODEL, "tiny", "base"]
    assert found[0].licence == "CPML"
    assert found[0].size_bytes == pytest.approx(2.09e9, rel=0.01)
    assert not any(model.missing_files for model in found)


def test_the_base_model_tells_what_it_lacks(workspace: Workspace) -> None:
    folder = put(workspace.cache / BASE_MODEL, "config.json", "vocab.json")
    assert info(workspace, BASE_MODEL).present is False
    assert info(workspace, BASE_MODEL).missing_files == ["mel_stats.pth", "speakers_xtts.pth", "dvae.pth", "model.pth"]
    with pytest.raises(ModelMissing) as error:
        models.find_xtts(workspace, BASE_MODEL)
    assert "models pull xtts-v2" in error.value.hint
    (folder / "model.pth").touch()
    assert info(workspace, BASE_MODEL).present
    assert info(workspace, BASE_MODEL).size_bytes == 20
    assert models.find_xtts(workspace, BASE_MODEL) == folder


def test_a_model_of_ours_as_the_base_lacks_nothing(workspace: Workspace) -> None:
    put(workspace.cache / BASE_MODEL, "config.json", "vocab.json", "model.safetensors", "dvae.safetensors")
    assert info(workspace, BASE_MODEL).missing_files == ["speakers_xtts.pth"]


def test_fine_tuned_models_are_listed_newest_first_with_their_cards(workspace: Workspace) -> None:
    files = ("config.json", "vocab.json", "model.safetensors")
    put(workspace.models / "old", *files, card={"base": BASE_MODEL, "created_at": "2020-01-01T00:00:00+00:00"})
    put(workspace.models / "new", *files, card={"base": "old", "created_at": "2021-01-01T00:00:00+00:00"})
    put(workspace.models / ".new.partial", *files)
    tuned = [model for model in models.list_models(workspace) if model.kind == "full"]
    assert [(model.name, model.base, model.present) for model in tuned] == [
        ("new", "old", True),
        ("old", BASE_MODEL, True),
    ]
    assert models.find_xtts(workspace, "new") == workspace.model("new")


@pytest.mark.parametrize("card", ["not json", "[1]", None])
def test_a_damaged_card_does_not_hide_a_model(card: str | None, workspace: Workspace) -> None:
    put(workspace.models / "anna", "config.json", "vocab.json", "model.safetensors", card=card)
    assert info(workspace, "anna").present
    assert info(workspace, "anna").card == {}


def test_an_adapter_is_told_apart(workspace: Workspace) -> None:
    put(workspace.models / "anna", "adapter.safetensors", card={"base": BASE_MODEL})
    assert (info(workspace, "anna").kind, info(workspace, "anna").present) == ("adapter", False)
    with pytest.raises(ModelMissing, match="adapter of xtts-v2") as error:
        models.find_xtts(workspace, "anna")
    assert "models pull xtts-v2" in error.value.hint
    base = put(workspace.cache / BASE_MODEL, *WHOLE)
    assert info(workspace, "anna").present
    assert models.find_xtts(workspace, "anna") == workspace.model("anna")
    assert models.find_base(workspace, "anna") == models.find_whole(workspace, "anna") == base


def test_a_whole_model_needs_its_base_for_its_strength_alone(workspace: Workspace) -> None:
    folder = put(workspace.models / "anna", *WHOLE, card={"base": "berta"})
    assert models.find_xtts(workspace, "anna") == models.find_whole(workspace, "anna") == folder
    with pytest.raises(ModelMissing, match="made from berta, which is not here"):
        models.find_base(workspace, "anna")
    base = put(workspace.models / "berta", *WHOLE)
    assert models.find_base(workspace, "anna") == base
    models.remove(workspace, "berta")
    assert info(workspace, "anna").present


def test_an_adapter_stands_on_no_other_adapter(workspace: Workspace) -> None:
    put(workspace.cache / BASE_MODEL, *WHOLE)
    put(workspace.models / "anna", "adapter.safetensors", card={"base": BASE_MODEL})
    put(workspace.models / "berta", "adapter.safetensors", card={"base": "anna"})
    put(workspace.models / "clara", "adapter.safetensors", card={"base": "../clara"})
    assert [info(workspace, name).present for name in ("anna", "berta", "clara")] == [True, False, False]
    with pytest.raises(ModelMissing, match="anna, which is an adapter itself"):
        models.find_xtts(workspace, "berta")


def test_a_model_that_adapters_need_is_not_removed(workspace: Workspace) -> None:
    put(workspace.models / "anna", *WHOLE)
    for name in ("berta", "clara"):
        put(workspace.models / name, "adapter.safetensors", card={"base": "anna"})
    with pytest.raises(Conflict, match="berta, clara"):
        models.remove(workspace, "anna")
    models.remove(workspace, "berta")
    models.remove(workspace, "clara")
    models.remove(workspace, "anna")
    assert not list(workspace.models.iterdir())


def test_a_whisper_model_of_ones_own_is_listed(workspace: Workspace) -> None:
    put(workspace.cache / "whisper" / "mine", "config.json", "model.bin", "tokenizer.json", "vocabulary.json")
    assert info(workspace, "mine").present
    assert models.find_whisper(workspace, "mine") == workspace.cache / "whisper" / "mine"


def test_a_missing_whisper_model_says_how_to_get_it(workspace: Workspace) -> None:
    with pytest.raises(ModelMissing) as error:
        models.find_whisper(workspace, "turbo")
    assert "models pull large-v3-turbo" in error.value.hint
    with pytest.raises(ModelMissing) as error:
        models.find_whisper(workspace, "mine")
    assert "--from FOLDER" in error.value.hint


@pytest.mark.parametrize("name", ["../evil", "", "a/b", "..", "con"])
def test_a_name_that_leaves_its_folder_is_refused(name: str, workspace: Workspace) -> None:
    for find in (models.find_xtts, models.find_whisper, models.remove):
        with pytest.raises(InvalidInput):
            find(workspace, name)


def test_an_unknown_model_names_the_known_ones(workspace: Workspace) -> None:
    put(workspace.models / "anna", "config.json")
    with pytest.raises(NotFound) as error:
        models.find_xtts(workspace, "berta")
    assert "anna" in error.value.hint


def test_removing_takes_one_model_and_no_other(workspace: Workspace) -> None:
    put(workspace.models / "anna", "config.json")
    put(workspace.models / "berta", "config.json")
    models.remove(workspace, "anna")
    assert [path.name for path in workspace.models.iterdir()] == ["berta"]
    with pytest.raises(NotFound):
        models.remove(workspace, "anna")


def test_a_name_that_two_models_share_is_not_guessed(workspace: Workspace) -> None:
    put(workspace.models / "tiny", "config.json")
    put(workspace.cache / "whisper" / "tiny", "config.json")
    with pytest.raises(Conflict):
        models.remove(workspace, "tiny")
    models.remove(workspace, "tiny", "whisper")
    assert (workspace.models / "tiny").is_dir()
