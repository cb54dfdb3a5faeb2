"""The API's description, and what importing the server may not bring with it."""

import json
import subprocess
import sys
from pathlib import Path

from xtts_studio.errors import StudioError, _tree
from xtts_studio.server.openapi import description

HEAVY = (
    "torch",
    "av",
    "onnxruntime",
    "faster_whisper",
    "ctranslate2",
    "modal",
    "safetensors",
    "tokenizers",
    "soxr",
    "py3langid",
)


def test_importing_the_server_brings_nothing_heavy() -> None:
    code = f"import sys, xtts_studio.server.serve; print([name for name in {HEAVY} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_the_description_is_the_same_each_time() -> None:
    command = [sys.executable, "-m", "xtts_studio.server.openapi"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, encoding="utf-8").stdout
    assert printed == description()


def test_every_operation_has_a_name_of_its_own_that_reads_well() -> None:
    operations = [
        operation["operationId"] for path in json.loads(description())["paths"].values() for operation in path.values()
    ]
    assert len(operations) == len(set(operations))
    assert all(name.isalpha() and name[0].islower() for name in operations)


def test_every_operation_tells_the_shape_of_its_errors() -> None:
    for path, methods in json.loads(description())["paths"].items():
        for method, operation in methods.items():
            shape = operation["responses"]["default"]["content"]["application/json"]["schema"]["$ref"]
            assert shape.endswith("/ErrorResponse"), (method, path)
            assert "422" not in operation["responses"], (method, path)


def test_every_route_and_code_of_an_error_is_documented() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "http.md").read_text(encoding="utf-8")
    for path, methods in json.loads(description())["paths"].items():
        for method in methods:
            assert f"`{method.upper()} {path}`" in page
    for code in _tree(StudioError):
        assert f"`{code}`" in page
