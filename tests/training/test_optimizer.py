"""The optimizer decays what it should, and equals the reference's losses step by step."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn

from tests.parity.published import GOLDEN
from tests.training.conftest import settings
from xtts_studio.training.loop.optimizer import learning_rate_at, make_optimizer
from xtts_studio.xtts.checkpoint import Network


def test_decays_weights_alone(make_network: Callable[[], Network]) -> None:
    gpt = make_network().gpt
    decayed, others = make_optimizer(gpt, 5e-6, 1e-2).param_groups
    assert (decayed["weight_decay"], others["weight_decay"]) == (1e-2, 0.0)
    assert all(
        group["lr"] == 5e-6 and group["betas"] == (0.9, 0.96) and group["eps"] == 1e-8 for group in (decayed, others)
    )
    left_alone = {id(parameter) for parameter in others["params"]}
    names = {name for name, parameter in gpt.named_parameters() if id(parameter) in left_alone}
    assert len(decayed["params"]) + len(others["params"]) == len(list(gpt.parameters()))
    assert all(name in names for name in dict(gpt.named_parameters()) if name.endswith(".bias"))
    assert {"text_embedding.weight", "mel_pos_embedding.emb.weight", "gpt.ln_f.weight", "final_norm.weight"} <= names
    assert "conditioning_encoder.attn.0.norm.weight" in names
    assert "conditioning_perceiver.norm.gamma" in names
    assert names.isdisjoint({"gpt.h.0.attn.c_attn.weight", "mel_head.weight", "conditioning_encoder.init.weight"})


def test_leaves_frozen_parameters_out() -> None:
    model = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))
    model[0].requires_grad_(False)
    groups = make_optimizer(model, 1e-3, 0.1).param_groups
    assert [parameter for group in groups for parameter in group["params"]] == [model[1].weight, model[1].bias]


def test_losses_between_steps_equal_the_reference(make_network: Callable[[], Network]) -> None:
    """AdamW divides gradients near nothing by themselves, so rounding grows from step to step: in 64 bits the fourth
    loss is 1.7e-3 away from the reference's as well."""
    with np.load(GOLDEN / "tiny_train.npz") as arrays:
        names = ("text_inputs", "text_lengths", "audio_codes", "wav_lengths", "cond_mels", "cond_idxs", "adamw_losses")
        ids, lengths, codes, wav_lengths, mels, idxs, expected = (torch.from_numpy(arrays[name]) for name in names)
    gpt = make_network().gpt.eval()
    optimizer = make_optimizer(gpt, 5e-6, 1e-2)
    found = []
    for _ in range(len(expected)):
        loss = gpt.loss(ids.long(), lengths, codes, wav_lengths, mels, idxs, mask="reference")
        found.append([loss.total.item(), loss.text.item(), loss.mel.item()])
        optimizer.zero_grad()
        loss.total.backward()
        optimizer.step()
    for step, tolerance in enumerate((2e-5, 5e-5, 3e-4, 3e-3)):
        assert found[step] == pytest.approx(expected[step].tolist(), rel=tolerance), f"step {step}"


def test_learning_rate_rises_and_stays() -> None:
    plain, warmed = settings(learning_rate=0.5), settings(learning_rate=0.5, warmup_steps=4)
    assert [learning_rate_at(step, 1000, plain) for step in (0, 1, 999)] == [0.5, 0.5, 0.5]
    assert [learning_rate_at(step, 1000, warmed) for step in (0, 1, 3, 4, 999)] == [0.125, 0.25, 0.5, 0.5, 0.5]


def test_learning_rate_falls_along_a_cosine() -> None:
    wave = settings(learning_rate=0.5, warmup_steps=10, lr_schedule="cosine")
    rates = [learning_rate_at(step, 110, wave) for step in range(110)]
    assert rates[9] == rates[10] == 0.5
    assert rates[60] == pytest.approx(0.5 * 0.55)
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[109] == pytest.approx(0.05, rel=0.01)
