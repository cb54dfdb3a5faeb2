"""How far each precision is from float32: the likeliest code, the scores, the sound.

    python -m benchmarks.precision --model FOLDER [--codes 200] [--device cpu]

A text is decoded in float32, by chance. Every other precision is then led along the same codes (teacher forcing): how
often is its likeliest code the same, how far are its scores (error relative to their spread), and how loud is the
difference between the sounds of both (signal to noise). A generated model has flat scores, in which the likeliest code
is easily another: its agreement is a lower bound.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from xtts_studio.xtts import Sampling, Voice, Xtts
from xtts_studio.xtts.decoding import decode
from xtts_studio.xtts.kv_cache import KvCache
from xtts_studio.xtts.precision import device_named, precisions
from xtts_studio.xtts.sampling import generator_for

TEXT = "Printing, in the only sense with which we are at present concerned, differs from most of the arts and crafts."


class Led(NamedTuple):
    """What a model makes of given codes: scores (N, tokens), latents (N, C), sound (samples,)."""

    scores: Tensor
    latents: Tensor
    sound: Tensor


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--codes", type=int, default=200)
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    exact = Xtts.load(options.model, options.device)
    if not exact.studio_voices:
        raise SystemExit("The model has no speakers_xtts.pth, from which a voice is taken.")
    voice = next(iter(exact.studio_voices.values()))
    codes = spoken_codes(exact, voice, options.codes)
    expected = led(exact, voice, codes)
    print(f"{options.device}, {len(codes)} codes of {options.model.name}\n")
    print("precision   same likeliest code   error of scores   sound, both differ   vocoder alone")
    for precision in precisions(device_named(options.device)):
        model = Xtts.load(options.model, options.device, precision).arrange_for_speech()
        found = led(model, voice, codes)
        with torch.inference_mode():
            vocoded = sound(model, expected.latents, voice)
        same = (found.scores.argmax(1) == expected.scores.argmax(1)).double().mean().item()
        error = ((found.scores - expected.scores).std() / expected.scores.std()).item()
        print(
            f"{precision:10}  {same:19.1%}   {error:15.1e}   {snr_db(expected.sound, found.sound):15.1f} dB"
            f"   {snr_db(expected.sound, vocoded):10.1f} dB"
        )
        del model


def spoken_codes(model: Xtts, voice: Voice, number: int) -> list[int]:
    """Codes of a text, drawn; none of them the stop token."""
    (decoded,) = decode(model.gpt, [prefix(model, voice)], Sampling(), [generator_for(0, 0)], number)
    return [code for code in decoded.codes.tolist() if code != model.config.stop_audio_token]


@torch.inference_mode()
def led(model: Xtts, voice: Voice, codes: list[int]) -> Led:
    start, cache = prefix(model, voice), KvCache(model.config, 1, model.device, model.gpt.mel_embedding.weight.dtype)
    hidden = [model.gpt.prefill(start, cache)[None]]
    for number, code in enumerate(codes[:-1], start=1):
        one, place = (torch.tensor([value], device=model.device) for value in (code, number))
        hidden.append(model.gpt.decode_one_token(one, place, cache.step([len(start) + number - 1])))
    latents = torch.cat(hidden)
    scores = model.gpt.audio_logits(latents).float().cpu()
    return Led(scores, latents.float(), sound(model, latents, voice))


def prefix(model: Xtts, voice: Voice) -> Tensor:
    (ids,) = model.text_ids(TEXT, "en", split=False)
    with torch.inference_mode():
        return model.gpt.prefix(voice.gpt_latent.to(model.device), ids)


def sound(model: Xtts, latents: Tensor, voice: Voice) -> Tensor:
    return model.vocoder(latents[None], voice.speaker_embedding.to(model.device))[0, 0].double().cpu()


def snr_db(expected: Tensor, found: Tensor) -> float:
    noise = (expected - found).square().mean().item()
    return 10 * math.log10(expected.square().mean().item() / noise) if noise else math.inf


if __name__ == "__main__":
    main()
