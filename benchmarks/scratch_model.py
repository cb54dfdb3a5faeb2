"""A small XTTS made from nothing: its sizes, its first weights, its vocabulary of letters."""

from __future__ import annotations

import json
import string
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from xtts_studio.xtts.checkpoint import Network
from xtts_studio.xtts.config import XttsConfig
from xtts_studio.xtts.transformer import InOutLinear

LANGUAGE = "en"
_SPREAD = 0.02
_STOP, _UNKNOWN, _SPACE, _FIRST = 0, 1, 2, 3


def letter_vocabulary() -> dict[str, Any]:
    """A tokenizer of single letters, for English alone, with XTTS's special tokens. Theirs come last, but for the
    first three."""
    letters = string.ascii_lowercase + "!'(),-./:;?"
    ids = {"[STOP]": _STOP, "[UNK]": _UNKNOWN, "[SPACE]": _SPACE}
    ids |= {letter: number for number, letter in enumerate(letters, start=_FIRST)}
    ids |= {f"[{LANGUAGE}]": len(ids), "[START]": len(ids) + 1}
    flags = {"special": True, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [{"id": number, "content": one, **flags} for one, number in ids.items() if one[0] == "["],
        "normalizer": None,
        "pre_tokenizer": {"type": "Whitespace"},
        "post_processor": None,
        "decoder": None,
        "model": {
            "type": "BPE", "dropout": None, "unk_token": "[UNK]", "continuing_subword_prefix": None,
            "end_of_word_suffix": None, "fuse_unk": False, "vocab": ids, "merges": [],
        },
    }  # fmt: skip


def write_vocabulary(path: Path) -> Path:
    path.write_text(json.dumps(letter_vocabulary(), ensure_ascii=False), encoding="utf-8")
    return path


@dataclass(frozen=True)
class Scale:
    """Sizes of a model. `hidden`, `width`: of the DVAE, and of its codes' vectors."""

    layers: int
    channels: int  # a multiple of 32 and of the heads
    heads: int
    codes: int
    hidden: int
    width: int

    def config(self) -> XttsConfig:
        """The configuration of an English model of these sizes."""
        ids = letter_vocabulary()["model"]["vocab"]
        return XttsConfig(
            layers=self.layers,
            channels=self.channels,
            heads=self.heads,
            text_tokens=max(ids.values()) + 1,
            start_text_token=ids["[START]"],
            stop_text_token=ids["[STOP]"],
            audio_tokens=self.codes + 2,
            start_audio_token=self.codes,
            stop_audio_token=self.codes + 1,
            languages=(LANGUAGE,),
            temperature=1.0,
            top_p=0.95,
            repetition_penalty=1.0,  # of a few hundred codes, most come again
        )


def new_network(config: XttsConfig, seed: int) -> Network:
    """All weights by chance, the GPT's as GPT-2's began, the rest as torch begins."""
    torch.manual_seed(seed)
    network = Network(config).eval()
    for module in network.gpt.modules():
        if isinstance(module, nn.Linear | InOutLinear | nn.Embedding):
            nn.init.normal_(module.weight, std=_SPREAD)
    nn.init.normal_(network.gpt.conditioning_perceiver.latents, std=_SPREAD)
    return network
