"""Models on disk, and how they leave it."""

from typing import Any, Literal

from pydantic import Field

from xtts_studio.shapes.base import Shape
from xtts_studio.shapes.speech import MOST_STRENGTH


class ModelInfo(Shape):
    """A model that is here, or could be fetched."""

    name: str
    kind: Literal["base", "full", "adapter", "whisper"]
    present: bool
    base: str | None = None
    size_bytes: int | None = None
    created_at: str | None = None
    licence: str | None = None
    missing_files: list[str] = []
    card: dict[str, Any] = {}


class PullRequest(Shape):
    """Fetch a model into the cache."""

    name: str = Field(description="xtts-v2, or a Whisper model: tiny, base, small, medium, large-v3, …")
    source: str | None = Field(
        None, description="A folder on this machine, or a base URL, instead of the Hugging Face Hub."
    )
    accept_licence: bool = False


class PullResult(Shape):
    name: str
    path: str
    size_bytes: int
    notices: list[str] = []


ExportLayout = Literal["xtts-studio", "coqui", "xtts-api-server", "alltalk", "ebook2audiobook"]


class ExportModelRequest(Shape):
    """Write a model as another program wants it, one zip file, and prove that it loads."""

    model: str
    layout: ExportLayout = "coqui"
    strength: float = Field(1.0, ge=0, le=MOST_STRENGTH, description="0 is the base model, 1 the model as trained.")
    precision: Literal["float32", "float16", "bfloat16"] = "float32"
    speaker: str | None = Field(None, description="A voice whose clip becomes the reference; else one of the dataset.")


class ModelExport(Shape):
    """An export that is here. `strength` and `precision` are what it was made with."""

    model: str
    layout: ExportLayout
    file: str = Field(description="Relative to the workspace.")
    size_bytes: int
    created_at: str
    strength: float | None = None
    precision: str | None = None


class ExportModelResult(Shape):
    model: str
    layout: ExportLayout
    file: str = Field(description="Relative to the workspace.")
    size_bytes: int
    files: list[str]
    notices: list[str] = []
