"""What a process that speaks has one of."""

from functools import cache

from xtts_studio.settings import Settings
from xtts_studio.synthesis.engine import Engine


@cache
def engine() -> Engine:
    """The engine of this process."""
    settings = Settings()
    return Engine(settings.device, settings.precision)
