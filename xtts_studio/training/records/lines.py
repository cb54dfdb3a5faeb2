"""A line of metrics.jsonl: {"step": 12, "name": "loss", "value": 2.5}. A number that is not finite is null there, which
JSON has and NaN it has not."""

import json
import math

from xtts_studio.events import Metric


def written(metric: Metric) -> bytes:
    """The line of a metric, with its end."""
    content = {"step": metric.step, "name": metric.name, "value": metric.value if math.isfinite(metric.value) else None}
    return json.dumps(content, ensure_ascii=False).encode() + b"\n"


def read(line: bytes) -> Metric | None:
    """The metric of a line; None where it can't be read."""
    try:
        found = json.loads(line)
        step, name, value = found["step"], found["name"], found["value"]
        return Metric(int(step), str(name), math.nan if value is None else float(value))
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
