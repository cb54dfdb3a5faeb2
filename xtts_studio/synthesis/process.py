"""What a process that speaks has one of."""

import threading
from functools import cache

from xtts_studio.models import find_base, find_xtts
from xtts_studio.settings import Settings
from xtts_studio.synthesis.engine import Engine
from xtts_studio.synthesis.loaded import LoadedModel
from xtts_studio.workspace import Workspace
from xtts_studio.xtts.choice import keep_in
from xtts_studio.xtts.strength import is_adapter

_making = threading.Lock()  # the first requests come together, and a second engine would load all models again


def engine() -> Engine:
    """The engine of this process."""
    with _making:
        return _engine()


def model_named(workspace: Workspace, name: str, precision: str | None = None, strength: float = 1.0) -> LoadedModel:
    """A model of the workspace in memory. strength: how much of its fine-tuning it speaks with.

    Raises `NotFound` for an unknown model, `ModelMissing` where it, or the base it needs, is not here, and what
    `Engine.model` raises.
    """
    folder = find_xtts(workspace, name)
    base = find_base(workspace, name) if strength != 1 or is_adapter(folder) else None
    return engine().model(folder, precision, strength, base)


def forget_engine() -> None:
    """The next `engine` is a new one, with nothing loaded; this one lets its models go. Call when nobody speaks."""
    with _making:
        if _engine.cache_info().currsize:
            _engine().close()
        _engine.cache_clear()


@cache
def _engine() -> Engine:
    settings = Settings()
    keep_in(Workspace(settings.home).cache / "choices.json")
    return Engine(settings.device, settings.precision)
