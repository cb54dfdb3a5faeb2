"""The curves of a run on disk, complete over all its stops: metrics.jsonl for us, event files for TensorBoard.

    data/runs/<id>/metrics.jsonl    {"step": 12, "name": "loss", "value": 2.5}, a line a metric, in the order noted
                   tensorboard/     events.out.tfevents.…; open it with: tensorboard --logdir data/runs

Metrics are beside the point when the disk is full or gone: training goes on, and is told so once. What could not be
written waits in memory and is written when the disk takes it again.
"""

import os
import time
from pathlib import Path

from xtts_studio.events import Log, Metric, Report, ignore
from xtts_studio.training.records import lines
from xtts_studio.training.records.event_files import EventFiles
from xtts_studio.workspace import written_whole

FILE, EVENTS = "metrics.jsonl", "tensorboard"
_MOST_WAITING = 100_000
_EVENTS_EVERY_S = 10.0


class RunMetrics:
    """Writes down the metrics of the run in `folder`, which is there already.

    metrics = RunMetrics(folder, report)
    metrics.cut_back_to(checkpoint_step)  # 0 for a new run
    metrics.note(step, "loss", 2.5)
    metrics.flush()  # before a checkpoint counts as written, and at the end
    """

    def __init__(self, folder: Path, report: Report = ignore) -> None:
        self.path, self.report = folder / FILE, report
        self._events = EventFiles(folder / EVENTS)
        self._length = _whole_lines(self.path)
        self._waiting: list[bytes] = []
        self._told = False
        self._events_written_s = time.monotonic()

    def note(self, step: int, name: str, value: float) -> None:
        """One point of a curve."""
        metric = Metric(step, name, value)
        self._waiting.append(lines.written(metric))
        self._events.add(metric)
        del self._waiting[:-_MOST_WAITING]
        self._append()
        if time.monotonic() - self._events_written_s > _EVENTS_EVERY_S:
            self._write_events()

    def cut_back_to(self, step: int) -> None:
        """Forgets what was noted of steps after `step`: a run goes on from there. Also a line that was half written."""
        try:
            metrics = read_lines(self.path)
            kept = [metric for metric in metrics if metric.step <= step]
            if self.path.exists():
                with written_whole(self.path) as temporary:
                    temporary.write_bytes(b"".join(map(lines.written, kept)))
            self._length = _whole_lines(self.path)
            self._events.begin_after(step, kept)
        except OSError as error:
            self._tell(error)

    def flush(self) -> None:
        """Brings all that was noted to the disk."""
        self._append(surely=True)
        self._write_events()

    def _append(self, surely: bool = False) -> None:
        """Adds the lines that wait. What an earlier attempt wrote of them is written over, so that none is doubled."""
        content = b"".join(self._waiting)
        try:
            with os.fdopen(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644), "r+b") as file:
                self._length = min(self._length, os.fstat(file.fileno()).st_size)
                file.seek(self._length)
                file.write(content)
                file.truncate()
                if surely:
                    file.flush()
                    os.fsync(file.fileno())
        except OSError as error:
            self._tell(error)
        else:
            self._length += len(content)
            self._waiting.clear()

    def _write_events(self) -> None:
        self._events_written_s = time.monotonic()
        try:
            self._events.write()
        except OSError as error:
            self._tell(error)
        except ImportError:
            self._say("There are no files for TensorBoard: install tensorboardX. The curves on the page need none.")

    def _tell(self, error: OSError) -> None:
        self._say(
            f"The curves can't be written to the disk ({error.strerror or error}). Training goes on without them."
        )

    def _say(self, message: str) -> None:
        if not self._told:
            self._told = True
            self.report(Log(message, "warning"))


def read_lines(path: Path) -> list[Metric]:
    """The metrics of a metrics.jsonl; lines that can't be read are passed over, as is the end of one half written."""
    try:
        found = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    return [metric for line in found[:-1] if (metric := lines.read(line)) is not None]


def _whole_lines(path: Path) -> int:
    """How many bytes of the file are whole lines."""
    try:
        return path.read_bytes().rfind(b"\n") + 1
    except OSError:
        return 0
