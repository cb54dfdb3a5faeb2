"""The speaker encoder: the reference's embeddings for every way of giving it a reference recording."""

from collections.abc import Sequence

import pytest
import torch
from torch import Tensor

from tests.parity.deviation import deviation
from tests.parity.parts import clip, tensors_under, vocoder
from xtts_studio.xtts.resample import resample
from xtts_studio.xtts.speaker import SpeakerEncoder


def embedding(
    size: str, clips: Sequence[int], longest_s: int = 30, load_hz: int = 22050, loudest: float | None = None
) -> Tensor:
    """The mean embedding (1, 512, 1) of clips, each loaded at `load_hz`, cut, perhaps made equally loud."""
    found = []
    for number in clips:
        wave = resample(clip(number), 22050, load_hz).clamp(-1, 1)[:, : longest_s * load_hz]
        wave = wave if loudest is None else wave / wave.abs().max() * loudest
        found.append(vocoder(size).speaker_encoder(resample(wave, load_hz, 16000)))
    return torch.stack(found).mean(0)[..., None]


@pytest.mark.parametrize(
    ("case", "options"),
    [
        ("default", {"clips": [0]}),
        ("config", {"clips": [0]}),
        ("multi", {"clips": [0, 1]}),
        ("norm", {"clips": [1], "loudest": 0.75}),
        ("trunc", {"clips": [0], "longest_s": 3}),
        ("sr24k", {"clips": [1], "load_hz": 24000}),
    ],
)
def test_embedding_as_the_reference(golden, case, options):
    want = golden("tiny_conditioning")[f"{case}_speaker"]
    deviation(f"tiny {case}_speaker", embedding("tiny", **options), want, 1e-3)


@pytest.mark.parametrize(("case", "clips"), [("default", [0]), ("config", [0]), ("multi", [0, 1])])
def test_embedding_of_the_full_model_as_the_reference(golden, case, clips):
    want = golden("full_conditioning")[f"{case}_speaker"]
    deviation(f"full {case}_speaker", embedding("full", clips), want, 1e-3)


def test_mel_as_the_reference(golden):
    mel = vocoder("tiny").speaker_encoder.mel(resample(clip(1), 22050, 16000))
    deviation("tiny spk_mel_1", mel, golden("tiny_features")["spk_mel_1"], 1e-4, "abs")


def test_published_filter_window_and_bank_are_what_we_would_build():
    published = tensors_under("hifigan_decoder.speaker_encoder.torch_spec.", "tiny")
    built = SpeakerEncoder().torch_spec.state_dict()
    assert published.keys() == built.keys()
    for name, tensor in published.items():
        torch.testing.assert_close(built[name], tensor, rtol=1e-5, atol=1e-7)


def test_embeddings_have_length_one_and_do_not_depend_on_the_batch():
    waves = torch.randn(2, 8000, generator=torch.Generator().manual_seed(0)) * 0.1
    encoder = vocoder("tiny").speaker_encoder
    together = encoder(waves)
    torch.testing.assert_close(together.norm(dim=-1), torch.ones(2))
    torch.testing.assert_close(together[1:], encoder(waves[1:]), rtol=0, atol=1e-5)


def test_too_short_a_wave_is_refused():
    with pytest.raises(ValueError, match="got 256"):
        vocoder("tiny").speaker_encoder(torch.zeros(1, 256))
    assert vocoder("tiny").speaker_encoder(torch.zeros(1, 257)).isfinite().all()
