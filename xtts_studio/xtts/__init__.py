"""XTTS v2: text and a voice in, speech out. `Xtts.load(folder)` is the front door.

Shapes everywhere: B batch, T mel frames, N audio codes, L text ids, C channels, H heads, D head size, S positions.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xtts_studio.xtts.config import XttsConfig
    from xtts_studio.xtts.model import Xtts
    from xtts_studio.xtts.sampling import Sampling
    from xtts_studio.xtts.voice import Voice

__all__ = ["Sampling", "Voice", "Xtts", "XttsConfig"]

_HOMES = {"Sampling": "sampling", "Voice": "voice", "Xtts": "model", "XttsConfig": "config"}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for: reading a configuration does not need torch."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
