"""What a process that speaks has one of."""

import threading
from functools import cache

from xtts_studio.settings import Settings
from xtts_studio.synthesis.engine import Engine
from xtts_studio.workspace import Workspace
from xtts_studio.xtts.choice import keep_in

_making = threading.Lock()  # the first requests come together, and a second engine would load all models again


def engine() -> Engine:
    """The engine of this process."""
    with _making:
        return _engine()


def forget_engine() -> None:
    """The next `engine` is a new one, with nothing loaded."""
    with _making:
        _engine.cache_clear()


@cache
def _engine() -> Engine:
    settings = Settings()
    keep_in(Workspace(settings.home).cache / "choices.json")
    return Engine(settings.device, settings.precision)
