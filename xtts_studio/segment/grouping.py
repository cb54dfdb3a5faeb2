"""Which neighbours belong together: the cheapest of all ways to group pieces of speech into chunks."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xtts_studio.segment.pauses import Times

_DURATION_COST = 0.5
_TOO_SHORT_COST = 2.0


@dataclass(frozen=True)
class Costs:
    """What chunks should be like, in seconds, and for each piece (n,) what it costs to keep the pause before it inside
    a chunk, and what it costs to cut there."""

    min_s: float
    target_s: float
    max_s: float
    longest_pause_s: float
    kept: NDArray[np.float64]
    cut: NDArray[np.float64]


def cheapest(start_s: Times, end_s: Times, from_s: Times, to_s: Times, costs: Costs) -> list[tuple[int, int]]:
    """First and last piece of each group, from the first group to the last.

    Pieces are spoken from `start_s` to `end_s` and padded from `from_s` to `to_s`, (n,) each. Groups with their padding
    are no longer than the maximum; a single piece may be, and has to do with less padding. A pause beyond
    `longest_pause_s` stays outside.
    """
    table = _table(start_s, end_s, from_s, to_s, costs)
    count, reach = table.shape
    # best[reach + i]: the least cost of the first i pieces; what lies before the first piece can't be reached
    best = np.full(reach + count + 1, np.inf)
    best[reach] = 0.0
    chosen = np.zeros(count, dtype=np.int64)
    for last in range(count):
        total = table[last] + best[reach + last : last : -1]
        chosen[last] = int(total.argmin())
        best[reach + last + 1] = total[chosen[last]]
    groups, last = [], count - 1
    while last >= 0:
        groups.append((last - int(chosen[last]), last))
        last -= int(chosen[last]) + 1
    return groups[::-1]


def _table(start_s: Times, end_s: Times, from_s: Times, to_s: Times, costs: Costs) -> NDArray[np.float64]:
    """(pieces, most in a group): what the group costs that ends with a piece and has so many before it."""
    count = len(start_s)
    too_long = np.append(0, np.cumsum(start_s[1:] - end_s[:-1] > costs.longest_pause_s))
    kept = np.cumsum(costs.kept)
    rows = []
    for back in range(count):
        first, last = np.arange(count - back), np.arange(back, count)
        duration_s = to_s[last] - from_s[first]
        possible = (duration_s <= costs.max_s) & (too_long[last] == too_long[first])
        if back and not possible.any():
            break
        cost = _DURATION_COST * ((duration_s - costs.target_s) / costs.target_s) ** 2
        cost += _TOO_SHORT_COST * np.maximum(0.0, costs.min_s - duration_s) / costs.min_s
        cost += kept[last] - kept[first] + costs.cut[first]
        row = np.full(count, np.inf)
        row[last] = np.where(possible, cost, np.inf) if back else cost
        rows.append(row)
    return np.stack(rows, axis=1)
