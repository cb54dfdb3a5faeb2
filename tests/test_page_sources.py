"""What holds for the page's sources without a browser: the client is the server's, the two languages are complete."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web"
MESSAGES = sorted((WEB / "lib" / "i18n" / "messages").glob("*.ts"))
COMPONENTS = sorted((WEB / "components").rglob("*.tsx"))
FEATURES = ("data", "datasets", "inference", "settings", "training")
WORDS_THAT_STAY = {"Ctrl", "Ctrl K"}
"""Names of keys, which are on the keyboard in English."""


@pytest.fixture(scope="module")
def node() -> str:
    """Node.js, the system's or ours, with the page's packages installed."""
    found = shutil.which("node") or shutil.which("node", path=ROOT / ".build" / "node" / "bin")
    if found is None or not (WEB / "node_modules" / "typescript").is_dir():
        pytest.skip("The page's packages are not installed. Install them: make page")
    return found


def test_the_client_was_generated_from_this_server(node: str, tmp_path: Path) -> None:
    """Generated anew from the server as it is, the client's types are the file's, byte for byte."""
    described, generated = tmp_path / "openapi.json", tmp_path / "schema.d.ts"
    told = subprocess.run([sys.executable, "-m", "xtts_studio.server.openapi"], capture_output=True, check=True)
    described.write_bytes(told.stdout)
    generator = WEB / "node_modules" / "openapi-typescript" / "bin" / "cli.js"
    subprocess.run([node, generator, described, "-o", generated], cwd=WEB, check=True, capture_output=True)
    assert generated.read_bytes() == (WEB / "lib" / "api" / "schema.d.ts").read_bytes(), "run: make client"


@pytest.mark.parametrize("path", MESSAGES, ids=lambda path: path.stem)
def test_both_languages_have_every_message(path: Path) -> None:
    """TypeScript holds the keys equal (`ru: typeof en`); here: their order, and the arguments of each message."""
    source = path.read_text(encoding="utf-8")
    english, russian = source.split("export const ru", 1)
    assert "typeof en" in russian
    keys = [re.findall(r"(\w+):\s*[\"`]", half) for half in (english, russian)]
    assert keys[0] == keys[1]
    assert arguments(english) == arguments(russian)


def arguments(messages: str) -> list[list[str]]:
    """What each message takes: "{n, plural, one {file} other {# files}}" -> ["n"]."""
    texts = re.findall(r":\s*\"((?:[^\"\\]|\\.)*)\"", messages)
    plain = [re.sub(r"(?:zero|one|two|few|many|other|=\d+) \{\w+\}", "", text) for text in texts]
    return [sorted(set(re.findall(r"\{(\w+)[,}]", text))) for text in plain]


@pytest.mark.parametrize("path", MESSAGES, ids=lambda path: path.stem)
def test_russian_messages_are_russian(path: Path) -> None:
    """No text of two or more English words was left as it is; names and formats may be."""
    russian = path.read_text(encoding="utf-8").split("export const ru", 1)[1]
    texts = re.findall(r":\s*\"((?:[^\"\\]|\\.)*)\"", russian)
    assert texts
    english = [text for text in texts if len(re.findall(r"\b[a-z]{2,}\b", re.sub(r"\{[^}]*\}", "", text))) > 1]
    assert [text for text in english if not re.search("[а-яё]", text)] == []


def test_components_have_no_literal_text(node: str) -> None:
    """Text between tags, and in labels, comes from the dictionaries."""
    script = ROOT / "tests" / "literal_text.mjs"
    told = subprocess.run(
        [node, script, WEB, *COMPONENTS], capture_output=True, check=True, text=True, encoding="utf-8"
    )
    assert [line for line in told.stdout.splitlines() if line.split(": ", 1)[1] not in WORDS_THAT_STAY] == []


@pytest.mark.parametrize("feature", FEATURES)
def test_features_know_nothing_of_each_other(feature: str) -> None:
    """What two of them need lies in components/, hooks/ or lib/."""
    others = "|".join(name for name in FEATURES if name != feature)
    imports = re.compile(rf"from \"(?:@/components|\.\.)/(?:{others})/")
    sources = (WEB / "components" / feature).rglob("*.ts*")
    assert [path.name for path in sources if imports.search(path.read_text(encoding="utf-8"))] == []


FEATURES = sorted(path.name for path in (WEB / "components").iterdir() if path.is_dir() and path.name != "ui")


@pytest.mark.parametrize("feature", FEATURES)
def test_features_do_not_import_each_other(feature: str) -> None:
    """What two of them need lies above both; only a page puts them together."""
    sources = list((WEB / "components" / feature).rglob("*.ts*"))
    assert sources
    for path in sources:
        imported = set(re.findall(r"@/components/([\w-]+)/", path.read_text(encoding="utf-8")))
        assert imported <= {"ui", feature}, path.name
