"""Whether a model may have a name. Needs no torch: routes ask."""

from pathlib import Path

from xtts_studio.errors import Conflict
from xtts_studio.shapes import BASE_MODEL
from xtts_studio.workspace import read_json

CARD = "card.json"


def refuse_taken_name(model: Path, run_id: str | None) -> None:
    """Raises `Conflict` unless `model` is free, or holds what this very run made before."""
    if model.name.casefold() == BASE_MODEL:
        raise Conflict(f"{model.name!r} is the base model's name.", hint="Choose another name.")
    if not model.exists():
        return
    try:
        made_by = read_json(model / CARD).get("run_id")
    except (OSError, ValueError, AttributeError):
        made_by = None
    if made_by is None or made_by != run_id:
        raise Conflict(f"There is already a model named {model.name!r}.", hint="Choose another name.")
