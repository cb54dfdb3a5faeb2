"""On an NVIDIA GPU: recorded steps are the plain ones, and 16 bits stay near 32."""

from __future__ import annotations

import pytest
import torch

from tests.parity.conftest import Sized
from tests.parity.published import STUDIO_VOICE
from xtts_studio.xtts import Sampling, Xtts
from xtts_studio.xtts.decoding import Decoder, decode, steps
from xtts_studio.xtts.precision import precisions
from xtts_studio.xtts.sampling import generator_for

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA GPU")]
TEXTS = [[259, *range(20, 30)], [259, *range(40, 90)], [259, 30, 31]]


@pytest.fixture
def on_gpu(tiny: Sized) -> Xtts:
    return Xtts.load(tiny.model.folder, "cuda")


def latents_of(model: Xtts, *, recorded: bool) -> list[torch.Tensor]:
    """Three sentences of different length, the third joining late; (N, C) each."""
    voice, decoder = model.studio_voices[STUDIO_VOICE], Decoder(model.gpt, 3)
    if not recorded:
        decoder._graphs = None
    with torch.inference_mode():
        prefixes = [model.gpt.prefix(voice.gpt_latent.to(model.device), ids) for ids in TEXTS]
    told: list[list[torch.Tensor]] = [[], [], []]
    sequences = [decoder.join(prefixes[n], Sampling(), generator_for(1, n), 20, 20) for n in (0, 1)]
    for number, (sequence, latent) in enumerate(steps(decoder)):
        told[sequences.index(sequence)].append(latent)
        if number == 5:
            sequences.append(decoder.join(prefixes[2], Sampling(), generator_for(1, 2), 20, 20))
    return [torch.stack(latents).float().cpu() for latents in told]


def test_recorded_steps_are_the_plain_ones(on_gpu: Xtts) -> None:
    for recorded, plain in zip(latents_of(on_gpu, recorded=True), latents_of(on_gpu, recorded=False), strict=True):
        torch.testing.assert_close(recorded, plain, atol=1e-4, rtol=0)


def test_the_gpu_says_what_the_cpu_says(on_gpu: Xtts, tiny: Sized) -> None:
    spoken = [model.speak("One, two.", model.studio_voices[STUDIO_VOICE], "en", greedy=True, max_new_codes=20)
              for model in (on_gpu, tiny.model)]  # fmt: skip
    assert len(spoken[0]) == len(spoken[1])
    assert abs(spoken[0] - spoken[1]).max() < 1e-2


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_sixteen_bits_speak(tiny: Sized, precision: str) -> None:
    if precision not in precisions(torch.device("cuda")):
        pytest.skip(f"this GPU has no {precision}")
    model = Xtts.load(tiny.model.folder, "cuda", precision)
    voice = model.studio_voices[STUDIO_VOICE]
    with torch.inference_mode():
        prefix = model.gpt.prefix(voice.gpt_latent.to(model.device), TEXTS[0])
    (decoded,) = decode(model.gpt, [prefix], Sampling(), [generator_for(0, 0)], 10)
    assert bool(decoded.latents.isfinite().all())
    assert abs(model.speak("One, two.", voice, "en", seed=1, max_new_codes=20)).max() > 0
