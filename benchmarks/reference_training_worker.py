"""One training by the reference (coqui-tts), a plain script run by the Python of an environment that has it.

    /path/to/reference/bin/python benchmarks/reference_training_worker.py '{"base": …, "clips": …, …}'

Its own trainer's model, batch and optimizer, with the settings of its published recipe; the loop around them is the
plain one: batch to codes and mels, loss, gradients, optimizer. Importing its trainer sets torch to one thread; it gets
as many back as ours has, which makes it faster than its users have it.
"""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from importlib.metadata import version
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import soundfile
import torch
import torchaudio
from measuring import peak_bytes  # beside this script
from reference_worker import read_wave
from trainer.io import save_checkpoint
from TTS.config.shared_configs import BaseDatasetConfig
from TTS.tts.layers.xtts.trainer.gpt_trainer import GPTArgs, GPTTrainer, GPTTrainerConfig
from TTS.tts.models.xtts import XttsAudioConfig

FIRST_STEPS = 2  # pay for what is only paid once


def main() -> None:
    job = json.loads(sys.argv[1])
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    torchaudio.load = read_wave
    torch.set_num_threads(job["threads"])
    try:
        answer = measured(job)
    except Exception as error:  # the other side tells it to a person
        traceback.print_exc()
        answer = {"error": f"{type(error).__name__}: {error}"}
    answers.write(json.dumps(answer) + "\n")
    answers.close()


def measured(job: dict[str, Any]) -> dict[str, Any]:
    model = GPTTrainer(config := configuration(Path(job["base"]), job["base_sizes"], len(job["clips"])))
    torch.set_num_threads(job["threads"])
    samples = [{"audio_file": file, "text": text, "language": "en"} for file, text in job["clips"]]
    loader = model.get_data_loader(config, is_eval=True, samples=samples)  # each clip once, not some at random
    optimizer = model.get_optimizer()
    model.eval()
    model.xtts.gpt.train()
    steps_s = []
    for _ in range(job["steps"]):
        started = time.perf_counter()
        (batch,) = loader
        losses = model.train_step(model.format_batch_on_device(batch), None)[1]
        losses["loss"].backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        steps_s.append(time.perf_counter() - started)
    peak, (size, taken_s) = peak_bytes(), checkpoint(config, model, optimizer, job["steps"])
    return {
        "step_s": median(steps_s[FIRST_STEPS:] or steps_s),
        "steps_s": steps_s,
        "peak_bytes": peak,
        "resumable_bytes": size,
        "model_bytes": size,
        "stands_still_s": taken_s,
        "train_loss": float(losses["loss"]),
        "facts": {
            "coqui-tts": version("coqui-tts"),
            "transformers": version("transformers"),
            "torch": torch.__version__,
            "threads": torch.get_num_threads(),
        },
    }


def configuration(base: Path, sizes: dict[str, int], batch_size: int) -> GPTTrainerConfig:
    """As the reference's published recipe for fine-tuning XTTS v2 has it."""
    arguments = GPTArgs(
        max_conditioning_length=132300,
        min_conditioning_length=66150,
        max_wav_length=255995,
        max_text_length=200,
        mel_norm_file=str(base / "mel_stats.pth"),
        dvae_checkpoint=str(base / "dvae.pth"),
        xtts_checkpoint=str(base / "model.pth"),
        tokenizer_file=str(base / "vocab.json"),
        gpt_use_masking_gt_prompt_approach=True,
        gpt_use_perceiver_resampler=True,
        **sizes,
    )
    return GPTTrainerConfig(
        model_args=arguments,
        audio=XttsAudioConfig(sample_rate=22050, dvae_sample_rate=22050, output_sample_rate=24000),
        batch_size=batch_size,
        eval_batch_size=batch_size,
        num_loader_workers=0,
        optimizer="AdamW",
        optimizer_wd_only_on_weights=True,
        optimizer_params={"betas": [0.9, 0.96], "eps": 1e-8, "weight_decay": 1e-2},
        lr=5e-06,
        datasets=[BaseDatasetConfig()],
    )


def checkpoint(config: GPTTrainerConfig, model: GPTTrainer, optimizer: Any, step: int) -> tuple[int, float]:
    """Bytes of a checkpoint as its trainer writes it, and the seconds that takes."""
    with TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder:
        started = time.perf_counter()
        save_checkpoint(config, model, folder, current_step=step, epoch=0, optimizer=[optimizer])
        taken_s = time.perf_counter() - started
        return sum(path.stat().st_size for path in Path(folder).iterdir()), taken_s


if __name__ == "__main__":
    assert soundfile, "read_wave needs it"
    main()
