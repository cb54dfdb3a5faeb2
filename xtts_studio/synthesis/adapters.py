"""Adapters kept at hand: each costs only its low-rank tensors, and speaks with its base's weights, which are shared."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from xtts_studio.synthesis.loaded import LoadedModel
from xtts_studio.xtts import Xtts
from xtts_studio.xtts.adapter_file import Adapter, read_adapter
from xtts_studio.xtts.low_rank import placed
from xtts_studio.xtts.strength import check_base

MOST_ADAPTERS = 32
_MOST_STRENGTHS = 4
"""Of one adapter. Another strength has no weights of its own, but decoding keeps some room for it."""
_Key = tuple[Path, str]


@dataclass
class _Hot:
    """An adapter beside its base, and the models it makes at the strengths that were asked for."""

    stamp: int
    base: LoadedModel
    adapter: Adapter
    at: OrderedDict[float, LoadedModel] = field(default_factory=OrderedDict)


class HotAdapters:
    """The adapters used last. For one thread at a time; `forget` is told of every model that is not kept any more."""

    def __init__(self, forget: Callable[[Xtts], None]) -> None:
        self._forget = forget
        self._hot: OrderedDict[_Key, _Hot] = OrderedDict()

    def at(self, strength: float, folder: Path, stamp: int, base: LoadedModel) -> LoadedModel:
        """The base speaking with the adapter of a folder, of which `stamp` tells whether it was written anew.

        Raises `CheckpointError` for an adapter that is damaged or of another base.
        """
        key = folder.resolve(), base.precision
        hot = self._hot.get(key)
        if hot is None or hot.stamp != stamp or hot.base is not base:
            read = _read(folder, base)
            self._drop([key])
            hot = self._hot[key] = _Hot(stamp, base, read)
        self._hot.move_to_end(key)
        self._drop(list(self._hot)[:-MOST_ADAPTERS])
        return self._model(hot, strength)

    def leave(self, base: LoadedModel) -> None:
        """Drops the adapters of a base that is not kept any more: they would keep its memory."""
        self._drop([key for key, hot in self._hot.items() if hot.base is base])

    def _model(self, hot: _Hot, strength: float) -> LoadedModel:
        if strength not in hot.at:
            hot.at[strength] = LoadedModel(hot.base.model.with_adapter(hot.adapter, strength), hot.base)
        hot.at.move_to_end(strength)
        while len(hot.at) > _MOST_STRENGTHS:
            self._forget(hot.at.popitem(last=False)[1].model)
        return hot.at[strength]

    def _drop(self, keys: list[_Key]) -> None:
        for key in keys:
            hot = self._hot.pop(key, None)
            for loaded in hot.at.values() if hot else ():
                self._forget(loaded.model)


def _read(folder: Path, base: LoadedModel) -> Adapter:
    adapter = read_adapter(folder)
    check_base(adapter, base.fingerprint)
    return placed(adapter, base.model.gpt)
