"""The docs can't go stale: every setting is in the README, every link leads somewhere, every verb is taught."""

import re
from pathlib import Path

import pytest

from xtts_studio.settings import Settings
from xtts_studio.steps import STEPS

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("name", [field.alias for field in Settings.model_fields.values()])
def test_each_setting_is_in_the_readme(name: str) -> None:
    assert f"`{name}`" in README


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8"))
    missing = [link for link in links if not (page.parent / link).exists()]
    assert missing == []


def test_each_command_of_the_readme_exists() -> None:
    from typer.testing import CliRunner

    from xtts_studio.cli.app import app

    for verb in set(re.findall(r"^    xtts-studio (\w+)", README, re.MULTILINE)):
        assert CliRunner().invoke(app, [verb, "--help"]).exit_code == 0, verb


def test_each_step_names_a_function_that_exists() -> None:
    for step in STEPS.values():
        assert callable(step.load()), step.name
