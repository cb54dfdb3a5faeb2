"""config.json as coqui-tts wants it: everything that was published, corrected to the model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from xtts_studio.xtts.checkpoint import load_config


def coqui_config(files: Path, base: Path) -> dict[str, Any]:
    """The configuration of the model in `files`, complete where its base's is.

    Sizes are the model's own, the count of text tokens that of its vocabulary; paths of other machines are left out.
    """
    config = _read(base)
    for stronger in (_read(files), load_config(files).to_json()):
        config = _merged(config, stronger)
    config["model_args"] |= {"tokenizer_file": "", "gpt_checkpoint": None}
    return config


def _read(folder: Path) -> dict[str, Any]:
    try:
        content = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _merged(weaker: dict[str, Any], stronger: dict[str, Any]) -> dict[str, Any]:
    """Both, section by section; where they differ the stronger's word counts."""
    merged = weaker | stronger
    for name in weaker.keys() & stronger.keys():
        if isinstance(weaker[name], dict) and isinstance(stronger[name], dict):
            merged[name] = _merged(weaker[name], stronger[name])
    return merged
