"""Reading server-sent events as a browser does."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True)
class ServerEvent:
    """One event of a stream."""

    id: int
    event: str
    data: Any


def read(client: httpx.Client, path: str, last_event_id: int | None = None) -> Iterator[ServerEvent]:
    """The events of a stream until it ends; closing the iterator drops the connection."""
    headers = {} if last_event_id is None else {"Last-Event-ID": str(last_event_id)}
    with client.stream("GET", path, headers=headers) as answer:
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"].startswith("text/event-stream")
        fields: dict[str, str] = {}
        for line in answer.iter_lines():
            name, _, value = line.partition(": ")
            if name in ("id", "event", "data"):
                fields[name] = value
            elif not line:
                if "data" in fields:
                    yield ServerEvent(int(fields["id"]), fields["event"], json.loads(fields["data"]))
                fields = {}
