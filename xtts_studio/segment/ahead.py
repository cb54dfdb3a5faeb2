"""Doing the next thing while somebody works on this one."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")


def ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The same items; another thread already fetches the next one, and no more, while this one is worked on."""
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = thread.submit(next, items, None)
            yield item


def side_by_side(make: Callable[[Item], Made], items: Iterable[Item], workers: int) -> Iterator[Made]:
    """`make` of each item, in order, made by so many threads; no more than two items more than these are held."""
    waiting: list[Future[Made]] = []
    with ThreadPoolExecutor(workers) as threads:
        for item in items:
            waiting.append(threads.submit(make, item))
            if len(waiting) > workers + 1:
                yield waiting.pop(0).result()
        while waiting:
            yield waiting.pop(0).result()
