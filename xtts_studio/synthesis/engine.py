"""Models kept at hand by the process that speaks, and speech with them: scripts become sound."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from xtts_studio.audio.loudness import to_loudness
from xtts_studio.synthesis.adapters import HotAdapters
from xtts_studio.synthesis.loaded import LoadedModel
from xtts_studio.synthesis.scheduler import Scheduler, Sentence, Speech, Wave
from xtts_studio.text.script import Pause, Script, Words
from xtts_studio.xtts import Sampling, Voice, Xtts
from xtts_studio.xtts.adapter_file import FILE
from xtts_studio.xtts.precision import device_named, precision_named
from xtts_studio.xtts.sampling import generator_for
from xtts_studio.xtts.strength import is_adapter

MOST_MODELS = 2
_MODEL_FILES = ("model.safetensors", "model.pth", FILE)
_Key = tuple[Path, str, float]
"""Folder, precision, strength."""
_Stamp = tuple[int, int]
"""Of the model's weights, and of the base's where they are in it."""
T = TypeVar("T")
SoundPieces = Generator[Wave | None, None, None]


@dataclass(frozen=True)
class Manner:
    """How a script is spoken."""

    sampling: Sampling
    seed: int
    speed: float = 1.0
    loudness_lufs: float | None = None
    max_new_codes: int | None = None
    min_new_codes: int = 0


class Engine:
    """Loads models once and speaks with them, for any number of threads at a time; one thread of its own computes."""

    def __init__(self, device: str = "auto", precision: str = "fastest") -> None:
        self.device, self.precision = device, precision
        self._models: OrderedDict[_Key, tuple[_Stamp, LoadedModel]] = OrderedDict()
        self._looking, self._loading, self._adapting = threading.Lock(), threading.Lock(), threading.Lock()
        self._scheduler = Scheduler()
        self._adapters = HotAdapters(self._scheduler.forget)

    def model(
        self, folder: Path, precision: str | None = None, strength: float = 1.0, base: Path | None = None
    ) -> LoadedModel:
        """The model in a folder, which was trained from the one in the folder `base`, at a strength.

        The two whole models used last stay in memory, and many adapters of theirs; what has changed is read anew.
        Strength 0 is the base itself; a model without a base has no strength. Raises `CheckpointError`, and
        `InvalidInput` for a precision that this device can't do.
        """
        if base is None:
            strength = 1.0
        elif strength == 0:
            return self._whole(base, precision)
        elif is_adapter(folder):
            return self._adapted(self._whole(base, precision), folder, strength)
        return self._whole(folder, precision, strength, base)

    def _whole(
        self, folder: Path, precision: str | None, strength: float = 1.0, base: Path | None = None
    ) -> LoadedModel:
        base = None if strength == 1 else base
        wanted = _apart(lambda: precision_named(precision or self.precision, device_named(self.device)))
        key, stamp = (folder.resolve(), wanted, strength), (_stamp(folder), 0 if base is None else _stamp(base))
        found = self._known(key, stamp)
        if found is not None:
            return found
        with self._loading:  # one at a time; those who find theirs don't wait for it
            found = self._known(key, stamp)
            if found is None:
                self._make_room(key)
                found = LoadedModel(_apart(lambda: self._loaded(folder, wanted, strength, base)))
                with self._looking:
                    self._models[key] = stamp, found
            return found

    def _loaded(self, folder: Path, precision: str, strength: float, base: Path | None) -> Xtts:
        return Xtts.load(folder, self.device, precision, base=base, strength=strength).arrange_for_speech()

    def _adapted(self, base: LoadedModel, folder: Path, strength: float) -> LoadedModel:
        with self._adapting:
            found = _apart(lambda: self._adapters.at(strength, folder, _stamp(folder), base))
            with self._looking:
                stays = any(loaded is base for _, loaded in self._models.values())
            if not stays:  # others needed its room meanwhile
                self._adapters.leave(base)
            return found

    def _known(self, key: _Key, stamp: _Stamp) -> LoadedModel | None:
        with self._looking:
            found_stamp, found = self._models.get(key, (None, None))
            if found is None or found_stamp != stamp:
                return None
            self._models.move_to_end(key)
            return found

    def _make_room(self, key: _Key) -> None:
        """Before loading, so that no more are in memory."""
        with self._looking:
            leaving = [self._models.pop(key)] if key in self._models else []
            while len(self._models) >= MOST_MODELS:
                leaving.append(self._models.popitem(last=False)[1])
        for _, loaded in leaving:
            self._scheduler.forget(loaded.model)
            with self._adapting:
                self._adapters.leave(loaded)

    def speak(
        self,
        loaded: LoadedModel,
        voice: Voice,
        script: Script,
        manner: Manner,
        begins: Callable[[], None] = lambda: None,
        ends: Callable[[], None] = lambda: None,
    ) -> Generator[Wave | None, None, None]:
        """The sound of a script, float32 (samples,) at 24 000 Hz, piece by piece; None now and then while none comes.

        Closing the iterator ends the work. Each sentence has a seed of its own, made of the request's and its number.
        `begins` and `ends` are called before the first piece of each sentence and after its last.
        """
        voice.check(loaded.model.config)
        words = [part for part in script.parts if isinstance(part, Words)]
        sentences = [_sentence(part, number, voice, manner) for number, part in enumerate(words)]
        rate_hz = loaded.model.config.output_sample_rate_hz
        with closing(self._scheduler.speak(loaded.model, sentences)) as speech:
            number = 0
            for part in script.parts:
                if isinstance(part, Pause):
                    yield np.zeros(part.ms * rate_hz // 1000, np.float32)
                else:
                    begins()
                    yield from _levelled(speech, number, rate_hz, manner.loudness_lufs)
                    ends()
                    number += 1

    def compute(self, function: Callable[[], T]) -> T:
        """Runs other arithmetic (a voice, say) on the thread that computes, so that neither slows the other."""
        return self._scheduler.compute(function)

    def close(self) -> None:
        """Lets all models go. Call when nobody speaks any more."""
        self._scheduler.close()


def _apart(function: Callable[[], T]) -> T:
    """Runs something in a thread that ends with it.

    OpenMP keeps a team of threads for each thread that ever computed. When all teams together have more threads than
    there are cores, it lets waiting ones sleep at once, which doubles the time of a code; so none may be left but that
    of the thread that decodes.
    """
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(function).result()


def _sentence(words: Words, number: int, voice: Voice, manner: Manner) -> Sentence:
    generator = generator_for(manner.seed, number)
    return Sentence(
        words.ids, voice, manner.sampling, generator, manner.speed, manner.max_new_codes, manner.min_new_codes
    )


def _levelled(speech: Speech, number: int, rate_hz: int, loudness_lufs: float | None) -> Iterator[Wave | None]:
    """A sentence as it comes, or whole where its loudness must be known first."""
    if loudness_lufs is None:
        yield from speech.sentence(number)
        return
    pieces: list[Wave] = []
    for piece in speech.sentence(number):
        if piece is None:
            yield None
        else:
            pieces.append(piece)
    if pieces:
        yield to_loudness(np.concatenate(pieces), rate_hz, loudness_lufs)


def _stamp(folder: Path) -> int:
    """When the model's weights were written."""
    return max(((folder / name).stat().st_mtime_ns for name in _MODEL_FILES if (folder / name).exists()), default=0)
