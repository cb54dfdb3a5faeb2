"""The way to Modal, looked at from a server: what is missing, and the command that mends it."""

import time
from types import SimpleNamespace
from typing import Any

import httpx
import modal
import pytest

from xtts_studio.jobs.modal_check import modal_checks


def sdk(hydrate: Any = lambda: None, token: str | None = "ak-1", local: bool = True, **settings: str) -> Any:
    """Stands in for the SDK: with a token or none, and with what looking up a function does; `local` outside Modal."""
    found = SimpleNamespace(hydrate=hydrate)
    return SimpleNamespace(
        is_local=lambda: local,
        config=SimpleNamespace(config={"token_id": token, **settings}),
        Function=SimpleNamespace(from_name=lambda app, name: found),
    )


def raising(error: Exception) -> Any:
    def hydrate() -> None:
        raise error

    return hydrate


def test_without_a_token_it_says_how_to_get_one(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modal.config, "config", {"token_id": None})
    body = client.post("/api/system/compute/test").json()
    assert body["compute"] == "local"
    assert [one["name"] for one in body["checks"]] == ["sdk", "token"]
    assert [one["ok"] for one in body["checks"]] == [True, False]
    assert "modal token new" in body["checks"][-1]["hint"]


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (modal.exception.NotFoundError("no app"), "modal deploy modal/app.py"),
        (modal.exception.AuthError("bad"), "modal token new"),
        (modal.exception.PermissionDeniedError("no"), "workspace"),
        (modal.exception.ConnectionError("down"), "internet"),
        (RuntimeError("odd"), "Try again"),
    ],
)
def test_what_fails_says_what_to_do(error: Exception, says: str) -> None:
    *before, last = modal_checks(sdk(raising(error)))
    assert all(check.ok for check in before)
    assert not last.ok
    assert says in last.hint
    assert last.found


def test_all_is_well() -> None:
    assert [(check.name, check.ok) for check in modal_checks(sdk())] == [("sdk", True), ("token", True), ("app", True)]


def test_a_server_on_modal_itself_needs_no_token() -> None:
    assert all(check.ok for check in modal_checks(sdk(token=None, local=False)))
    assert not modal_checks(sdk(token=None))[-1].ok


def test_a_login_by_oauth_is_as_good_as_a_token() -> None:
    assert all(check.ok for check in modal_checks(sdk(token=None, oauth_refresh_token="r")))


def test_nobody_waits_for_a_service_that_is_silent() -> None:
    started = time.monotonic()
    last = modal_checks(sdk(lambda: time.sleep(20)), within_s=0.2)[-1]
    assert time.monotonic() - started < 10
    assert (last.name, last.ok) == ("app", False)
    assert "no answer" in last.found
