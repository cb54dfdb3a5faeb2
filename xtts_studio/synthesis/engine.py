"""Models kept at hand by the process that speaks, and speech with them: scripts become sound."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import numpy as np
from torch import Tensor

from xtts_studio.audio.loudness import to_loudness
from xtts_studio.shapes import Precision
from xtts_studio.synthesis.scheduler import Scheduler, Sentence, Speech, Wave
from xtts_studio.text.script import Pause, Script, Words
from xtts_studio.xtts import Sampling, Voice, Xtts
from xtts_studio.xtts.precision import device_named, precision_named
from xtts_studio.xtts.sampling import generator_for

MOST_MODELS = 2
_EXCERPT = 4096
_MODEL_FILES = ("model.safetensors", "model.pth")
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


class LoadedModel:
    """A model and the key of the voices it makes."""

    def __init__(self, model: Xtts) -> None:
        self.model = model

    @property
    def precision(self) -> Precision:
        return self.model.precision

    @cached_property
    def voice_key(self) -> str:
        """Digest of everything that turns recordings into a voice: models of one key share their voices."""
        network, config = self.model.network, self.model.config
        digest = hashlib.sha256(
            repr(
                (
                    config.gpt_cond_len_s,
                    config.gpt_cond_chunk_len_s,
                    config.max_ref_length_s,
                    config.normalize_references,
                )
            ).encode()
        )
        for module in (
            network.gpt.conditioning_encoder,
            network.gpt.conditioning_perceiver,
            network.hifigan_decoder.speaker_encoder,
        ):
            for tensor in module.state_dict().values():
                digest.update(_excerpt(tensor))
        digest.update(network.mel_stats.cpu().numpy().tobytes())
        return digest.hexdigest()[:16]


class Engine:
    """Loads models once and speaks with them, for any number of threads at a time; one thread of its own computes."""

    def __init__(self, device: str = "auto", precision: str = "fastest") -> None:
        self.device, self.precision = device, precision
        self._models: OrderedDict[tuple[Path, str], tuple[int, LoadedModel]] = OrderedDict()
        self._looking, self._loading = threading.Lock(), threading.Lock()
        self._scheduler = Scheduler()

    def model(self, folder: Path, precision: str | None = None) -> LoadedModel:
        """The model in a folder; the two used last stay in memory, and one whose file has changed is read anew.

        Raises `CheckpointError`, and `InvalidInput` for a precision that this device can't do.
        """
        wanted = _apart(lambda: precision_named(precision or self.precision, device_named(self.device)))
        key, stamp = (folder.resolve(), wanted), _stamp(folder)
        found = self._known(key, stamp)
        if found is not None:
            return found
        with self._loading:  # one at a time; those who find theirs don't wait for it
            found = self._known(key, stamp)
            if found is None:
                self._make_room(key)
                found = LoadedModel(_apart(lambda: Xtts.load(folder, self.device, wanted).arrange_for_speech()))
                with self._looking:
                    self._models[key] = stamp, found
            return found

    def _known(self, key: tuple[Path, str], stamp: int) -> LoadedModel | None:
        with self._looking:
            found_stamp, found = self._models.get(key, (None, None))
            if found is None or found_stamp != stamp:
                return None
            self._models.move_to_end(key)
            return found

    def _make_room(self, key: tuple[Path, str]) -> None:
        """Before loading, so that no more are in memory."""
        with self._looking:
            leaving = [self._models.pop(key)] if key in self._models else []
            while len(self._models) >= MOST_MODELS:
                leaving.append(self._models.popitem(last=False)[1])
        for _, loaded in leaving:
            self._scheduler.forget(loaded.model)

    def speak(
        self, loaded: LoadedModel, voice: Voice, script: Script, manner: Manner
    ) -> Generator[Wave | None, None, None]:
        """The sound of a script, float32 (samples,) at 24 000 Hz, piece by piece; None now and then while none comes.

        Closing the iterator ends the work. Each sentence has a seed of its own, made of the request's and its number.
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
                    yield from _levelled(speech, number, rate_hz, manner.loudness_lufs)
                    number += 1

    def compute(self, function: Callable[[], T]) -> T:
        """Runs other arithmetic (a voice, say) on the thread that computes, so that neither slows the other."""
        return self._scheduler.compute(function)


def _apart(function: Callable[[], T]) -> T:
    """Runs something in a thread that ends with it.

    OpenMP keeps a team of threads for each thread that ever computed. When all teams together have more threads than
    there are cores, it lets waiting ones sleep at once, which doubles the time of a code; so none may be left but that
    of the thread that decodes.
    """
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(function).result()


def _excerpt(tensor: Tensor) -> bytes:
    """Beginning, middle and end: training changes all of a tensor, and reading all of them takes half a second."""
    flat = tensor.detach().flatten()
    middle = len(flat) // 2
    parts = [flat[:_EXCERPT], flat[middle : middle + _EXCERPT], flat[-_EXCERPT:]]
    return repr(tuple(tensor.shape)).encode() + b"".join(part.cpu().numpy().tobytes() for part in parts)


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
