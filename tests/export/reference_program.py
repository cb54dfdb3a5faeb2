"""coqui-tts itself loads exported folders and speaks with them: a plain script, run by a Python that has it.

    REFERENCE/bin/python tests/export/reference_program.py LATENT.npy SENTENCE CODES FOLDER...

Prints a line of JSON: for each folder the ids of the sentence, the likeliest codes, and how many tensors were loaded.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from TTS.tts.configs.xtts_config import XttsConfig
from TTS.tts.models.xtts import Xtts


def spoken(folder: Path, latent: torch.Tensor, sentence: str, codes: int) -> dict[str, Any]:
    """Loads a folder, strictly, and takes the likeliest code each time."""
    config = XttsConfig()
    config.load_json(str(folder / "config.json"))
    model = Xtts.init_from_config(config)
    model.load_checkpoint(config, checkpoint_dir=str(folder), eval=False, strict=True)
    tensors = len(model.state_dict())
    model.load_checkpoint(config, checkpoint_dir=str(folder), eval=True, strict=True)
    ids = model.tokenizer.encode(sentence, lang="en")
    with torch.inference_mode():
        found = model.gpt.generate(
            cond_latents=latent,
            text_inputs=torch.tensor([ids]),
            do_sample=False,
            num_beams=1,
            num_return_sequences=1,
            repetition_penalty=float(config.repetition_penalty),
            max_new_tokens=codes,
        )
    voices = sorted(model.speaker_manager.speaker_names) if model.speaker_manager else []
    return {"ids": ids, "codes": found[0].tolist(), "tensors": tensors, "languages": config.languages, "voices": voices}


if __name__ == "__main__":
    latent_file, sentence, codes, *folders = sys.argv[1:]
    torch.set_num_threads(1)
    latent = torch.from_numpy(np.load(latent_file))
    print(json.dumps([spoken(Path(folder), latent, sentence, int(codes)) for folder in folders]))  # noqa: T201
