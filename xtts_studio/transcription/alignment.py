"""Two sequences of words, one written and one heard, laid beside each other.

Rows of words that occur once in both are found first, the longest rows before single words; what lies between them is
aligned exactly. So hours take seconds, and words that only one of the two has don't pull the others along.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import lru_cache

_ROWS = (5, 3, 2, 1)
_MOST_CELLS = 1_500_000
_SKIP_COST = 0.7
_ALIKE_COST, _UNLIKE_COST = 0.3, 1.1
_ALIKE = 0.6

Pairs = list[tuple[int, int]]


@dataclass(frozen=True)
class _Part:
    """A range of each text; what lies in one is looked for in the other."""

    written: Sequence[str]
    heard: Sequence[str]
    own: tuple[int, int]
    other: tuple[int, int]

    def within(self, own: tuple[int, int], other: tuple[int, int]) -> "_Part":
        return replace(self, own=own, other=other)


def align(written: Sequence[str], heard: Sequence[str]) -> Pairs:
    """Pairs (index written, index heard) of words that are the same or stand for each other, both rising."""
    return _between(_Part(written, heard, (0, len(written)), (0, len(heard))), 0)


def _between(part: _Part, depth: int) -> Pairs:
    """The pairs of a part, in order: what begins and ends alike first."""
    (a, a_end), (b, b_end) = part.own, part.other
    found: Pairs = []
    while a < a_end and b < b_end and part.written[a] == part.heard[b]:
        found.append((a, b))
        a, b = a + 1, b + 1
    tail: Pairs = []
    while a_end > a and b_end > b and part.written[a_end - 1] == part.heard[b_end - 1]:
        a_end, b_end = a_end - 1, b_end - 1
        tail.append((a_end, b_end))
    if a < a_end and b < b_end:
        found += _middle(part.within((a, a_end), (b, b_end)), depth)
    return found + tail[::-1]


def _middle(part: _Part, depth: int) -> Pairs:
    own, other = part.own, part.other
    if depth == len(_ROWS):
        small = (own[1] - own[0]) * (other[1] - other[0]) <= _MOST_CELLS
        return _exact(part.written, part.heard, own, other) if small else []
    found: Pairs = []
    length, at = _ROWS[depth], (own[0], other[0])
    for a, b in _anchors(part.written, part.heard, own, other, length):
        if a < at[0] or b < at[1]:  # covered by the row before
            continue
        found += _between(part.within((at[0], a), (at[1], b)), depth + 1)
        found += [(a + step, b + step) for step in range(length)]
        at = (a + length, b + length)
    return found + _between(part.within((at[0], own[1]), (at[1], other[1])), depth + 1)


def _anchors(
    written: Sequence[str], heard: Sequence[str], own: tuple[int, int], other: tuple[int, int], length: int
) -> Pairs:
    """Where rows of so many words begin that occur once in both; as many as rise in both."""
    first, second = _once(written, own, length), _once(heard, other, length)
    return _rising([(at, second[row]) for row, at in first.items() if row in second])


def _once(words: Sequence[str], span: tuple[int, int], length: int) -> dict[tuple[str, ...], int]:
    found: dict[tuple[str, ...], int] = {}
    for at in range(span[0], span[1] - length + 1):
        row = tuple(words[at : at + length])
        found[row] = -1 if row in found else at
    return {row: at for row, at in found.items() if at >= 0}


def _rising(pairs: Pairs) -> Pairs:
    """The longest run of pairs that rises in both; `pairs` rise in the first."""
    lowest: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for index, (_, b) in enumerate(pairs):
        at = bisect_left(lowest, b)
        before.append(ends[at - 1] if at else -1)
        lowest[at : at + 1], ends[at : at + 1] = [b], [index]
    chain: Pairs = []
    index = ends[-1] if ends else -1
    while index >= 0:
        chain.append(pairs[index])
        index = before[index]
    return chain[::-1]


def _exact(written: Sequence[str], heard: Sequence[str], own: tuple[int, int], other: tuple[int, int]) -> Pairs:
    """The cheapest alignment of two ranges."""
    rows, columns = own[1] - own[0], other[1] - other[0]
    costs = [column * _SKIP_COST for column in range(columns + 1)]
    came = [bytearray(columns + 1)]
    came[0][1:] = b"\x02" * columns
    for row in range(1, rows + 1):
        word, steps = written[own[0] + row - 1], bytearray(columns + 1)
        last, costs[0], steps[0] = costs[0], row * _SKIP_COST, 1
        for column in range(1, columns + 1):
            pair = last + _cost(word, heard[other[0] + column - 1])
            skip_written, skip_heard = costs[column] + _SKIP_COST, costs[column - 1] + _SKIP_COST
            last = costs[column]
            best = min(pair, skip_written, skip_heard)
            steps[column] = 0 if best == pair else 1 if best == skip_written else 2
            costs[column] = best
        came.append(steps)
    return _traced(came, own, other)


def _traced(came: list[bytearray], own: tuple[int, int], other: tuple[int, int]) -> Pairs:
    row, column, pairs = own[1] - own[0], other[1] - other[0], []
    while row or column:
        step = came[row][column]
        row, column = row - (step != 2), column - (step != 1)
        if step == 0:
            pairs.append((own[0] + row, other[0] + column))
    return pairs[::-1]


@lru_cache(maxsize=200_000)
def _cost(first: str, second: str) -> float:
    if first == second:
        return 0.0
    if min(len(first), len(second)) * 2 < max(len(first), len(second)):
        return _UNLIKE_COST
    alike = SequenceMatcher(None, first, second, autojunk=False).ratio() >= _ALIKE
    return _ALIKE_COST if alike else _UNLIKE_COST
