"""Models, their exports and licences."""

from typing import Literal

from pydantic import Field

from xtts_studio.shapes import MOST_STRENGTH, ExportLayout, ModelExport, ModelInfo, Shape


class ModelList(Shape):
    models: list[ModelInfo]


class ExportModelBody(Shape):
    """How a model is to be exported."""

    layout: ExportLayout = "coqui"
    strength: float = Field(1.0, ge=0, le=MOST_STRENGTH, description="0 is the base model, 1 the model as trained.")
    precision: Literal["float32", "float16", "bfloat16"] = "float32"
    speaker: str | None = Field(None, description="A voice whose clip goes along; else a clip of the dataset.")


class ModelExports(Shape):
    exports: list[ModelExport]


class Licence(Shape):
    """The licence of a model's weights."""

    model: str
    name: str
    text: str
    accepted: bool
