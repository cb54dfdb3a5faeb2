"""What the server says in English has its Russian on the page (web/lib/i18n/said/ru.json)."""

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "xtts_studio"
RUSSIAN: dict[str, str] = json.loads((ROOT / "web" / "lib" / "i18n" / "said" / "ru.json").read_text())

SENTENCE = re.compile(r"[A-Za-z]{2,} [a-z{]")
SHORTEST = 9
WORDS = {"faster", "slower", "shortest", "target", "longest", "undo", "redo"}
COUNTS = re.compile(r"\{\} (seconds|minutes|hours|clips?|steps?|batch(es)?)")
"""What fills a hole of another text."""

COMPLETE = (
    "audio/opening.py",
    "audio/sound_file.py",
    "audio/survey.py",
    "dataset",
    "ingest.py",
    "jobs/modal_check.py",
    "jobs/worker.py",
    "models/fetch.py",
    "models/pulling.py",
    "models/room.py",
    "models/takeover.py",
    "segment/steps.py",
    "server/places.py",
    "server/routes/runs.py",
    "server/routes/training.py",
    "synthesis/likeness.py",
    "synthesis/quality.py",
    "synthesis/references.py",
    "synthesis/steps.py",
    "text/script.py",
    "text/tidy.py",
    "training/loop",
    "training/names.py",
    "training/plan",
    "training/runs.py",
    "transcription/own_words.py",
)
"""Modules all of whose texts are translated. Others have some that only programs or the command line meet."""
NEVER_SEEN = ("dataset/exchange", "training/loop/checkpoints.py", "training/loop/saving.py")
INTERNAL = {"modal {}", "can't allocate memory", "settle the checkpoint before", "blob {}\0", "do again"}


def test_nothing_is_left_in_english() -> None:
    missing = sorted(
        text
        for name in COMPLETE
        for path in _modules(PACKAGE / name)
        if not str(path.relative_to(PACKAGE)).startswith(NEVER_SEEN)
        for text in texts(path)
        if text not in RUSSIAN and text not in INTERNAL
    )
    assert missing == [], "add them to web/lib/i18n/said/ru.json"


def test_nothing_is_translated_that_nobody_says() -> None:
    said = {text for path in _modules(PACKAGE) for text in texts(path)} | WORDS
    assert [text for text in RUSSIAN if text not in said and not COUNTS.fullmatch(text)] == []


def test_what_varies_is_in_both() -> None:
    """Each place named is there, and forms of a number are three."""
    for text, reads in RUSSIAN.items():
        places = re.findall(r"\{(\d)(?:#([^}]*))?\}", reads)
        assert all(int(number) < text.count("{}") for number, _ in places), reads
        assert all(forms.count("|") == 2 for _, forms in places if forms), reads
        assert reads.count("{") == len(places), reads


def _modules(path: Path) -> list[Path]:
    return sorted(path.rglob("*.py")) if path.is_dir() else [path]


@cache
def texts(path: Path) -> frozenset[str]:
    """The sentences in a module that somebody may read, with {} for what varies; not those of docstrings and logs."""
    tree = ast.parse(path.read_text())
    passed_over = {id(node) for outer in ast.walk(tree) for node in _not_said(outer)}
    found = {_template(node) for node in ast.walk(tree) if id(node) not in passed_over}
    return frozenset(text for text in found if text and len(text) >= SHORTEST - 1 and SENTENCE.search(text))


def _template(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return None


def _not_said(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield from node.values
    elif isinstance(node, ast.Call) and ast.unparse(node.func).startswith(("logger.", "Field", "Query", "re.compile")):
        yield from ast.walk(node)
