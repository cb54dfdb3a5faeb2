"""config.json: the official one, our own, and contradictions."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.parity.published import GOLDEN
from xtts_studio.errors import CheckpointError
from xtts_studio.xtts.config import XttsConfig


def test_the_defaults_are_the_official_configuration() -> None:
    assert XttsConfig.read(GOLDEN / "official_config.json") == XttsConfig()


def test_written_and_read_again_it_is_the_same(tmp_path: Path) -> None:
    config = XttsConfig.read(GOLDEN / "config_tiny.json")
    (tmp_path / "config.json").write_text(json.dumps(config.to_json()), encoding="utf-8")
    assert XttsConfig.read(tmp_path) == config
    assert (config.layers, config.channels, config.max_new_codes) == (3, 128, 602)


@pytest.mark.parametrize(
    ("published", "named"),
    [
        ({"model": "vits"}, "vits"),
        ({"model_args": {"gpt_use_perceiver_resampler": False}}, "gpt_use_perceiver_resampler"),
        ({"model_args": {"gpt_n_model_channels": 1000, "gpt_n_heads": 16}}, "1000 channels"),
        ({"model_args": {"gpt_layers": "many"}}, "layers is 'many'"),
        ({"model_args": {"gpt_stop_audio_token": 1026}}, "stop_audio_token 1026"),
        ({"temperature": True}, "temperature"),
        ({"model_args": [1]}, "model_args"),
    ],
)
def test_contradictions_are_named(published: dict[str, Any], named: str) -> None:
    with pytest.raises(CheckpointError, match=named):
        XttsConfig.from_published(published)


@pytest.mark.parametrize("content", ["", "[]", "{", "\x00"])
def test_files_that_are_no_configuration(tmp_path: Path, content: str) -> None:
    (tmp_path / "config.json").write_text(content, encoding="utf-8")
    with pytest.raises(CheckpointError, match=r"config\.json"):
        XttsConfig.read(tmp_path)
