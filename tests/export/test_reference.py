"""The exported folder in coqui-tts itself, where there is one: XTTS_REFERENCE_PYTHON names a Python that has it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.export.conftest import ADAPTER, MODEL, export, unpacked
from tests.parity.published import GOLDEN, STUDIO_VOICE
from xtts_studio.export import shelf
from xtts_studio.text.tokenizer import Tokenizer
from xtts_studio.workspace import Workspace
from xtts_studio.xtts.checkpoint import load_network
from xtts_studio.xtts.decoding import decode
from xtts_studio.xtts.sampling import Sampling
from xtts_studio.xtts.strength import load_at

PROGRAM = Path(__file__).parent / "reference_program.py"
SENTENCE, CODES = "good morning, the harbour is still asleep.", 40
CASES: dict[str, dict[str, Any]] = {
    "as trained": {"model": MODEL},
    "an adapter at 0.8": {"model": ADAPTER, "strength": 0.8},
    "16 bits": {"model": MODEL, "precision": "float16"},
}


@pytest.fixture(scope="module")
def latent() -> torch.Tensor:
    """The conditioning of a voice, (1, 32, C)."""
    with np.load(GOLDEN / "tiny_conditioning.npz") as arrays:
        return torch.from_numpy(arrays["default_latent"])


@pytest.fixture(scope="module")
def folders(made: Workspace, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """An exported folder for each case. The zips go again: others use the workspace, too."""
    place, found = tmp_path_factory.mktemp("coqui"), {}
    for name, fields in CASES.items():
        found[name] = unpacked(made, export(made, layout="coqui", **fields), place / name) / fields["model"]
        shelf.delete_export(made, fields["model"], "coqui")
    return found


@pytest.fixture(scope="module")
def theirs(folders: dict[str, Path], latent: torch.Tensor, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What coqui-tts says of each; one process for all, since starting it takes most of the time."""
    python = os.environ.get("XTTS_REFERENCE_PYTHON")
    if not python:
        pytest.skip("XTTS_REFERENCE_PYTHON names no Python that has coqui-tts")
    file = tmp_path_factory.mktemp("voice") / "latent.npy"
    np.save(file, latent.numpy())
    command = [python, str(PROGRAM), str(file), SENTENCE, str(CODES), *map(str, folders.values())]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr[-3000:]
    return dict(zip(folders, json.loads(done.stdout.splitlines()[-1]), strict=True))


@pytest.mark.parametrize("case", CASES)
def test_coqui_tts_loads_the_folder_and_speaks_the_same_codes(
    case: str, theirs: dict[str, Any], folders: dict[str, Path], latent: torch.Tensor
) -> None:
    found, network = theirs[case], load_network(folders[case])
    ids = Tokenizer(folders[case] / "vocab.json").encode(SENTENCE, "en")
    assert found["ids"] == ids
    prefix = network.gpt.prefix(latent, ids)
    (ours,) = decode(network.gpt, [prefix], Sampling(repetition_penalty=5.0), max_new_codes=CODES)
    assert found["codes"] == ours.codes.tolist()
    assert len(set(found["codes"])) > 5
    assert found["voices"] == [STUDIO_VOICE]
    assert found["languages"] == list(network.config.languages)


def test_the_codes_are_those_of_the_model_in_the_workspace(
    made: Workspace, theirs: dict[str, Any], latent: torch.Tensor
) -> None:
    for case, strength in (("as trained", 1.0), ("an adapter at 0.8", 0.8)):
        model = CASES[case]["model"]
        network, _ = load_at(made.model(model), made.cache / "xtts-v2", strength)
        prefix = network.gpt.prefix(latent, theirs[case]["ids"])
        (ours,) = decode(network.gpt, [prefix], Sampling(repetition_penalty=5.0), max_new_codes=CODES)
        assert theirs[case]["codes"] == ours.codes.tolist()
    assert theirs["as trained"]["codes"] != theirs["an adapter at 0.8"]["codes"]
