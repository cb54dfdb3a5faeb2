"""What the functions on Modal import is in their images: read off our sources, without running them."""

import ast
import importlib.util
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

import modal
import pytest

from tests.modal_service.packages import installed, normal
from xtts_studio.steps import STEPS, Role

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
BODY = "xtts_studio.jobs.modal_step"
ROLES: dict[str, tuple[Role, ...]] = {
    "whisper": ("whisper",),
    "vad": ("vad", "download"),
    "training": ("training",),
    "inference": ("inference",),
}
NEVER_CALLED = {"api": {"num2words", "pypinyin", "cutlet"}}
"""Of modules whose names the server's need only, not their functions: cleaning texts is for workers."""


@pytest.fixture(scope="module")
def app() -> ModuleType:
    return load()


def load() -> ModuleType:
    """modal/app.py, by its path."""
    spec = importlib.util.spec_from_file_location("xtts_modal_images", ROOT / "modal" / "app.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("role", ["api", *ROLES])
def test_an_image_has_what_its_functions_import(app: ModuleType, role: str) -> None:
    assert missing(app, role, app.EXTRAS[role]) == set()


@pytest.mark.parametrize(
    ("role", "without", "names"),
    [("training", "whisper", "faster_whisper"), ("inference", "xtts", "torch"), ("vad", "vad", "onnxruntime")],
)
def test_what_is_left_out_of_an_image_is_found(app: ModuleType, role: str, without: str, names: str) -> None:
    extras = tuple(extra for extra in app.EXTRAS[role] if extra != without)
    assert names in missing(app, role, extras)


def test_the_server_needs_no_torch_and_its_image_has_none(app: ModuleType) -> None:
    assert "torch" not in third_party(entries("api"))
    assert "torch" not in installed(*app.requirements(*app.EXTRAS["api"]))
    assert "torch" not in installed(*app.requirements(*app.EXTRAS["vad"]))


def test_files_that_are_no_sources_go_along(app: ModuleType) -> None:
    """Our whole folder is in every image but for what is ignored; the page's build lies in it, if it was built."""
    named = set(data_files())
    assert {path.name for path in named} >= {"dist", "harbour.flac"}
    for path in named:
        inside = path.relative_to(ROOT / "xtts_studio")
        assert not any(inside.match(pattern) for pattern in app.IGNORED), inside
    assert Path("server/dist.new").match("**/dist.*")


def data_files() -> Iterator[Path]:
    """Files and folders that our modules name beside themselves."""
    for path in (ROOT / "xtts_studio").rglob("*.py"):
        for name in re.findall(r'Path\(__file__\)(?:\.parent / |\.with_name\()"([^"]+)"', path.read_text()):
            yield path.parent / name


def missing(app: ModuleType, role: str, extras: Iterable[str]) -> set[str]:
    """The packages that are imported for a role and would not be installed."""
    there = installed(*app.requirements(*extras))
    of_module = metadata.packages_distributions()
    return {
        name
        for name in third_party(entries(role))
        if not there & {normal(one) for one in of_module.get(name, [name])} and name not in NEVER_CALLED.get(role, ())
    }


def entries(role: str) -> tuple[str, ...]:
    if role == "api":
        return ("xtts_studio.server.hosted", "xtts_studio.jobs.modal")
    return (BODY, *(step.function.partition(":")[0] for step in STEPS.values() if step.role in ROLES[role]))


@cache
def third_party(modules: tuple[str, ...]) -> frozenset[str]:
    """The top-level packages that are imported from these modules on, within functions as well."""
    seen: set[str] = set()
    found: set[str] = set()
    todo = list(modules)
    while todo:
        name = todo.pop()
        path = source(name)
        if name in seen or path is None:
            continue
        seen.add(name)
        todo.append(name.rpartition(".")[0])
        for imported in imports(path):
            top = imported.partition(".")[0]
            if top == "xtts_studio":
                todo.append(imported)
            elif top not in sys.stdlib_module_names:
                found.add(top)
    return frozenset(found)


def source(name: str) -> Path | None:
    path = ROOT.joinpath(*name.split("."))
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if name and file.is_file()), None)


@cache
def imports(path: Path) -> tuple[str, ...]:
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return tuple(found)


def test_the_layers_of_an_image(monkeypatch: pytest.MonkeyPatch) -> None:
    """What changes seldom comes first, and our code last, mounted rather than built in: an edit builds nothing anew."""
    layers: dict[int, list[str]] = {}
    kept: list[modal.Image] = []  # so that no id is given twice

    def recorded(name: str) -> Any:
        real = getattr(modal.Image, name)

        def record(self: modal.Image, *arguments: Any, **options: Any) -> modal.Image:
            made = real(self, *arguments, **options)
            shown = next((str(one) for one in (options.get("extra_options"), options.get("copy")) if one), "")
            layers[id(made)] = [*layers.get(id(self), []), f"{name} {shown}".strip()]
            kept.append(made)
            return made

        return record

    for name in ("apt_install", "uv_pip_install", "env", "add_local_file", "add_local_dir"):
        monkeypatch.setattr(modal.Image, name, recorded(name))
    app = load()
    built = {role: layers[id(app.image_for(role))] for role in app.EXTRAS}
    plain = ["apt_install", "add_local_file True", f"uv_pip_install -c {app.CONSTRAINTS}", "env", "add_local_dir"]
    silero = [*plain[:3], "uv_pip_install --no-deps", *plain[3:]]
    assert built == {"api": plain, "whisper": silero, "vad": silero, "training": plain, "inference": plain}
