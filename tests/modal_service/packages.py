"""Which packages an image would have, found in those that are installed here."""

import re
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

_GUARD = """
import sys
from importlib.machinery import PathFinder
LACKING = {lacking!r}


class OfImage(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.partition(".")[0] in LACKING else super().find_spec(name, path, target)


sys.meta_path[:] = [OfImage if one is PathFinder else one for one in sys.meta_path if "editable" not in str(one)]
"""


def installed(whole: Iterable[str], alone: Iterable[str]) -> set[str]:
    """The distributions that an image gets: requirements with what they require, and those without."""
    done: set[tuple[str, frozenset[str]]] = set()
    todo = [Requirement(one) for one in whole]
    while todo:
        wanted = todo.pop()
        key = (normal(wanted.name), frozenset(wanted.extras))
        if key in done:
            continue
        done.add(key)
        for text in metadata.requires(wanted.name) or []:
            requirement = Requirement(text)
            if asked_for(requirement, wanted.extras):
                todo.append(requirement)
    return {name for name, _ in done} | {normal(Requirement(one).name) for one in alone}


def asked_for(requirement: Requirement, extras: set[str]) -> bool:
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in (extras or {""}))


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def only(distributions: set[str], folder: Path) -> str:
    """The source of a `sitecustomize`: nothing else can be imported, but what lies in `folder`, and the SDK."""
    there = distributions | installed(["modal"], [])
    lacking = sorted(
        module
        for module, names in metadata.packages_distributions().items()
        if not there & {normal(one) for one in names} and not (folder / module).exists()
    )
    return _GUARD.format(lacking=lacking)
