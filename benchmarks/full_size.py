"""The full-size model on this machine: load, clone, speak; time, memory, and the reference's figures beside them.

    python -m benchmarks.full_size [--model FOLDER] [--reference WAV] [--device cpu] [--dtype auto] [--threads 2]

Without --model a folder of official size is filled with generated weights first (2.1 GB, kept only while this runs):
speed, memory and numbers are real, the sound is noise. The reference's figures were taken on another machine (2 cores
of an AMD EPYC Zen 5, quiet, torch 2.13 on the CPU, coqui-tts 0.28.0), so a ratio is only a hint. Where other programs
keep the cores busy, --threads 1 and the row "processor" tell the work: threads that wait for each other spin.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch

from tests.parity.published import write_published_folder
from xtts_studio.xtts import Sampling, Voice, Xtts
from xtts_studio.xtts.cloning import Recording
from xtts_studio.xtts.decoding import steps
from xtts_studio.xtts.sampling import generator_for

TEXT = (
    "Printing, in the only sense with which we are at present concerned, differs from most of the arts and crafts "
    "that are shown in this hall."
)
REFERENCE = {
    "load": "17-21 s",
    "clone": "0.39-0.45 s (9.65 s of speech)",
    "prefill": "1.07 s for 185 positions",
    "decode": "11.4-11.9 codes/s",
    "first audio": "2.9 s",
    "speech": "RTF 2.29 (138 characters, 9.0 s of audio, at once); 3.1-4.0 streamed",
    "processor": "about 4.6 (2 cores x RTF 2.29)",
    "peak memory": "4.1 GB",
}


def main() -> None:
    options = read_options()
    torch.set_num_threads(options.threads)
    with model_folder(options.model) as folder:
        rows = dict(measure(folder, options))
    print(f"{torch.get_num_threads()} threads, {options.device}, {options.dtype}; {len(TEXT)} characters of text\n")
    for name, figure in rows.items():
        print(f"{name:12}  {figure:50}  reference: {REFERENCE[name]}")


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--reference", type=Path)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--dtype", default="auto")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--codes", type=int, default=193, help="the most codes to speak; 21.5 are a second")
    return parser.parse_args()


@contextmanager
def model_folder(given: Path | None) -> Iterator[Path]:
    """The folder given, or a generated one; made by another process, whose memory is not ours."""
    if given is not None:
        yield given
        return
    with tempfile.TemporaryDirectory() as folder:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as other:
            other.submit(write_published_folder, Path(folder), "full").result()
        yield Path(folder)


def measure(folder: Path, options: argparse.Namespace) -> Iterator[tuple[str, str]]:
    start = time.perf_counter()
    model = Xtts.load(folder, options.device, options.dtype)
    yield "load", f"{time.perf_counter() - start:.2f} s"
    recording = options.reference or hum()
    model.clone([recording])  # the first touch of the weights reads them from the disk
    start = time.perf_counter()
    voice = model.clone([recording])
    yield "clone", f"{time.perf_counter() - start:.2f} s"
    yield from decoding_figures(model, voice, min(options.codes, 60))
    yield from speech_figures(model, voice, options.codes)
    yield "peak memory", f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GB"


def decoding_figures(model: Xtts, voice: Voice, codes: int) -> Iterator[tuple[str, str]]:
    """Prefill alone, then codes alone; a first run warms up."""
    (ids,) = model.text_ids(TEXT, "en")
    with torch.inference_mode():
        prefix = model.gpt.prefix(voice.gpt_latent.to(model.device), ids)
    list(steps(model.gpt, [prefix], Sampling(), [generator_for(0, 0)], 3))
    moments = [time.perf_counter()]
    for step in steps(model.gpt, [prefix], Sampling(), [generator_for(0, 0)], codes):
        step.codes.cpu()
        moments.append(time.perf_counter())
    taken = np.diff(moments)
    yield "prefill", f"{taken[0]:.2f} s for {len(prefix)} positions"
    yield "decode", f"{1 / np.median(taken[1:]):.1f} codes/s ({np.median(taken[1:]) * 1000:.0f} ms each, median)"


def speech_figures(model: Xtts, voice: Voice, codes: int) -> Iterator[tuple[str, str]]:
    samples, start, processor_start, first_s = 0, time.perf_counter(), time.process_time(), 0.0
    for piece in model.stream(TEXT, voice, "en", seed=0, max_new_codes=codes):
        first_s = first_s or time.perf_counter() - start
        samples += len(piece)
    taken_s, processor_s = time.perf_counter() - start, time.process_time() - processor_start
    audio_s = samples / model.config.output_sample_rate_hz
    yield "first audio", f"{first_s:.2f} s"
    yield "speech", f"RTF {taken_s / audio_s:.2f} ({audio_s:.1f} s of audio in {taken_s:.1f} s, streamed)"
    yield "processor", f"{processor_s / audio_s:.2f} s of all cores together per second of audio"


def hum() -> Recording:
    """9.65 s of a wavering tone, as long as the recording the reference's figure was taken with."""
    time_s = np.arange(int(9.65 * 22_050)) / 22_050
    return (0.3 * np.sin(2 * np.pi * 140 * time_s) * np.sin(2 * np.pi * 2 * time_s)).astype(np.float32), 22_050


if __name__ == "__main__":
    main()
