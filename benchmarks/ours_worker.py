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
from xtts_studio.xtts import Xtts
from xtts_studio.xtts.decoding import Decoder, steps
from xtts_studio.xtts.sampling import generator_for
from xtts_studio.xtts.utterance import Utterance


class Ours:
    """XTTS Studio's model on the CPU, sampling as the model's configuration says; all pieces of a text at once."""

    def __init__(self, precision: str) -> None:
        self.precision = precision

    def load(self, folder: Path, threads: int) -> None:
        torch.set_num_threads(threads)
        self.model = Xtts.load(folder, "cpu", self.precision).arrange_for_speech()

    def condition(self, clip: Path) -> None:
        self.voice = self.model.clone([clip])

    def speak(self, pieces: list[str], codes: int) -> int:
        decoder = self._decoder(pieces, codes)
        sounds = {
            id(one): Utterance(self.model.vocoder.stream(self.voice.speaker_embedding)) for one in decoder.sequences
        }
        return sum(len(sounds[id(one)].add(latent, one.ended)) for one, latent in steps(decoder))

    def stream(self, text: str, codes: int) -> Iterator[int]:
        for part in self.model.stream(text, self.voice, "en", seed=0, split=False, max_new_codes=codes):
            yield len(part)

    def decode(self, text: str, codes: int) -> list[float]:
        moments = [time.perf_counter() for _ in steps(self._decoder([text], codes))]
        return [after - before for before, after in itertools.pairwise(moments)]

    def _decoder(self, pieces: list[str], codes: int) -> Decoder:
        model, decoder = self.model, Decoder(self.model.gpt, len(pieces))
        for number, piece in enumerate(pieces):
            (ids,) = model.text_ids(piece, "en", split=False)
            with torch.inference_mode():
                prefix = model.gpt.prefix(self.voice.gpt_latent, ids)
            decoder.join(prefix, model.default_sampling, generator_for(0, number), codes)
        return decoder

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
