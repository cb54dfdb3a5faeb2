"""The exported page: login first, exact files, caching, compression, content policy, HEAD."""

import base64
import gzip
import hashlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.server.conftest import Running, serving

SCRIPT = "document.title = 'x'"
HOME = f"<html><script>{SCRIPT}</script><script src=/_next/static/a.js></script>home</html>"


@pytest.fixture(scope="module")
def with_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server with a small export."""
    home = tmp_path_factory.mktemp("page")
    dist = home / "dist"
    for name, content in {
        "index.html": "front",
        "login/index.html": "login page",
        "data-processing/index.html": HOME,
        "data-processing/__next._tree.txt": "payload",
        "404.html": "no such page",
        "_next/static/a.js": "let a = 1;" * 100,
        "favicon.ico": "icon",
    }.items():
        path = dist / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    script = dist / "_next/static/a.js"
    script.with_name("a.js.gz").write_bytes(gzip.compress(script.read_bytes()))
    with serving(home / "workspace", dist=dist) as running:
        yield running


@pytest.fixture
def user(with_page: Running) -> Iterator[httpx.Client]:
    with with_page.user() as client:
        yield client


@pytest.fixture
def guest(with_page: Running) -> Iterator[httpx.Client]:
    with with_page.stranger() as client:
        yield client


def test_a_guest_is_sent_to_the_login_and_back(guest: httpx.Client) -> None:
    answer = guest.get("/data-processing/?tab=a&b=c")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/login/?next=%2Fdata-processing%2F%3Ftab%3Da%26b%3Dc"
    assert guest.get("/").headers["location"] == "/login/?next=%2F"


def test_the_way_back_never_leads_to_another_host(guest: httpx.Client, with_page: Running) -> None:
    for path in ("//evil.example/x", "/\\evil.example/x"):
        answer = guest.get(f"{with_page.url}{path}")
        assert answer.status_code == 303
        assert answer.headers["location"] == "/login/?next=%2Fevil.example%2Fx"


def test_a_guest_gets_the_login_page_and_what_it_needs(guest: httpx.Client) -> None:
    assert guest.get("/login/").text == "login page"
    assert guest.get("/_next/static/a.js").status_code == 200
    assert guest.get("/favicon.ico").status_code == 200
    assert guest.get("/login").headers["location"] == "/login/"


def test_a_guests_request_for_a_payload_is_refused_not_redirected(guest: httpx.Client) -> None:
    assert guest.get("/data-processing/__next._tree.txt?_rsc=1").status_code == 401


def test_a_user_is_led_past_the_login(user: httpx.Client) -> None:
    for path in ("/", "/login/"):
        answer = user.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/data-processing/")


def test_pages_payloads_and_missing_slashes(user: httpx.Client) -> None:
    assert "home" in user.get("/data-processing/").text
    payload = user.get("/data-processing/__next._tree.txt?_rsc=1")
    assert (payload.text, payload.headers["content-type"]) == ("payload", "text/plain; charset=utf-8")
    answer = user.get("/data-processing?a=b")
    assert (answer.status_code, answer.headers["location"]) == (308, "/data-processing/?a=b")


def test_head_answers_as_get_without_a_body(user: httpx.Client) -> None:
    head, get = user.head("/data-processing/"), user.get("/data-processing/")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == get.headers["content-length"]
    assert user.post("/data-processing/").status_code == 405


def test_what_is_not_there(user: httpx.Client) -> None:
    answer = user.get("/nothing/")
    assert (answer.status_code, answer.text) == (404, "no such page")
    script = user.get("/_next/static/nothing.js")
    assert script.status_code == 404
    assert "html" not in script.headers["content-type"]
    assert user.get("/api/nothing").json()["error"]["code"] == "not_found"
    assert user.get("/data-processing/%2e%2e/%2e%2e/studio.db").status_code == 404


def test_files_are_kept_for_good_or_revalidated(user: httpx.Client) -> None:
    assert "immutable" in user.get("/_next/static/a.js").headers["cache-control"]
    page = user.get("/data-processing/")
    assert page.headers["cache-control"] == "no-cache"
    again = user.get("/data-processing/", headers={"If-None-Match": page.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_compressed_files_have_an_etag_of_their_own(user: httpx.Client) -> None:
    small = user.get("/_next/static/a.js", headers={"Accept-Encoding": "gzip"})
    plain = user.get("/_next/static/a.js", headers={"Accept-Encoding": "identity"})
    assert small.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert small.text == plain.text
    assert small.headers["etag"] != plain.headers["etag"]
    assert small.headers["vary"] == "Accept-Encoding"


def test_only_the_scripts_that_were_built_may_run(user: httpx.Client) -> None:
    policy = user.get("/data-processing/").headers["content-security-policy"]
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert scripts == f"script-src 'self' 'sha256-{digest}'"
    assert "frame-ancestors 'none'" in policy


def test_without_an_export_the_server_says_so(client: httpx.Client, stranger: httpx.Client) -> None:
    assert "make page" in stranger.get("/").text
    assert client.get("/training/").status_code == 404
    assert client.get("/api/jobs").status_code == 200


def test_a_page_that_is_built_anew_is_followed(tmp_path: Path) -> None:
    """Its scripts run by the new hashes, new files are found and old ones gone, as if the server had just begun."""
    dist = tmp_path / "dist"
    with serving(tmp_path / "workspace", dist=dist) as running, running.user() as user:
        assert user.get("/login/").status_code == 404
        for script, name in (("let a = 1", "a.js"), ("let a = 2", "b.js")):
            built_anew(dist, script, name)
            answer = user.get("/settings/")
            assert answer.text == f"<script>{script}</script>"
            assert hash_of(script) in answer.headers["content-security-policy"]
            assert user.get(f"/_next/static/{name}").text == script
        assert user.get("/_next/static/a.js").status_code == 404
        (dist / "settings" / "index.html").write_text("<script>let changed = 3</script>", encoding="utf-8")
        assert hash_of("let changed = 3") in user.get("/settings/").headers["content-security-policy"]


def built_anew(dist: Path, script: str, name: str) -> None:
    """A build as tools/build_page.py puts it in the old one's place."""
    fresh = dist.with_name("fresh")
    for path, content in (("settings/index.html", f"<script>{script}</script>"), (f"_next/static/{name}", script)):
        (fresh / path).parent.mkdir(parents=True, exist_ok=True)
        (fresh / path).write_text(content, encoding="utf-8")
    if dist.exists():
        dist.rename(dist.with_name("old"))
    fresh.rename(dist)


def hash_of(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
