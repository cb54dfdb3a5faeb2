"""Event files for TensorBoard: its records and messages come from tensorboardX, which needs no TensorFlow.

The writer of that library puts events into a queue for a thread of its own; where the disk refuses, the thread ends and
whoever adds an event waits for ever. So its records are written here directly, some at a time.
"""

import os
import struct
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from xtts_studio.events import Metric

_MOST_WAITING = 100_000


class _Timed(NamedTuple):
    metric: Metric
    wall_time_s: float


class EventFiles:
    """Event files in a folder. Each process that works on the run adds a file to those that are there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._waiting: list[_Timed] = []
        self._file: Path | None = None  # this process's
        self._restart: int | None = None  # from this step on, what other files say doesn't count

    def add(self, metric: Metric) -> None:
        """A point, to be written by `write`."""
        self._waiting.append(_Timed(metric, time.time()))
        del self._waiting[:-_MOST_WAITING]

    def begin_after(self, step: int, known: Sequence[Metric]) -> None:
        """Goes on after `step`: what was written of later steps is to be passed over by whoever reads the files.

        Where there are no files (the run comes from elsewhere), the `known` points are written first.
        """
        self._file = None
        self._waiting.clear()
        if any(self.folder.glob("*tfevents*")):
            self._restart = step + 1
        else:
            for metric in known:
                self.add(metric)

    def write(self) -> None:
        """Writes what was added. Raises `OSError`; all of it then goes into another file the next time.

        `ImportError` without the library.
        """
        if not self._waiting:
            return
        try:
            self._write()
        except OSError:
            self._file = None
            raise
        self._waiting.clear()
        self._restart = None

    def _write(self) -> None:
        from tensorboardX.proto.event_pb2 import Event
        from tensorboardX.proto.summary_pb2 import Summary

        content = b"" if self._file is not None else self._beginning()
        for metric, wall_time_s in self._waiting:
            summary = Summary(value=[Summary.Value(tag=metric.name, simple_value=metric.value)])
            content += _record(Event(step=metric.step, wall_time=wall_time_s, summary=summary))
        self._file = self._file or self._new_file()
        with self._file.open("ab") as file:  # never left open: a volume with an open file can't be brought up to date
            file.write(content)
            file.flush()
            os.fsync(file.fileno())

    def _beginning(self) -> bytes:
        """What a new file begins with."""
        from tensorboardX.proto.event_pb2 import Event, SessionLog

        now_s = time.time()
        version = _record(Event(wall_time=now_s, file_version="brain.Event:2"))
        if self._restart is None:
            return version
        restart = SessionLog(status=SessionLog.START)
        return version + _record(Event(wall_time=now_s, step=self._restart, session_log=restart))

    def _new_file(self) -> Path:
        self.folder.mkdir(exist_ok=True)  # not its parents: a run that was deleted stays deleted
        # Readers take files in the order of their names.
        number = sum(1 for _ in self.folder.glob("*tfevents*"))
        return self.folder / f"events.out.tfevents.{int(time.time()):010}.{number:04}"


def _record(event: Any) -> bytes:
    """An event as it lies in the file: its length and its bytes, each with a checksum."""
    from tensorboardX.record_writer import masked_crc32c

    data: bytes = event.SerializeToString()
    length = struct.pack("<Q", len(data))
    return b"".join((length, struct.pack("<I", masked_crc32c(length)), data, struct.pack("<I", masked_crc32c(data))))
