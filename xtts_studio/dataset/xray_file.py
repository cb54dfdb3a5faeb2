"""`xray.json` in a dataset's folder: what the last x-ray found. Derived: deleting it loses nothing."""

from datetime import UTC, datetime
from pathlib import Path

from xtts_studio.dataset.kept import Kept
from xtts_studio.dataset.metadata import METADATA
from xtts_studio.shapes import Xray
from xtts_studio.workspace import written_whole

XRAY = "xray.json"


def read_xray(folder: Path) -> Xray | None:
    """The last x-ray of the dataset in a folder; None where there is none that can be read. Nobody may change it."""
    return _kept.get(folder / XRAY)


def write_xray(folder: Path, xray: Xray) -> None:
    """Replaces the x-ray of the dataset in a folder, whole."""
    with written_whole(folder / XRAY) as temporary:
        temporary.write_bytes(xray.model_dump_json().encode() + b"\n")


def changed_since(folder: Path, xray: Xray) -> bool:
    """Whether the dataset in a folder has been written since its x-ray was begun or made."""
    written = datetime.fromtimestamp((folder / METADATA).stat().st_mtime, UTC)
    return written > datetime.fromisoformat(xray.made_at)


def _read(path: Path) -> Xray | None:
    try:
        xray = Xray.model_validate_json(path.read_bytes())
        made = datetime.fromisoformat(xray.made_at)
    except (OSError, ValueError):  # a ValidationError is one
        return None
    return xray if made.tzinfo else None


_kept = Kept(_read)
