"""One thread that computes for all who speak: it decodes the sentences of every request together.

A request's sentences wait in line. They join the batch of their model as rows become free, in turn with those of other
requests, and leave it when they end; each is voiced as its codes come. What a request hears arrives in `Speech`, a
sentence at a time and in order, whoever was decoded first.

Rules of joining
- The first sentence of a request joins before everybody's later ones, so that each is heard soon.
- Later sentences join once their request has been heard, and not more often than every few steps: each costs a pass
  over its text, during which all others wait.
- One request never holds all rows while it is alone: who comes next finds one.
- A request is worked on only so far ahead of its listener.
"""

from __future__ import annotations

import atexit
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from xtts_studio.xtts import Sampling, Voice, Xtts
from xtts_studio.xtts.decoding import DecodedSequence, Decoder
from xtts_studio.xtts.graphs import BATCHES
from xtts_studio.xtts.kv_cache import row_bytes
from xtts_studio.xtts.utterance import Utterance

ROWS_CPU = 16
_SHARE_OF_FREE = 0.5
"""How much of a GPU's free memory the cache may take."""
_STEPS_BETWEEN_JOINS = 4
_SILENT_KEPT = 3
"""Batches of models that nobody speaks with, beside the one that is made: its memory is taken anew otherwise."""
_KEPT_FREE = 4  # one in so many rows is not given to a request that has others
HEARTBEAT_S = 0.2
T = TypeVar("T")
Wave = NDArray[np.float32]


@dataclass(frozen=True)
class Sentence:
    """What the model speaks in one go. `ids` as the tokenizer gives them; the generator is its own."""

    ids: list[int]
    voice: Voice
    sampling: Sampling
    generator: torch.Generator | None
    speed: float = 1.0
    max_new_codes: int | None = None
    min_new_codes: int = 0


class Speech:
    """The sentences of one request, and their sound as it comes. Made by `Scheduler.speak`; close it when done."""

    def __init__(self, sentences: list[Sentence], ahead: int, wake: Callable[[], None]) -> None:
        self.heard = False
        self.holding = 0  # rows
        self.closed = False
        self._waiting = deque(enumerate(sentences))
        self._sounds = [queue.SimpleQueue[Wave | None | Exception]() for _ in sentences]
        self._ahead, self._listening_to = ahead, 0
        self._wake = wake

    def sentence(self, number: int) -> Iterator[Wave | None]:
        """The sound of one sentence, piece by piece; None now and then while nothing comes. Raises what went wrong."""
        self._listening_to = number
        self._wake()
        while True:
            try:
                sound = self._sounds[number].get(timeout=HEARTBEAT_S)
            except queue.Empty:
                yield None
                continue
            if sound is None:
                return
            if isinstance(sound, Exception):
                raise sound
            yield sound

    def close(self) -> None:
        """No more is wanted; rows become free at the next step."""
        self.closed = True
        self._wake()

    # For the scheduler

    @property
    def wants_to_join(self) -> bool:
        """Is there a sentence that may join now? A later one only after the first sound, not too far ahead."""
        if self.closed or not self._waiting:
            return False
        number = self._waiting[0][0]
        return number == 0 or (self.heard and number < self._listening_to + self._ahead)

    def next_sentence(self) -> tuple[int, Sentence]:
        return self._waiting.popleft()

    def tell(self, number: int, sound: Wave | Exception | None) -> None:
        """Sound of a sentence, None at its end, or what went wrong."""
        self.heard = True
        self._sounds[number].put(sound)

    def fail(self, error: Exception) -> None:
        """Ends everything that is still to be heard."""
        self.closed = True
        for sounds in self._sounds:
            sounds.put(error)


@dataclass(frozen=True)
class _Seat:
    """A sentence in the batch."""

    speech: Speech
    number: int
    utterance: Utterance


def rows_of(model: Xtts) -> int:
    """How many sentences are decoded together: on a GPU as many as its memory has room for."""
    if model.device.type != "cuda":
        return ROWS_CPU
    free, _ = torch.cuda.mem_get_info(model.device)
    room = int(free * _SHARE_OF_FREE) // row_bytes(model.config, model.gpt.mel_embedding.weight.dtype)
    return max([size for size in BATCHES if size <= room], default=1)


