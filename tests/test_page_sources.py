"""What holds for the page's sources without a browser: the client is the server's, the two languages are complete."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web"
MESSAGES = sorted(path for path in (WEB / "lib" / "i18n" / "messages" / "en").glob("*.ts") if path.stem != "index")
COMPONENTS = sorted((WEB / "components").rglob("*.tsx"))
FEATURES = sorted(path.name for path in (WEB / "components").iterdir() if path.is_dir() and path.name != "ui")
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
    """TypeScript holds the keys equal (`words: typeof en`); here: their order, and the arguments of each message."""
    english, russian = path.read_text(encoding="utf-8"), in_russian(path)
    assert "typeof en" in russian
    keys = [re.findall(r"(\w+):\s*[\"`]", half) for half in (english, russian)]
    assert keys[0] == keys[1]
    assert arguments(english) == arguments(russian)


def in_russian(path: Path) -> str:
    return (path.parent.parent / "ru" / path.name).read_text(encoding="utf-8")


def arguments(messages: str) -> list[list[str]]:
    """What each message takes: "{n, plural, one {file} other {# files}}" -> ["n"]."""
    texts = re.findall(r":\s*\"((?:[^\"\\]|\\.)*)\"", messages)
    plain = [re.sub(r"(?:zero|one|two|few|many|other|=\d+) \{\w+\}", "", text) for text in texts]
    return [sorted(set(re.findall(r"\{(\w+)[,}]", text))) for text in plain]


@pytest.mark.parametrize("path", MESSAGES, ids=lambda path: path.stem)
def test_russian_messages_are_russian(path: Path) -> None:
    """No text of two or more English words was left as it is; names and formats may be."""
    russian = in_russian(path)
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


def test_every_message_is_asked_for(node: str) -> None:
    """No text is translated, sent and kept up that nobody sees."""
    assert unused_messages(node, WEB) == []


def test_a_message_that_nobody_asks_for_is_found(node: str, tmp_path: Path) -> None:
    """Of a small page: what is written, computed and handed on is used; the rest is told."""
    (tmp_path / "node_modules").symlink_to(WEB / "node_modules", target_is_directory=True)
    for path, content in {
        "package.json": "{}",
        "app/page.tsx": "const t = useTranslations('a'); t('plain'); t(`kinds.${kind}`); t(key)",
        "components/keys.ts": "export const KEYS = ['handedOn']",
        "components/b.tsx": "const t = useTranslations('b'); t('idle')",
        "hooks/none.ts": "",
        "lib/i18n/messages/en/a.ts": "export const words = "
        "{ plain: '', kinds: { x: '' }, handedOn: '', idle: '', deep: { idle: '' } }",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content, encoding="utf-8")
    assert unused_messages(node, tmp_path) == ["a.ts: idle", "a.ts: deep.idle"]


def unused_messages(node: str, web: Path) -> list[str]:
    script = ROOT / "tests" / "unused_messages.mjs"
    told = subprocess.run([node, script, web], capture_output=True, check=True, text=True, encoding="utf-8")
    return told.stdout.splitlines()


@pytest.mark.parametrize("feature", FEATURES)
def test_features_know_nothing_of_each_other(feature: str) -> None:
    """What two of them need lies in components/, hooks/ or lib/; only a page puts them together."""
    others = "|".join(name for name in FEATURES if name != feature)
    imports = re.compile(rf"from \"(?:@/components|\.\.)/(?:{others})/")
    sources = list((WEB / "components" / feature).rglob("*.ts*"))
    assert sources
    assert [path.name for path in sources if imports.search(path.read_text(encoding="utf-8"))] == []
