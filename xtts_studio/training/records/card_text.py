"""The card of a model as a page to read: plain Markdown, the fields' own words. Needs no torch."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_KINDS = {"full": "all weights of the GPT", "adapter": "an adapter (LoRA), used together with its base"}
_SCORES = {
    "score": "score, 0 to 1",
    "similarity": "similarity of the speaker to held-out clips (cosine)",
    "cer": "character error rate of what a recogniser heard",
    "pace": "pace, as a ratio to the dataset's",
    "silence": "share of silence",
}
_LOSSES = {"train": "training clips", "eval": "evaluation clips"}


def card_markdown(card: Mapping[str, Any]) -> str:
    """The card as Markdown. Takes what `make_card` gives, and cards of other versions that lack some of it."""
    parts = [_head(card), *_licence(card), *_data(card), *_measured(card), *_settings(card)]
    return "\n\n".join(parts) + "\n"


def _head(card: Mapping[str, Any]) -> str:
    kind = str(card.get("kind", "full"))
    facts = {
        "Base": card.get("base"),
        "What was trained": _KINDS.get(kind, kind),
        "Languages": ", ".join(card.get("languages") or []),
        "Steps": _steps(card),
        "Entries added to the vocabulary": card.get("added_tokens"),
        "Run": card.get("run_id"),
        "Made at": card.get("created_at"),
        "Made with": " ".join(str(word) for word in (card.get("software") or {}).values()),
    }
    lines = "\n".join(f"- {name}: {_plain(value)}" for name, value in facts.items() if value)
    return f"# {_plain(card.get('name', 'A model'))}\n\n{lines}"


def _steps(card: Mapping[str, Any]) -> str:
    steps, step = card.get("steps"), card.get("step")
    if steps is None:
        return ""
    return str(steps) if step in (None, steps) else f"{step} (chosen among {steps} that were trained)"


def _licence(card: Mapping[str, Any]) -> Iterator[str]:
    licence = card.get("licence")
    if licence:
        yield f"## Licence\n\n{_plain(licence['name'])}, of {_plain(licence['of'])}: <{licence['url']}>"


def _data(card: Mapping[str, Any]) -> Iterator[str]:
    datasets = card.get("datasets") or ([card["dataset"]] if card.get("dataset") else [])
    if not datasets:
        return
    yield "## Data"
    header = ("dataset", "version", "clips trained on", "clips evaluated", "minutes", "languages", "weight")
    rows = [
        (
            one.get("name"),
            one.get("version"),
            one.get("train_clips"),
            one.get("eval_clips"),
            one.get("minutes"),
            ", ".join(one.get("languages", [])),
            one.get("weight"),
        )
        for one in datasets
    ]
    yield _table(header, rows)
    prints = "\n".join(f"- {_plain(one['name'])}: `{one['fingerprint']}`" for one in datasets if one.get("fingerprint"))
    if prints:
        yield f"Fingerprints of what training saw:\n\n{prints}"


def _measured(card: Mapping[str, Any]) -> Iterator[str]:
    losses, scores = card.get("losses") or {}, card.get("scores") or {}
    rows = [(f"loss on {_LOSSES.get(name, name)}", _number(value)) for name, value in losses.items()]
    rows += [(_SCORES.get(name, name), _number(value)) for name, value in scores.items()]
    rows = [row for row in rows if row[1]]
    if rows:
        yield "## Measured"
        yield _table(("what", "value"), rows)


def _settings(card: Mapping[str, Any]) -> Iterator[str]:
    settings = {name: value for name, value in (card.get("settings") or {}).items() if value not in (None, [])}
    if settings:
        yield "## Settings"
        yield _table(("setting", "value"), [(name, _value(value)) for name, value in settings.items()])


def _table(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join("" if cell is None else _plain(cell) for cell in line) + " |" for line in lines)


def _number(value: Any) -> str:
    return "" if value is None else f"{value:.4g}"


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _plain(value: Any) -> str:
    """One line that no table and no markup takes for its own: names are chosen by people."""
    text = " ".join(str(value).split())
    return "".join(f"\\{char}" if char in "\\`*_[]<>|#" else char for char in text)
