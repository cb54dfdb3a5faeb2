"""What each built page loads before anything can be done on it: a limit that a library or two would break."""

from pathlib import Path

import pytest

from tools.page_sizes import DIST, LIMIT_BYTES, first_load, first_loads

ADDRESSES = {"/", "/login/", "/data-processing/", "/training/", "/training/run/", "/inference/", "/settings/"}


def test_no_page_loads_more_scripts_than_the_limit() -> None:
    if not (DIST / "login" / "index.html").is_file():
        pytest.skip("The page is not built. Build it: make page")
    loads = first_loads(DIST)
    assert loads.keys() >= ADDRESSES
    assert all(size["js"] > 50_000 for size in loads.values()), "scripts were not found in the HTML"
    assert {page: size["js"] for page, size in loads.items() if size["js"] > LIMIT_BYTES} == {}


def test_what_is_sent_is_counted(tmp_path: Path) -> None:
    """The compressed copy where there is one; each file once; scripts for old browsers not at all."""
    for name, size in {"a.js": 900, "a.js.br": 300, "b.js": 40, "old.js": 5000, "c.css": 70}.items():
        (tmp_path / name).write_bytes(b"x" * size)
    page = tmp_path / "index.html"
    page.write_text(
        '<link rel="preload" as="script" href="/a.js"/><script src="/a.js" async=""></script>'
        '<script src="/b.js"></script>'
        '<script src="/old.js" noModule=""></script><link rel="stylesheet" href="/c.css"/>'
    )
    assert first_load(tmp_path, page) == {"js": 340, "css": 70}
