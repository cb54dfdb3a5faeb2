"""Planning a training on the command line, and its many options."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import typer
from typer.testing import CliRunner

from tests.cli.conftest import Typist
from tests.parity.published import write_published_folder
from tests.training.trainable import harbour_dataset
from xtts_studio.cli.training_options import training_request, with_settings, words_of
from xtts_studio.shapes import DatasetShare, TrainRequest
from xtts_studio.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Two datasets of the ten sentences of the harbour recording."""
    workspace = Workspace(tmp_path / "home")
    for name in ("harbour", "second"):
        harbour_dataset(workspace, name)
    return workspace


@pytest.fixture
def person(workspace: Workspace) -> Iterator[Typist]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield Typist(workspace.home)
    torch.set_num_threads(threads)


def parsed(*words: str) -> TrainRequest:
    """The request that `train harbour --name mine` with these words becomes."""
    found: list[TrainRequest] = []

    @with_settings
    def verb(dataset: str, name: str = typer.Option(), resume: str | None = None, **settings: Any) -> None:
        found.append(training_request(dataset, name, resume, settings))

    app = typer.Typer()
    app.command()(verb)
    done = CliRunner().invoke(app, ["harbour", "--name", "mine", *words], catch_exceptions=False)
    assert done.exit_code == 0, done.stderr
    return found[0]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), {}),
        (("--no-audition", "--gradient-checkpointing"), {"audition": False, "gradient_checkpointing": True}),
        (("--no-gradient-checkpointing",), {"gradient_checkpointing": False}),
        (("--lora-targets", "mlp", "--lora-targets", "embeddings"), {"lora_targets": ["mlp", "embeddings"]}),
        (("--audition-sentences", "It's a test, isn't it?"), {"audition_sentences": ["It's a test, isn't it?"]}),
        (
            ("--more-datasets", "second=0.5", "--more-datasets", "my third"),
            {"more_datasets": [DatasetShare(dataset="second", weight=0.5), DatasetShare(dataset="my third")]},
        ),
        (("--method", "lora", "--learning-rate", "2e-4", "--seed", "7"), {"learning_rate": 2e-4, "seed": 7}),
        (("--eval-fraction", "0", "--warmup-steps", "0"), {"eval_fraction": 0.0, "warmup_steps": 0}),
    ],
)
def test_options_become_settings_and_can_be_typed_again(words: tuple[str, ...], expected: dict[str, Any]) -> None:
    request = parsed(*words)
    assert {name: getattr(request, name) for name in expected} == expected
    again = parsed(*words_of(request))
    assert again == request
    assert again.model_fields_set == request.model_fields_set


def test_every_setting_has_an_option() -> None:
    told = CliRunner().invoke(_help_app(), ["--help"], env={"COLUMNS": "200", "TERM": "dumb"}).stdout
    flags = set(re.findall(r"--([a-z-]+)", told))
    fields = set(TrainRequest.model_fields) - {"dataset", "name", "run_id"}
    assert {field.replace("_", "-") for field in fields} <= flags


def _help_app() -> typer.Typer:
    app = typer.Typer()

    @app.command()
    @with_settings
    def verb(dataset: str, **settings: Any) -> None:
        """Nothing."""

    return app


def test_a_plan_shows_reasons_and_room(person: Typist) -> None:
    told = person.enters("plan", "harbour", "--method", "lora", "--more-datasets", "second=2").stdout
    plain = re.sub(r"\s+", " ", told)
    assert "20 clips" in plain
    assert "You chose it" not in plain
    assert "effective batch" in plain
    assert "found by itself" in plain
    assert re.search(r"\d+ steps an epoch, \d+ in all", plain)
    assert "Note: " in plain  # a minute is little
    assert not (person.home / "data" / "runs").exists()
    assert not (person.home / "data" / "datasets" / "harbour" / "versions").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("plan", "nobody"), "no dataset 'nobody'"),
        (("plan", "harbour", "--method", "lora", "--new-tokens", "10"), "method 'full'"),
        (("plan", "harbour", "--more-datasets", "second=much"), "no weight"),
        (("plan", "harbour", "--more-datasets", "second=99"), "--weight"),
        (("plan", "harbour", "--prompts", "none"), "--prompts"),
        (("plan", "harbour", "--lora-targets", "nose"), "--lora-targets: "),
    ],
)
def test_what_can_not_be_planned_is_told(person: Typist, words: tuple[str, ...], told: str) -> None:
    assert told in person.is_told(*words)


def test_a_plan_with_a_probe_tells_time_and_memory(person: Typist, workspace: Workspace, tmp_path: Path) -> None:
    shutil.copytree(write_published_folder(tmp_path / "tiny"), workspace.cache / "xtts-v2")
    told = person.enters("plan", "harbour", "--probe", "--epochs", "2", "--effective-batch", "2").stdout
    plain = re.sub(r"\s+", " ", told)
    assert re.search(r"On cpu in \w+: [12] clips at a time", plain), plain
    assert re.search(r"s a step, .* in all; \d\.\d GB of memory", plain)
    assert not list(workspace.runs.glob("*"))
    assert not workspace.models.exists()
