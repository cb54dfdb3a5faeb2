"""A dataset of many clips: how long a page of the list, a filter and an edit take through HTTP.

    python -m benchmarks.datasets [--clips 20000] [--runs 20]

The reference beside it, in the same run, is what a tool does that keeps nothing: read metadata.json with Python's json
module, change one clip, write it back whole (both reach the disk).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from fastapi.testclient import TestClient

from xtts_studio.dataset import store
from xtts_studio.dataset.details import write_details
from xtts_studio.dataset.xray_file import write_xray
from xtts_studio.server.app import create_app
from xtts_studio.settings import Settings
from xtts_studio.shapes import Chunk, ClipDetails, ClipReport, Finding, Word, Xray, XrayTotals
from xtts_studio.workspace import Workspace

WORDS = ("the", "type", "of", "this", "book", "may", "be", "considered", "the", "ne-plus-ultra", "of", "Gothic")
PAGE = 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        workspace = Workspace(Path(home))
        fill(workspace, options.clips)
        metadata = workspace.dataset("big") / "metadata.json"
        print(f"{options.clips} clips, metadata.json of {metadata.stat().st_size / 1e6:.1f} MB, {options.runs} runs\n")
        settings = Settings(XTTS_HOME=home, AUTH_PASSWORD="of this benchmark")
        with TestClient(create_app(settings), base_url="http://127.0.0.1") as client:
            answer = client.post("/api/auth/login", json={"username": "admin", "password": "of this benchmark"})
            answer.raise_for_status()
            measure(client, metadata, options.clips, options.runs)


def measure(client: TestClient, metadata: Path, clips: int, runs: int) -> None:
    """Prints the median and the slowest of each."""
    rnd = random.Random(1)

    def page(**query: object) -> None:
        client.get("/api/datasets/big", params={"limit": PAGE, **query}).raise_for_status()  # type: ignore[arg-type]

    def edit() -> None:
        file = f"chunk_{rnd.randrange(clips) + 1:05d}.wav"
        body = {"text": f"A text of {time.time_ns()}."}
        client.patch(f"/api/datasets/big/chunks/{file}", json=body).raise_for_status()

    told("the first page, read from disk", 1, page)
    told("a page of the list", runs, lambda: page(offset=rnd.randrange(clips)))
    told("most doubtful first", runs, lambda: page(order="doubt", offset=rnd.randrange(1000)))
    told("a search", runs, lambda: page(q="gothic type."))
    told("one finding", runs, lambda: page(finding="noisy", order="doubt"))
    ours = told("an edit", runs, edit)
    told("undo", runs, lambda: client.post("/api/datasets/big/undo").raise_for_status())
    files = [f"chunk_{number + 1:05d}.wav" for number in range(0, clips, 4)]
    told(f"dropping {len(files)} clips at once", 1, lambda: bulk(client, files))
    reference = told("reference: json, whole, written back", runs, lambda: rewrite(metadata))
    print(f"\nan edit takes {ours / reference:.2f} of the reference's time")


def bulk(client: TestClient, files: list[str]) -> None:
    client.post("/api/datasets/big/chunks", json={"files": files, "state": "dropped"}).raise_for_status()


def rewrite(path: Path) -> None:
    content = json.loads(path.read_text("utf-8"))
    content["chunks"][0]["text"] = str(time.time_ns())
    other = path.with_suffix(".other")
    with other.open("w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    other.replace(path)


def told(what: str, runs: int, act: Callable[[], object]) -> float:
    """Prints how long `act` takes; gives the median in ms."""
    times_ms = []
    for _ in range(runs):
        started = time.perf_counter()
        act()
        times_ms.append((time.perf_counter() - started) * 1000)
    median = statistics.median(times_ms)
    print(f"{what:40} {median:8.1f} ms   slowest {max(times_ms):8.1f} ms")
    return median


def fill(workspace: Workspace, clips: int) -> None:
    """A dataset as cutting, transcribing and an x-ray leave it, without sound."""
    rnd = random.Random(0)
    with store.changing(workspace, "big", create=True) as dataset:
        dataset.chunks = [chunk(number, rnd) for number in range(clips)]
    folder = workspace.dataset("big")
    (folder / "chunks").mkdir(exist_ok=True)
    words = [Word(word=word, start_s=0.3 * at, end_s=0.3 * at + 0.25, probability=0.9) for at, word in enumerate(WORDS)]
    for number in range(0, clips, 10):  # enough for the pages that are asked for to read some
        write_details(folder, f"chunks/chunk_{number + 1:05d}.wav", ClipDetails(words=words))
    noisy = Finding(code="noisy", light="amber", reason="Speech is only 9 dB above the noise.")
    reports = [
        ClipReport(
            file=one.file, light="amber", usable=True, doubt=rnd.random(), findings=[noisy] * (rnd.random() < 0.1)
        )
        for one in dataset.chunks
    ]
    totals = XrayTotals(clips=clips, active=clips, usable=clips, usable_s=7.5 * clips)
    made_at = datetime.now(UTC).isoformat()
    write_xray(folder, Xray(made_at=made_at, base_model="xtts-v2", totals=totals, clips=reports))


def chunk(number: int, rnd: random.Random) -> Chunk:
    return Chunk(
        file=f"chunks/chunk_{number + 1:05d}.wav",
        text=" ".join(rnd.choices(WORDS, k=22)) + ".",
        text_source="heard",
        language="en",
        recording=f"recording-{number // 500}",
        start_s=8.0 * number,
        end_s=8.0 * number + 7.5,
        duration_s=7.5,
        confidence=round(rnd.random(), 4),
    )


if __name__ == "__main__":
    main()
