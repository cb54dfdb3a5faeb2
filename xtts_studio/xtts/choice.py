"""Choices that were measured, kept from one process to the next: the same seed must not sound otherwise tomorrow."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import torch

logger = logging.getLogger(__name__)
_file: Path | None = None


def keep_in(file: Path) -> None:
    """Choices are taken from this file and added to it from now on; without one each process measures anew."""
    global _file
    _file = file


def chosen(name: str, options: Sequence[str], measure: Callable[[], str]) -> str:
    """One of `options`: what was chosen on this machine before, or is chosen by `measure` now."""
    key = f"{name} on {_machine()}"
    kept = _kept().get(key, "")
    if kept in options:
        return kept
    choice = measure()
    _keep(key, choice)
    return choice


def _machine() -> str:
    cpu = torch.cpu.get_capabilities().get("cpu_name", "this processor")
    return f"{cpu}, {torch.get_num_threads()} threads, torch {torch.__version__}"


def _kept() -> dict[str, str]:
    with suppress(OSError, ValueError):
        content = json.loads(_file.read_text(encoding="utf-8")) if _file else {}
        return {str(key): str(value) for key, value in content.items()} if isinstance(content, dict) else {}
    return {}


def _keep(key: str, choice: str) -> None:
    if _file is None:
        return
    partial = _file.with_name(f".{_file.name}.partial")
    try:
        _file.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(json.dumps(_kept() | {key: choice}, indent=2), encoding="utf-8")
        partial.replace(_file)
    except OSError as error:
        logger.warning("the choice of %s can't be kept in %s: %s", choice, _file, error)
