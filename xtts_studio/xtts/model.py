"""XTTS v2 as a whole: load a model, clone a voice, speak."""

from __future__ import annotations

import copy
import secrets
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TypeVar, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from xtts_studio.errors import InvalidInput, TextError
from xtts_studio.shapes import Precision
from xtts_studio.text.tokenizer import Tokenizer
from xtts_studio.xtts import cloning, packed
from xtts_studio.xtts.adapter_file import Adapter
from xtts_studio.xtts.checkpoint import Network, load_dvae, load_studio_voices
from xtts_studio.xtts.cloning import Recording
from xtts_studio.xtts.config import XttsConfig
from xtts_studio.xtts.decoding import Decoder, steps
from xtts_studio.xtts.dvae import Dvae
from xtts_studio.xtts.gpt import Gpt
from xtts_studio.xtts.low_rank import with_branches
from xtts_studio.xtts.precision import TORCH_DTYPES, device_named, precision_named, vocoder_dtype
from xtts_studio.xtts.sampling import Sampling, generator_for
from xtts_studio.xtts.strength import load_at
from xtts_studio.xtts.utterance import Utterance
from xtts_studio.xtts.vocoder import Vocoder
from xtts_studio.xtts.voice import Voice

T = TypeVar("T")


class Xtts:
    """A loaded model.

    model = Xtts.load("cache/xtts-v2")
    voice = model.clone(["ref.wav"])
    wave = model.speak("Hello.", voice, language="en", seed=0)  # float32 (samples,), 24 000 Hz
    """

    def __init__(self, network: Network, tokenizer: Tokenizer, folder: Path) -> None:
        self.network = network
        self.tokenizer = tokenizer
        self.folder = folder
        self.precision: Precision = "float32"
        self._arranged = False

    @staticmethod
    def load(
        folder: Path | str,
        device: str = "auto",
        dtype: str = "auto",
        *,
        base: Path | str | None = None,
        strength: float = 1.0,
    ) -> Xtts:
        """The model in a folder, as published or one of ours.

        base: the folder of the model that it was trained from, which an adapter and any strength but 1 need; strength
        0 is that base, 1 the model as it was trained.

        device: "cpu", "cuda", "cuda:1"; "auto" is a GPU where there is one. dtype: of the GPT. "float32", in which
        every number equals the reference's; "bfloat16", "float16" (GPU), "int8" (CPU); "fastest" is what
        `precision.fastest` finds; "auto" is float32. All but float32 only speak. Raises CheckpointError, InvalidInput.
        """
        folder = Path(folder)
        found_device = device_named(device)
        precision = precision_named(dtype, found_device)
        network, whole = load_at(folder, None if base is None else Path(base), strength)
        model = Xtts(network, Tokenizer(whole / "vocab.json"), whole)
        model.network.to(found_device)
        if precision != "float32":
            model.arrange_for_speech(precision)
        return model

    def arrange_for_speech(self, precision: Precision = "float32") -> Xtts:
        """Rearranges the GPT's weights so that it speaks faster, and every sequence says the same to the last bit
        whatever else is decoded with it. It can't be trained or saved afterwards. Gives itself; arranged once, it
        stays so."""
        if self._arranged:
            return self
        self._arranged = True
        if self.device.type == "cpu":
            self.gpt.pack(cast(packed.PackedPrecision, precision))
        else:
            self.gpt.set_precision(TORCH_DTYPES[precision])
        self.vocoder.waveform_decoder.to(vocoder_dtype(precision, self.device))
        self.precision = precision
        return self

    def with_adapter(self, adapter: Adapter, strength: float = 1.0) -> Xtts:
        """This model with an adapter's branches beside its layers; all else, the memory too, is shared.

        adapter: as `low_rank.placed` gives it. The speech is that of the merged model but for rounding.
        """
        network = copy.copy(self.network)
        network.__dict__["_modules"] = {**network._modules, "gpt": with_branches(self.gpt, adapter, strength)}
        view = Xtts(network, self.tokenizer, self.folder)
        view.precision, view._arranged = self.precision, True
        return view

    @property
    def config(self) -> XttsConfig:
        return self.network.config

    @property
    def gpt(self) -> Gpt:
        return self.network.gpt

    @property
    def vocoder(self) -> Vocoder:
        return self.network.hifigan_decoder

    @property
    def mel_stats(self) -> Tensor:
        return self.network.mel_stats

    @property
    def device(self) -> torch.device:
        return self.network.mel_stats.device

    @cached_property
    def dvae(self) -> Dvae:
        """Needed for training only, so read when first asked for. Raises CheckpointError where the folder has none."""
        return load_dvae(self.folder).to(self.device)

    @cached_property
    def studio_voices(self) -> dict[str, Voice]:
        """The voices published with the model, by name."""
        return load_studio_voices(self.folder)

    def clone(
        self,
        recordings: Sequence[Recording],
        *,
        max_ref_length_s: float | None = None,
        gpt_cond_len_s: float | None = None,
        chunk_len_s: float | None = None,
        normalize: bool | None = None,
        rate_hz: int | None = None,
    ) -> Voice:
        """The voice in recordings: sound files, or float samples with their rate. None: as the configuration says.

        `max_ref_length_s` of each recording are used; `gpt_cond_len_s` of all together, in chunks of `chunk_len_s`,
        teach how to speak; `normalize` brings each to the same peak; `rate_hz` is the rate they are first brought to.
        Raises AudioError.
        """
        config = self.config
        clips = [cloning.read_recording(recording, rate_hz or config.sample_rate_hz) for recording in recordings]
        clips = [cloning.cut(clip, _or(max_ref_length_s, config.max_ref_length_s)) for clip in clips]
        if _or(normalize, config.normalize_references):
            clips = [cloning.normalized(clip) for clip in clips]
        cond_len_s = _or(gpt_cond_len_s, config.gpt_cond_len_s)
        return cloning.clone(self.network, clips, cond_len_s, _or(chunk_len_s, config.gpt_cond_chunk_len_s))

    def speak(
        self,
        text: str,
        voice: Voice,
        language: str,
        *,
        seed: int | None = None,
        sampling: Sampling | None = None,
        speed: float = 1.0,
        greedy: bool = False,
        split: bool = True,
        max_new_codes: int | None = None,
    ) -> NDArray[np.float32]:
        """Speech, float32 (samples,) at 24 000 Hz: what `stream` gives piece by piece, in one."""
        pieces = self.stream(
            text, voice, language, seed=seed, sampling=sampling, speed=speed, greedy=greedy, split=split,
            max_new_codes=max_new_codes,
        )  # fmt: skip
        return np.concatenate(list(pieces))

    def stream(
        self,
        text: str,
        voice: Voice,
        language: str,
        *,
        seed: int | None = None,
        sampling: Sampling | None = None,
        speed: float = 1.0,
        greedy: bool = False,
        split: bool = True,
        max_new_codes: int | None = None,
        stream_codes: int | None = None,
    ) -> Iterator[NDArray[np.float32]]:
        """Speech as it is made, float32 pieces (samples,) of `stream_codes` codes (46 ms each), or growing ones.

        seed: the same seed gives the same speech; None draws one. greedy: always the likeliest code, no chance.
        split: long text is cut into sentences; without, only where the model could not take it in one. max_new_codes:
        the most codes for each piece of text. Raises TextError, InvalidInput before the first piece of audio.
        """
        voice.check(self.config)
        if not 0 < speed < np.inf:
            raise InvalidInput(f"speed is {speed}, expected a number above 0.")
        seed = secrets.randbits(32) if seed is None else seed
        sampling = sampling or self.default_sampling
        pieces = self.text_ids(text, language, split=split)
        return self._spoken(pieces, voice, sampling, None if greedy else seed, speed, max_new_codes, stream_codes)

    @property
    def default_sampling(self) -> Sampling:
        """As the model's configuration says."""
        config = self.config
        return Sampling(
            config.temperature, config.top_k, config.top_p, config.repetition_penalty, config.length_penalty
        )

    def text_ids(self, text: str, language: str, *, split: bool = True) -> list[list[int]]:
        """The ids of each piece of a text, every piece short enough for the model. Raises TextError for empty text."""
        limit = None if split else len(text) + 1  # even so a piece of too many ids is split, it never fails
        pieces = self.tokenizer.split(text, language, limit)
        if not pieces:
            raise TextError("The text has nothing in it that can be spoken.", hint="Write some words.")
        if language == "ja":  # cleaning lower-cases the other languages itself
            pieces = [piece.lower() for piece in pieces]
        return [self.tokenizer.encode(piece.strip(), language) for piece in pieces]

    def _spoken(
        self,
        pieces: list[list[int]],
        voice: Voice,
        sampling: Sampling,
        seed: int | None,
        speed: float,
        max_new_codes: int | None,
        stream_codes: int | None,
    ) -> Iterator[NDArray[np.float32]]:
        for number, ids in enumerate(pieces):
            with torch.inference_mode():  # not around the yield: the mode would leak to the caller
                prefix = self.gpt.prefix(voice.gpt_latent.to(self.device), ids)
                audio = Utterance(self.vocoder.stream(voice.speaker_embedding.to(self.device), speed), stream_codes)
            decoder = Decoder(self.gpt)
            decoder.join(prefix, sampling, None if seed is None else generator_for(seed, number), max_new_codes)
            for sequence, latent in steps(decoder):
                wave = audio.add(latent, last=sequence.ended)
                if len(wave):
                    yield wave


def _or(given: T | None, default: T) -> T:
    return default if given is None else given
