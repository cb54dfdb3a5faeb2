"""What shapes an XTTS v2 model, read from its `config.json`."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from xtts_studio.errors import CheckpointError

_FROM_MODEL_ARGS = {
    "layers": "gpt_layers",
    "channels": "gpt_n_model_channels",
    "heads": "gpt_n_heads",
    "text_tokens": "gpt_number_text_tokens",
    "audio_tokens": "gpt_num_audio_tokens",
    "start_text_token": "gpt_start_text_token",
    "stop_text_token": "gpt_stop_text_token",
    "start_audio_token": "gpt_start_audio_token",
    "stop_audio_token": "gpt_stop_audio_token",
    "max_text_tokens": "gpt_max_text_tokens",
    "max_audio_tokens": "gpt_max_audio_tokens",
    "code_stride_samples": "gpt_code_stride_len",
    "vocoder_hop_samples": "output_hop_length",
    "speaker_channels": "d_vector_dim",
}
_FROM_AUDIO = {"sample_rate_hz": "sample_rate", "output_sample_rate_hz": "output_sample_rate"}
_FROM_TOP = {
    "temperature": "temperature",
    "length_penalty": "length_penalty",
    "repetition_penalty": "repetition_penalty",
    "top_k": "top_k",
    "top_p": "top_p",
    "gpt_cond_len_s": "gpt_cond_len",
    "gpt_cond_chunk_len_s": "gpt_cond_chunk_len",
    "max_ref_length_s": "max_ref_len",
    "normalize_references": "sound_norm_refs",
}
_MUST_HOLD = {
    "gpt_use_masking_gt_prompt_approach": True,
    "gpt_use_perceiver_resampler": True,
    "cond_d_vector_in_each_upsampling_layer": True,
}


@dataclass(frozen=True)
class XttsConfig:
    """Sizes and defaults of one model. A missing value in `config.json` is the official v2 one, as here."""

    layers: int = 30
    channels: int = 1024
    heads: int = 16
    text_tokens: int = 6681  # highest id in the vocabulary + 1
    audio_tokens: int = 1026  # codes, start, stop
    start_text_token: int = 261
    stop_text_token: int = 0
    start_audio_token: int = 1024
    stop_audio_token: int = 1025
    max_text_tokens: int = 402  # a piece of text has fewer ids than this
    max_audio_tokens: int = 605
    conditioning_latents: int = 32
    code_stride_samples: int = 1024  # at sample_rate_hz
    vocoder_hop_samples: int = 256  # at output_sample_rate_hz
    speaker_channels: int = 512
    sample_rate_hz: int = 22050
    output_sample_rate_hz: int = 24000
    languages: tuple[str, ...] = (
        "en", "es", "fr", "de", "it", "pt", "pl", "tr", "ru", "nl", "cs", "ar", "zh-cn", "hu", "ko", "ja", "hi",
    )  # fmt: skip
    temperature: float = 0.75
    length_penalty: float = 1.0
    repetition_penalty: float = 5.0
    top_k: int = 50
    top_p: float = 0.85
    gpt_cond_len_s: float = 30  # how much of the references shapes the voice's latents
    gpt_cond_chunk_len_s: float = 4
    max_ref_length_s: float = 30  # how much of each reference is used at all
    normalize_references: bool = False

    def __post_init__(self) -> None:
        if self.channels % self.heads:
            raise CheckpointError(f"config.json: {self.channels} channels can't be divided among {self.heads} heads.")
        for name in ("start_audio_token", "stop_audio_token"):
            if not 0 <= getattr(self, name) < self.audio_tokens:
                raise CheckpointError(
                    f"config.json: {name} {getattr(self, name)} is outside {self.audio_tokens} codes."
                )

    @property
    def most_positions(self) -> int:
        """Of one sequence: the voice, the longest text between its two tokens, the start token, all codes."""
        return self.conditioning_latents + self.max_text_tokens + 1 + 1 + self.max_new_codes

    @property
    def max_new_codes(self) -> int:
        """How many codes one piece of speech may have (602 officially, 28 s)."""
        return self.max_audio_tokens - 3

    @staticmethod
    def read(path: Path | str) -> XttsConfig:
        """The configuration in `path`, a config.json or the folder it is in.

        Raises CheckpointError where it is absent, no JSON, or describes another model than XTTS v2.
        """
        path = Path(path)
        file = path / "config.json" if path.is_dir() else path
        return XttsConfig.from_published(_read_json(file))

    @staticmethod
    def from_published(published: dict[str, Any]) -> XttsConfig:
        """The configuration as the published `config.json` spells it."""
        model_args, audio = (_section(published, name) for name in ("model_args", "audio"))
        _refuse_other_models(published, model_args)
        found = _pick(_FROM_MODEL_ARGS, model_args) | _pick(_FROM_AUDIO, audio) | _pick(_FROM_TOP, published)
        if published.get("languages"):
            found["languages"] = tuple(published["languages"])
        return XttsConfig(**_checked(found))

    def to_json(self) -> dict[str, Any]:
        """The configuration as the published `config.json` spells it: what `read` reads, other tools too."""
        own = asdict(self)
        model_args = {theirs: own[ours] for ours, theirs in _FROM_MODEL_ARGS.items()}
        model_args |= _MUST_HOLD | {"decoder_input_dim": self.channels, "input_sample_rate": self.sample_rate_hz}
        model_args["output_sample_rate"] = self.output_sample_rate_hz
        return {
            "model": "xtts",
            "audio": {theirs: own[ours] for ours, theirs in _FROM_AUDIO.items()},
            "model_args": model_args,
            "languages": list(self.languages),
            **{theirs: own[ours] for ours, theirs in _FROM_TOP.items()},
        }


def _read_json(file: Path) -> dict[str, Any]:
    hint = "A model folder holds config.json, vocab.json and model.pth or model.safetensors."
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CheckpointError(f"No config.json in {file.parent}.", hint=hint) from None
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{file} can't be read as JSON: {error}.", hint=hint) from None
    if not isinstance(content, dict):
        raise CheckpointError(f"{file} holds a {type(content).__name__}, expected an object.", hint=hint)
    return content


def _section(published: dict[str, Any], name: str) -> dict[str, Any]:
    section = published.get(name) or {}
    if not isinstance(section, dict):
        raise CheckpointError(f"config.json: {name} is a {type(section).__name__}, expected an object.")
    return section


def _refuse_other_models(published: dict[str, Any], model_args: dict[str, Any]) -> None:
    model = published.get("model", "xtts")
    if model != "xtts":
        raise CheckpointError(f"config.json is of a {model!r} model, expected 'xtts'.")
    for name, expected in _MUST_HOLD.items():
        if model_args.get(name, expected) != expected:
            raise CheckpointError(
                f"config.json has {name} {model_args[name]}, expected {expected}.",
                hint="This looks like XTTS v1; only XTTS v2 models can be used.",
            )


def _pick(names: dict[str, str], source: dict[str, Any]) -> dict[str, Any]:
    return {ours: source[theirs] for ours, theirs in names.items() if source.get(theirs) is not None}


def _checked(found: dict[str, Any]) -> dict[str, Any]:
    """The values with the types of their fields; a wrong one is named."""
    defaults = {field.name: field.default for field in fields(XttsConfig)}
    for name, value in found.items():
        kind = type(defaults[name])
        numbers = (int, float) if kind is float or name.endswith("_s") else (kind,)
        if not isinstance(value, numbers) or (isinstance(value, bool) and kind is not bool):
            raise CheckpointError(f"config.json: {name} is {value!r}, expected {kind.__name__}.")
    return found
