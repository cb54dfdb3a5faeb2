"""The card: complete, honest about what was not measured, and readable whatever names people choose."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from markdown_it import MarkdownIt

from xtts_studio import __version__
from xtts_studio.shapes import Audition, AuditionLine, DatasetShare, TrainRequest
from xtts_studio.training.records.card import TrainedDataset, card_markdown, make_card

READER = TrainedDataset("reader", 3, 1.0, 90, 10, 600.0, ("de", "en"), "aa" * 32)
GUEST = TrainedDataset("guest", 1, 2.5, 8, 2, 66.0, ("uk",), "bb" * 32)
REQUEST = TrainRequest(
    dataset="reader",
    name="mine",
    method="lora",
    more_datasets=[DatasetShare(dataset="guest", weight=2.5, version=1)],
    epochs=4,
    learning_rate=1e-4,
    dataset_version=3,
    run_id="r1",
)
LINE = AuditionLine(text="A.", language="en", seed=1, file="line-01.wav", duration_s=1.0, ended=True)
AUDITION = Audition(step=40, epoch=2, created_at="", lines=[LINE], similarity=0.71, cer=None, pace=1.04, score=0.66)


def card(**changes: object) -> dict[str, object]:
    arguments = {
        "run_id": "r1",
        "datasets": [READER, GUEST],
        "fingerprint": "cc" * 32,
        "steps": 60,
        "losses": {"train": 2.5, "eval": 2.75},
        "audition": AUDITION,
        "step": 40,
    }
    return make_card(REQUEST, **(arguments | changes))  # type: ignore[arg-type]


def test_the_card_tells_all_that_a_model_comes_from() -> None:
    made = json.loads(json.dumps(card()))
    assert (made["name"], made["kind"], made["base"], made["run_id"]) == ("mine", "adapter", "xtts-v2", "r1")
    assert "CPML" in made["licence"]["name"]
    assert made["dataset"] == {
        "name": "reader", "version": 3, "fingerprint": "cc" * 32, "train_clips": 98, "eval_clips": 12,
    }  # fmt: skip
    assert made["datasets"][1] == {
        "name": "guest", "version": 1, "fingerprint": "bb" * 32, "weight": 2.5, "train_clips": 8, "eval_clips": 2,
        "minutes": 1.1, "languages": ["uk"],
    }  # fmt: skip
    assert made["languages"] == ["de", "en", "uk"]
    assert made["settings"]["learning_rate"] == 1e-4
    assert made["settings"].keys() & {"name", "dataset", "run_id"} == set()
    assert (made["steps"], made["step"], made["losses"]) == (60, 40, {"train": 2.5, "eval": 2.75})
    assert made["scores"] == {"score": 0.66, "similarity": 0.71, "cer": None, "pace": 1.04, "silence": None}
    assert made["software"] == {"name": "XTTS Studio", "version": __version__}


def test_what_was_not_measured_is_not_claimed() -> None:
    made = card(audition=None, step=None, losses={"train": 2.5, "eval": None})
    assert made["scores"] is None
    assert made["step"] == 60
    page = card_markdown(made)
    assert "similarity" not in page
    assert "evaluation clips" not in page
    assert "- Steps: 60\n" in page
    assert "character error rate" not in card_markdown(card())  # the recogniser was not there


def test_the_page_shows_datasets_scores_and_settings_as_tables() -> None:
    html = MarkdownIt("commonmark").enable("table").render(card_markdown(card()))
    assert html.count("<table>") == 3
    assert "<td>guest</td>\n<td>1</td>\n<td>8</td>\n<td>2</td>\n<td>1.1</td>\n<td>uk</td>\n<td>2.5</td>" in html
    assert "<td>similarity of the speaker to held-out clips (cosine)</td>\n<td>0.71</td>" in html
    assert "<td>learning_rate</td>\n<td>0.0001</td>" in html
    assert "<li>Steps: 40 (chosen among 60 that were trained)</li>" in html
    assert 'href="https://huggingface.co/coqui/XTTS-v2' in html


@pytest.mark.parametrize("name", ["a_b *c* [d](e) | <b>f</b>", "`x` # y", "two\nlines"])
def test_names_are_shown_as_they_are(name: str) -> None:
    made = card() | {"name": name, "datasets": [READER.to_json() | {"name": name}]}
    html = MarkdownIt("commonmark").enable("table").render(card_markdown(made))
    shown = " ".join(name.split()).replace("<", "&lt;").replace(">", "&gt;")
    assert f"<h1>{shown}</h1>" in html
    assert f"<td>{shown}</td>" in html


def test_cards_of_before_can_be_read() -> None:
    old = {"name": "mine", "kind": "full", "base": "xtts-v2", "dataset": {"name": "reader", "train_clips": 7}}
    page = card_markdown(old)
    assert page.startswith("# mine\n")
    assert "| reader |  | 7 |" in page
    assert card_markdown({}).startswith("# A model")


def test_the_server_can_show_a_card_without_torch() -> None:
    code = "import sys, xtts_studio.training.records.card; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
