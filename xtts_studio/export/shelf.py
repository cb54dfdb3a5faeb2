"""The exports in a workspace: where they lie, listed, removed. No torch."""

import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

from xtts_studio.errors import NotFound
from xtts_studio.shapes import ExportLayout, ModelExport
from xtts_studio.workspace import Workspace, check_name

LAYOUTS: tuple[ExportLayout, ...] = get_args(ExportLayout)


def exports_folder(workspace: Workspace) -> Path:
    return workspace.home / "data" / "exports"


def export_path(workspace: Workspace, model: str, layout: ExportLayout) -> Path:
    """Where the export lies, or would. Raises `InvalidInput` for a name that no model can have."""
    return exports_folder(workspace) / f"{check_name(model, 'model name')}-{layout}.zip"


def list_exports(workspace: Workspace, model: str) -> list[ModelExport]:
    """The exports of a model that are here."""
    paths = ((layout, export_path(workspace, model, layout)) for layout in LAYOUTS)
    return [_read(workspace, model, layout, path) for layout, path in paths if path.is_file()]


def find_export(workspace: Workspace, model: str, layout: ExportLayout) -> Path:
    """The file of an export. Raises `NotFound`."""
    path = export_path(workspace, model, layout)
    if not path.is_file():
        raise NotFound(
            f"The model {model!r} has not been exported as {layout}.",
            hint=f"Export it: xtts-studio models export NAME --layout {layout}.",
        )
    return path


def delete_export(workspace: Workspace, model: str, layout: ExportLayout) -> None:
    """Removes the file of an export. Raises `NotFound`."""
    find_export(workspace, model, layout).unlink(missing_ok=True)


def _read(workspace: Workspace, model: str, layout: ExportLayout, path: Path) -> ModelExport:
    about, said = path.stat(), _comment(path)
    return ModelExport(
        model=check_name(model, "model name"),
        layout=layout,
        file=path.relative_to(workspace.home).as_posix(),
        size_bytes=about.st_size,
        created_at=datetime.fromtimestamp(about.st_mtime, UTC).isoformat(timespec="seconds"),
        strength=said.get("strength"),
        precision=said.get("precision"),
    )


def _comment(path: Path) -> dict[str, Any]:
    """What the zip says of itself; nothing where somebody has put another file there."""
    try:
        with zipfile.ZipFile(path) as archive:
            said = json.loads(archive.comment)
    except (OSError, ValueError, zipfile.BadZipFile):
        return {}
    return said if isinstance(said, dict) else {}
