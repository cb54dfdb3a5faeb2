"""Our model as a worker: python -m benchmarks.ours_worker --precision float32"""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Iterator
from pathlib import Path

import torch

import xtts_studio
from benchmarks.measuring import serve
from xtts_studio.synthesis.engine import Engine, Manner
from xtts_studio.text.script import Script, Words
from xtts_studio.xtts.decoding import Decoder, steps
from xtts_studio.xtts.sampling import generator_for


class Ours:
    """XTTS Studio's engine on the CPU, sampling as the model's configuration says; the pieces of a text as it does."""

    def __init__(self, precision: str) -> None:
        self.engine = Engine("cpu", precision)

    def load(self, folder: Path, threads: int) -> None:
        torch.set_num_threads(threads)
        self.loaded = self.engine.model(folder)
        self.model = self.loaded.model

    def condition(self, clip: Path) -> None:
        self.voice = self.engine.compute(lambda: self.model.clone([clip]))

    def speak(self, pieces: list[str], codes: int) -> int:
        return sum(self._spoken(pieces, codes))

    def stream(self, text: str, codes: int) -> Iterator[int]:
        return self._spoken([text], codes)

    def decode(self, text: str, codes: int) -> list[float]:
        return self.engine.compute(lambda: self._decode(text, codes))

    def _spoken(self, pieces: list[str], codes: int) -> Iterator[int]:
        script = Script([Words(piece, self._ids(piece)) for piece in pieces])
        manner = Manner(self.model.default_sampling, seed=0, max_new_codes=codes, min_new_codes=codes)
        for wave in self.engine.speak(self.loaded, self.voice, script, manner):
            if wave is not None:
                yield len(wave)

    def _decode(self, text: str, codes: int) -> list[float]:
        decoder = Decoder(self.model.gpt)
        with torch.inference_mode():
            prefix = self.model.gpt.prefix(self.voice.gpt_latent, self._ids(text))
        decoder.join(prefix, self.model.default_sampling, generator_for(0, 0), codes, codes)
        moments = [time.perf_counter() for _ in steps(decoder)]
        return [after - before for before, after in itertools.pairwise(moments)]

    def _ids(self, piece: str) -> list[int]:
        (ids,) = self.model.text_ids(piece, "en", split=False)
        return ids

    def facts(self) -> dict[str, str]:
        return {
            "xtts-studio": xtts_studio.__version__,
            "precision": self.model.precision,
            "torch": torch.__version__,
            "threads": str(torch.get_num_threads()),
        }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--precision", default="float32")
    precision = parser.parse_args().precision
    serve(lambda: Ours(precision))
