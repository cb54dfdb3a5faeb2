"""Voices on disk."""

from pathlib import Path

import pytest
import torch

from xtts_studio.errors import CheckpointError, InvalidInput
from xtts_studio.xtts import Voice, XttsConfig


def test_saved_and_loaded_it_is_the_same(tmp_path: Path) -> None:
    voice = Voice(torch.randn(1, 32, 128).transpose(1, 2).contiguous().transpose(1, 2), torch.randn(1, 512, 1))
    voice.save(tmp_path / "voice.safetensors")
    again = Voice.load(tmp_path / "voice.safetensors")
    assert torch.equal(again.gpt_latent, voice.gpt_latent)
    assert torch.equal(again.speaker_embedding, voice.speaker_embedding)
    assert [path.name for path in tmp_path.iterdir()] == ["voice.safetensors"]


@pytest.mark.parametrize("content", [b"", b"not a voice", b"\xff" * 64])
def test_other_files_are_no_voices(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "voice.safetensors").write_bytes(content)
    with pytest.raises(CheckpointError, match=r"voice\.safetensors"):
        Voice.load(tmp_path / "voice.safetensors")


def test_a_voice_of_another_model_is_refused() -> None:
    voice = Voice(torch.zeros(1, 32, 128), torch.zeros(1, 512, 1))
    with pytest.raises(InvalidInput, match=r"\(1, 32, 128\), this model expects \(1, 32, 1024\)"):
        voice.check(XttsConfig())
