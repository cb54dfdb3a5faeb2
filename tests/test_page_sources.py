"""What holds for the page's sources without a browser: the client is the server's, the two languages are complete."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

WEB = Path(__file__).resolve().parent.parent / "web"
MESSAGES = sorted((WEB / "lib" / "i18n" / "messages").glob("*.ts"))
COMPONENTS = [path for path in sorted((WEB / "components").rglob("*.tsx")) if path.parent.name != "ui"]


def test_the_client_was_generated_from_this_server() -> None:
    """Every path and method of the server is in the client's types, and no other."""
    described = subprocess.run([sys.executable, "-m", "xtts_studio.server.openapi"], capture_output=True, check=True)
    wanted = set(json.loads(described.stdout)["paths"])
    schema = (WEB / "lib" / "api" / "schema.d.ts").read_text(encoding="utf-8")
    assert set(re.findall(r'^    "(/[^"]*)": \{', schema, re.MULTILINE)) == wanted, "run: make client"


@pytest.mark.parametrize("path", MESSAGES, ids=lambda path: path.stem)
def test_both_languages_have_every_message(path: Path) -> None:
    """TypeScript holds the keys equal (`ru: typeof en`); here: Russian is Russian, and the arguments are the same."""
    source = path.read_text(encoding="utf-8")
    english, russian = source.split("export const ru", 1)
    assert "typeof en" in russian
    keys = [re.findall(r"(\w+):\s*[\"`]", half) for half in (english, russian)]
    assert keys[0] == keys[1]
    arguments = [sorted(set(re.findall(r"\{(\w+)[,}]", half))) for half in (english, russian)]
    assert arguments[0] == arguments[1]


@pytest.mark.parametrize("path", COMPONENTS, ids=lambda path: path.stem)
def test_components_have_no_literal_text(path: Path) -> None:
    """Text between tags, and in labels, comes from the dictionaries."""
    source = path.read_text(encoding="utf-8")
    between = re.findall(r"<\w[^<>]*>\s*([A-Za-zА-я][^<>{}()=;]{2,})</", source)
    labels = re.findall(r'(?:aria-label|placeholder|title|alt)="([^"]+)"', source)
    allowed = {"Ctrl K", "404"}
    assert [text.strip() for text in [*between, *labels] if text.strip() not in allowed] == []
