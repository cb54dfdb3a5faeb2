"""What is exported: a model at the asked strength, with its base and its card."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xtts_studio.errors import StudioError
from xtts_studio.models.shelf import base_folder, find_base, find_xtts
from xtts_studio.workspace import Workspace, read_json
from xtts_studio.xtts.checkpoint import Network
from xtts_studio.xtts.strength import is_adapter, load_at

CARD = "card.json"


@dataclass(frozen=True)
class Source:
    """A model of the workspace, loaded at its strength.

    folder  its own
    whole   where its config.json and vocab.json are: its own, or its base's
    base    of the model it was trained from, or of the official one
    """

    name: str
    folder: Path
    whole: Path
    base: Path
    card: dict[str, Any]
    network: Network

    @property
    def is_merged(self) -> bool:
        """Whether it is an adapter, which leaves as a whole model."""
        return is_adapter(self.folder)

    def find(self, *names: str) -> Path | None:
        """The first of the files that the model has, or else its base."""
        folders = dict.fromkeys((self.folder, self.base))
        return next((folder / name for folder in folders for name in names if (folder / name).is_file()), None)


def open_source(workspace: Workspace, name: str, strength: float) -> Source:
    """Loads the model `name`.

    Raises `NotFound`, `ModelMissing` where its base is needed and not here, `CheckpointError` for damaged files and for
    an adapter of another base.
    """
    folder = find_xtts(workspace, name)
    base = _base(workspace, name, needed=strength != 1)
    card = {"name": name, "kind": "base"} if base is None else _card(folder)
    network, whole = load_at(folder, base, strength)
    return Source(folder.name, folder, whole, base or folder, card, network)


def _base(workspace: Workspace, name: str, *, needed: bool) -> Path | None:
    """None for the base model itself; the official one's folder where that of the model is neither here nor needed."""
    try:
        return find_base(workspace, name)
    except StudioError:
        if needed:
            raise
        return base_folder(workspace)


def _card(folder: Path) -> dict[str, Any]:
    """card.json; models of elsewhere have none, and a damaged one must not stand in the way."""
    try:
        card = read_json(folder / CARD)
    except (OSError, ValueError):
        card = None
    return card if isinstance(card, dict) else {"name": folder.name, "kind": "full"}
