"""The reference (coqui-tts) as a worker: a plain script, run by the Python of an environment that has it.

    /path/to/reference/bin/python benchmarks/reference_worker.py

It uses the reference as any program would, through its public classes. docs/benchmarks.md tells how to set it up.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import soundfile
import torch
import torchaudio
from measuring import serve  # beside this script
from TTS.tts.configs.xtts_config import XttsConfig
from TTS.tts.models.xtts import Xtts


class Reference:
    """coqui-tts with the model's own settings; pieces of text one after another, as it does."""

    def load(self, folder: Path, threads: int) -> None:
        torch.set_num_threads(threads)
        self.config = XttsConfig()
        self.config.load_json(str(folder / "config.json"))
        self.model = Xtts.init_from_config(self.config)
        self.model.load_checkpoint(self.config, checkpoint_dir=str(folder), eval=True)

    def condition(self, clip: Path) -> None:
        self.latent, self.embedding = self.model.get_conditioning_latents(
            audio_path=str(clip),
            max_ref_length=self.config.max_ref_len,
            gpt_cond_len=self.config.gpt_cond_len,
            gpt_cond_chunk_len=self.config.gpt_cond_chunk_len,
            sound_norm_refs=self.config.sound_norm_refs,
        )

    def speak(self, pieces: list[str], codes: int) -> int:
        return sum(
            len(self.model.inference(piece, "en", self.latent, self.embedding, **self._settings(codes))["wav"])
            for piece in pieces
        )

    def stream(self, text: str, codes: int) -> Iterator[int]:
        for part in self.model.inference_stream(text, "en", self.latent, self.embedding, **self._settings(codes)):
            yield len(part)

    def decode(self, text: str, codes: int) -> list[float]:
        """The time between two passes through the network; the first pass is the prefix."""
        moments: list[float] = []
        network = self.model.gpt.gpt_inference
        hook = network.register_forward_pre_hook(lambda *_: moments.append(time.perf_counter()))
        try:
            self.speak([text], codes)
        finally:
            hook.remove()
        return [after - before for before, after in itertools.pairwise(moments[1:])]

    def facts(self) -> dict[str, str]:
        return {
            "coqui-tts": version("coqui-tts"),
            "transformers": version("transformers"),
            "torch": torch.__version__,
            "threads": str(torch.get_num_threads()),
        }

    def _settings(self, codes: int) -> dict[str, Any]:
        """As its own `synthesize` takes them from the configuration, with a length that does not depend on chance."""
        names = ("temperature", "length_penalty", "repetition_penalty", "top_k", "top_p")
        return {name: self.config[name] for name in names} | {"min_new_tokens": codes, "max_new_tokens": codes}


def read_wave(path: str, *_: Any, **__: Any) -> tuple[torch.Tensor, int]:
    """A sound file as (channels, samples) and its rate: torchaudio's own reader wants ffmpeg's libraries."""
    samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    return torch.from_numpy(samples.T.copy()), rate_hz


if __name__ == "__main__":
    torchaudio.load = read_wave
    serve(Reference)
