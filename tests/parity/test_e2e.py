"""Text -> waveform, whole and streamed, against the reference's `inference` and `inference_stream`."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from tests.parity.conftest import Sized
from tests.parity.deviation import deviation
from tests.shared import shared
from xtts_studio.xtts import Sampling, Voice
from xtts_studio.xtts.decoding import decode

SENTENCE = "The invention of printing changed the world."
TWO_SENTENCES = "It was a quiet evening. Nobody came to the door, and the fire had almost gone out."
OPTIONS: dict[str, Any] = {"greedy": True, "sampling": Sampling(repetition_penalty=10)}
STREAM_CODES, OVERLAP = 12, 1024


def voice_of(sized: Sized) -> Voice:
    shared("parity/vocab.json")  # the goldens were made with this vocabulary
    arrays = sized.arrays("conditioning")
    return Voice(torch.from_numpy(arrays["default_latent"]), torch.from_numpy(arrays["default_speaker"]))


def test_whole_sentence(tiny: Sized) -> None:
    wave = tiny.model.speak(SENTENCE, voice_of(tiny), "en", max_new_codes=40, **OPTIONS)
    deviation("tiny e2e wav", wave, tiny.arrays("e2e")["wav"], 1e-4)


def test_latents_of_a_sentence(tiny: Sized) -> None:
    latents = latents_of(tiny)
    deviation("tiny e2e gpt_latents", latents, tiny.arrays("e2e")["gpt_latents"], 1e-4)


def test_faster(tiny: Sized) -> None:
    wave = tiny.model.speak(SENTENCE, voice_of(tiny), "en", max_new_codes=40, speed=1.25, **OPTIONS)
    deviation("tiny e2e wav_speed125", wave, tiny.arrays("e2e")["wav_speed125"], 1e-4)


def test_pieces_of_a_split_text_follow_each_other(tiny: Sized) -> None:
    voice = voice_of(tiny)
    pieces = tiny.model.tokenizer.split(TWO_SENTENCES, "en", 40)
    waves = [tiny.model.speak(piece, voice, "en", max_new_codes=20, **OPTIONS) for piece in pieces]
    deviation("tiny e2e wav_split", np.concatenate(waves), tiny.arrays("e2e")["wav_split"], 1e-4)


def test_stream_is_the_reference_stream_but_for_its_seams(tiny: Sized) -> None:
    """The reference vocodes everything again for each chunk and cross-fades; doing the same gives its numbers."""
    want = tiny.arrays("e2e")
    chunks = reference_chunks(tiny)
    assert [len(chunk) for chunk in chunks] == list(want["stream_lengths"])
    deviation("tiny e2e stream_wav, cross-faded as there", np.concatenate(chunks), want["stream_wav"], 1e-4)


def test_our_stream_has_no_seams(tiny: Sized) -> None:
    """Streamed or not, ours is the waveform the reference gives for the whole sentence."""
    stream = tiny.model.stream(SENTENCE, voice_of(tiny), "en", max_new_codes=40, stream_codes=STREAM_CODES, **OPTIONS)
    deviation("tiny e2e wav, streamed", np.concatenate(list(stream)), tiny.arrays("e2e")["wav"], 1e-4)


def latents_of(sized: Sized) -> torch.Tensor:
    model, voice = sized.model, voice_of(sized)
    (ids,) = model.text_ids(SENTENCE, "en")
    with torch.inference_mode():
        prefix = model.gpt.prefix(voice.gpt_latent, ids)
    (decoded,) = decode(model.gpt, [prefix], Sampling(repetition_penalty=10), None, 40)
    return decoded.latents[None]


def reference_chunks(sized: Sized) -> list[NDArray[np.float32]]:
    latents, embedding = latents_of(sized), voice_of(sized).speaker_embedding
    lengths = [*range(STREAM_CODES, latents.shape[1] + 1, STREAM_CODES), latents.shape[1]]
    chunks: list[NDArray[np.float32]] = []
    begin, tail = 0, None
    for number, length in enumerate(lengths):
        wave = sized.model.vocoder(latents[:, :length], embedding)[0, 0].numpy()
        last = number == len(lengths) - 1
        chunk = wave[max(begin - OVERLAP, 0) :] if last else wave[max(begin - OVERLAP, 0) : -OVERLAP]
        chunks.append(chunk if tail is None else faded(tail, chunk))
        begin, tail = len(wave), wave[-OVERLAP:]
    return chunks


def faded(tail: NDArray[np.float32], chunk: NDArray[np.float32]) -> NDArray[np.float32]:
    rising = np.linspace(0, 1, OVERLAP, dtype=np.float32)
    return np.concatenate([tail * (1 - rising) + chunk[:OVERLAP] * rising, chunk[OVERLAP:]])
