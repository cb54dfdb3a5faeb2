"""Reference clips -> conditioning latents and speaker embedding."""

from typing import Any

import pytest

from tests.parity.conftest import Sized, each_size
from tests.parity.deviation import deviation
from tests.parity.parts import CLIPS
from tests.shared import shared

SIX_S: dict[str, Any] = {"max_ref_length_s": 30, "gpt_cond_len_s": 6, "chunk_len_s": 6}
CASES: dict[str, tuple[list[int], dict[str, Any]]] = {
    "default": ([0], SIX_S),
    "config": ([0], {}),  # what the official config.json says: 30, 30, 4
    "multi": ([0, 1], {"gpt_cond_len_s": 12, "chunk_len_s": 4}),
    "norm": ([1], {**SIX_S, "normalize": True}),
    "trunc": ([0], {**SIX_S, "max_ref_length_s": 3}),
    "sr24k": ([1], {**SIX_S, "rate_hz": 24_000}),
}


@pytest.mark.parametrize(("sized", "case"), each_size(CASES, ["default", "config", "multi"]), indirect=["sized"])
def test_voice_of_reference_clips(sized: Sized, case: str) -> None:
    want = sized.arrays("conditioning")
    clips, options = CASES[case]
    voice = sized.model.clone([shared(f"parity/wavs/{CLIPS[number]}") for number in clips], **options)
    deviation(f"{sized.size} conditioning {case}_latent", voice.gpt_latent, want[f"{case}_latent"], 1e-3)
    deviation(f"{sized.size} conditioning {case}_speaker", voice.speaker_embedding, want[f"{case}_speaker"], 1e-3)