class _Batch:
    """All that one model is speaking."""

    def __init__(self, model: Xtts) -> None:
        self.model = model
        self.rows = rows_of(model)
        self.speeches: list[Speech] = []
        self._decoder = Decoder(model.gpt, self.rows if model.device.type == "cuda" else 1)
        self._seats: dict[DecodedSequence, _Seat] = {}
        self._since_join = 0

    @property
    def silent(self) -> bool:
        """Nobody speaks, nobody waits to."""
        return not self._seats and all(speech.closed for speech in self.speeches)

    def rest(self) -> None:
        """Gives memory back while nobody speaks. A GPU's is kept: taking and recording it again takes a second."""
        self.speeches.clear()
        if self.model.device.type != "cuda":
            self._decoder = Decoder(self.model.gpt)

    @property
    def busy(self) -> bool:
        return bool(self._seats) or any(speech.wants_to_join for speech in self.speeches)

    def turn(self) -> None:
        """Lets leave who has gone, lets one join, and decodes one code of each."""
        self._leave_closed()
        speech = self._next_to_join()
        if speech is not None:
            self._join(speech)
        self._since_join += 1
        for sequence, latent in self._decoder.step():
            self._hear(sequence, latent)

    def fail(self, error: Exception) -> None:
        """Tells everybody; the batch can't be used any more."""
        for speech in self.speeches:
            speech.fail(error)

    def _leave_closed(self) -> None:
        for sequence in [sequence for sequence, seat in self._seats.items() if seat.speech.closed]:
            self._decoder.leave(sequence)
            self._vacate(sequence)
        self.speeches = [speech for speech in self.speeches if not speech.closed]

    def _next_to_join(self) -> Speech | None:
        """Who has no row yet and came first; else, every few steps, who holds fewest."""
        if len(self._seats) >= self.rows:
            return None
        wanting = [speech for speech in self.speeches if speech.wants_to_join]
        newcomers = [speech for speech in wanting if speech.holding == 0]
        if newcomers:
            return newcomers[0]
        if not wanting or self._since_join < _STEPS_BETWEEN_JOINS or len(self._seats) >= self._given:
            return None
        return min(wanting, key=lambda speech: speech.holding)

    @property
    def _given(self) -> int:
        """How many rows are given to those who have some."""
        return max(1, self.rows - self.rows // _KEPT_FREE)

    def _join(self, speech: Speech) -> None:
        number, sentence = speech.next_sentence()
        self._since_join = 0
        try:
            seat, sequence = self._seated(speech, number, sentence)
        except Exception as error:
            speech.fail(error)
            return
        self._seats[sequence] = seat
        speech.holding += 1

    def _seated(self, speech: Speech, number: int, sentence: Sentence) -> tuple[_Seat, DecodedSequence]:
        model, voice = self.model, sentence.voice
        with torch.inference_mode():
            stream = model.vocoder.stream(voice.speaker_embedding.to(model.device), sentence.speed)
            prefix = model.gpt.prefix(voice.gpt_latent.to(model.device), sentence.ids)
        sequence = self._decoder.join(
            prefix, sentence.sampling, sentence.generator, sentence.max_new_codes, sentence.min_new_codes
        )
        return _Seat(speech, number, Utterance(stream)), sequence

    def _hear(self, sequence: DecodedSequence, latent: torch.Tensor) -> None:
        seat = self._seats[sequence]
        try:
            sequence.check()
            wave = seat.utterance.add(latent, last=sequence.ended)
        except Exception as error:  # of this sentence; the others go on
            seat.speech.fail(error)
            if sequence.ended:
                self._vacate(sequence)
            return
        if len(wave):
            seat.speech.tell(seat.number, wave)
        if sequence.ended:
            seat.speech.tell(seat.number, None)
            self._vacate(sequence)

    def _vacate(self, sequence: DecodedSequence) -> None:
        self._seats.pop(sequence).speech.holding -= 1


class Scheduler:
    """Owns the thread. Everything here may be called from any other."""

    def __init__(self) -> None:
        self._wake = threading.Event()
        self._tasks: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._batches: dict[int, _Batch] = {}
        self._forgotten: set[int] = set()
        self._ending = False
        self._thread = threading.Thread(target=self._work, name="speech", daemon=True)
        self._thread.start()
        # A thread that Python ends within a kernel of torch takes the process down with SIGABRT.
        atexit.register(self.close)

    def close(self) -> None:
        """Ends the thread after the step it is in, and lets the models go. Call when nobody speaks any more."""
        atexit.unregister(self.close)
        self._ending = True
        self._wake.set()
        self._thread.join(5)
        self._batches.clear()

    def compute(self, function: Callable[[], T]) -> T:
        """Runs something else on the thread that computes, between two steps; gives its result, raises its error."""
        if threading.current_thread() is self._thread:
            return function()
        future: Future[T] = Future()

        def run() -> None:
            try:
                future.set_result(function())
            except BaseException as error:
                future.set_exception(error)

        self._do(run)
        return future.result()

    def speak(self, model: Xtts, sentences: list[Sentence]) -> Speech:
        """Lines sentences up; their sound comes from what is given back."""
        speech = Speech(sentences, 2 * ROWS_CPU, self._wake.set)
        self._do(lambda: self._take_in(model, speech))
        return speech

    def forget(self, model: Xtts) -> None:
        """Drops what is kept for a model, once nobody speaks with it any more."""
        number = id(model)
        self._do(lambda: self._forgotten.add(number))

    def _take_in(self, model: Xtts, speech: Speech) -> None:
        try:
            if id(model) not in self._batches:
                self._make_room()
                self._batches[id(model)] = _Batch(model)
        except Exception as error:  # no memory, say
            speech.fail(error)
            return
        batch = self._batches[id(model)] = self._batches.pop(id(model))  # the last is the one used last
        batch.speeches.append(speech)

    def _make_room(self) -> None:
        """Drops the silent batches used longest ago: on a GPU each keeps gigabytes, and adapters have many."""
        silent = [key for key, batch in self._batches.items() if batch.silent]
        gone = [self._batches.pop(key) for key in silent[:-_SILENT_KEPT]]
        if any(batch.model.device.type == "cuda" for batch in gone):
            gone.clear()
            torch.cuda.empty_cache()  # or the next one would not see that there is room

    def _do(self, task: Callable[[], None]) -> None:
        self._tasks.put(task)
        self._wake.set()

    def _work(self) -> None:
        while not self._ending:
            self._wake.clear()
            while not self._tasks.empty():
                self._tasks.get()()
            busy = [batch for batch in self._batches.values() if batch.busy]
            for batch in busy:
                try:
                    batch.turn()
                except Exception as error:  # of the model, so of everybody's: who comes next finds a new batch
                    self._batches = {key: other for key, other in self._batches.items() if other is not batch}
                    batch.fail(error)
            self._rest_silent()
            if not busy and not self._ending:
                self._wake.wait()

    def _rest_silent(self) -> None:
        """Batches that nobody speaks with rest; those of models that are not kept any more are dropped."""
        for key, batch in list(self._batches.items()):
            if batch.silent and batch.speeches:
                batch.rest()
            if batch.silent and key in self._forgotten:
                self._forgotten.discard(key)
                del self._batches[key]
