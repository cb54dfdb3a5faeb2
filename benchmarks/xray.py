"""The x-ray of a dataset: how long it takes for each clip, the first time and again.

    python -m benchmarks.xray [--clips 2000] [--recording FILE] [--vocab FILE]

Clips of 4 to 9 s are taken from random places of the recording (300 kB each on disk). The last row is what doesn't grow
in proportion, the comparison of all clips with each other, for 20 000 clips with measures that were made up. On a
machine that has other work the processor's time tells more than the clock's.
"""

from __future__ import annotations

import argparse
import random
import resource
import secrets
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.parity.published import letter_vocabulary
from xtts_studio.audio.decode import decode_file
from xtts_studio.audio.encode import write_wav
from xtts_studio.audio.fingerprint import BITS
from xtts_studio.audio.resample import resample
from xtts_studio.dataset import store
from xtts_studio.dataset.xray import rows_of, xray
from xtts_studio.events import ignore
from xtts_studio.sample import RECORDING as HARBOUR
from xtts_studio.shapes import Chunk, ClipMeasures, Dataset, XrayRequest
from xtts_studio.workspace import Workspace, write_json

RATE_HZ = 22_050
TEXT = "on the whole the type of this book may be considered the best of its kind, and of its time"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=2_000)
    parser.add_argument("--recording", type=Path, default=HARBOUR)
    parser.add_argument("--vocab", type=Path, help="vocab.json of a model; without it letters are its tokens")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        workspace = Workspace(Path(home))
        model = workspace.models / "tuned"
        model.mkdir(parents=True)
        if options.vocab:
            (model / "vocab.json").write_bytes(options.vocab.read_bytes())
        else:
            write_json(model / "vocab.json", letter_vocabulary())
        fill(workspace, options.recording, options.clips)
        request = XrayRequest(dataset="big", base_model="tuned")
        for what in ("the first x-ray", "again, nothing has changed"):
            told(what, options.clips, lambda: xray(request, workspace, ignore))
        dataset, measures = made_up(20_000)
        files = frozenset(measures)
        told("comparing 20 000 clips", 20_000, lambda: rows_of(dataset, Path(home), files, [], measures))
    print(f"\n{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB at most")


def told(what: str, clips: int, act: Callable[[], object]) -> None:
    """Prints how long `act` takes in all, and for each clip, by the clock and by the processor."""
    started, used = time.perf_counter(), time.process_time()
    act()
    took_s, used_s = time.perf_counter() - started, time.process_time() - used
    each_ms = 1000 / clips
    print(
        f"{what:30} {took_s:7.1f} s, {took_s * each_ms:6.2f} ms a clip"
        f"   processor {used_s:7.1f} s, {used_s * each_ms:6.2f} ms a clip"
    )


def fill(workspace: Workspace, recording: Path, clips: int) -> None:
    """Clips with sound."""
    rnd = random.Random(0)
    audio = decode_file(recording)
    samples = resample(audio.mono(), audio.sample_rate_hz, RATE_HZ)
    with store.changing(workspace, "big", create=True) as dataset:
        dataset.language = "en"
        for number in range(clips):
            seconds = rnd.uniform(4, 9)
            start = rnd.randrange(len(samples) - round(9 * RATE_HZ))
            chunk = chunk_of(number, seconds)
            path = workspace.dataset("big") / chunk.file
            path.parent.mkdir(parents=True, exist_ok=True)
            write_wav(path, samples[start : start + round(seconds * RATE_HZ)], RATE_HZ)
            dataset.chunks.append(chunk)


def made_up(clips: int) -> tuple[Dataset, dict[str, ClipMeasures]]:
    """Clips and measures of sounds that don't exist."""
    rnd = random.Random(1)
    chunks = [chunk_of(number, rnd.uniform(2, 11)) for number in range(clips)]
    measures = {
        chunk.file: ClipMeasures(
            sound="",
            duration_s=chunk.duration_s,
            lead_s=0.1,
            tail_s=0.1,
            speech_s=chunk.duration_s * 0.8,
            snr_db=30.0,
            loudness_lufs=rnd.gauss(-20, 1),
            fingerprint=secrets.token_hex((BITS + 7) // 8),
        )
        for chunk in chunks
    }
    return Dataset(name="big", language="en", created_at="", chunks=chunks), measures


def chunk_of(number: int, seconds: float) -> Chunk:
    return Chunk(
        file=f"chunks/chunk_{number + 1:05d}.wav",
        text=f"{TEXT} {number}",
        recording=f"recording-{number // 500}",
        start_s=12.0 * number,
        end_s=12.0 * number + seconds,
        duration_s=seconds,
    )


if __name__ == "__main__":
    main()
