"""Whether this server would reach the deployed app on Modal: each step towards it, and what to do where one fails."""

import queue
import threading
from collections.abc import Callable
from importlib import metadata
from typing import Any, Literal

from xtts_studio.errors import ComputeUnavailable
from xtts_studio.shapes import Shape

ANSWER_WITHIN_S = 8.0
ASKED_FOR = ("vad_chunking_worker", "training_worker")
"""Functions of the app that are looked up; the others are deployed with them."""


CREDENTIALS = ("token_id", "oauth_refresh_token")
"""Settings of the SDK by which it is known to Modal, outside of a container."""


class ComputeCheck(Shape):
    """One step towards a place where work is done."""

    name: Literal["sdk", "token", "app"]
    ok: bool
    found: str
    hint: str = ""


def modal_checks(sdk: Any = None, within_s: float = ANSWER_WITHIN_S) -> list[ComputeCheck]:
    """The package, a token, the app: up to the first that fails, within seconds. `sdk` is replaced by tests."""
    checks = [_package()]
    for check in (_token, _app):
        if checks[-1].ok:
            checks.append(check(sdk or _sdk(), within_s))
    return checks


def _sdk() -> Any:
    import modal

    return modal


def _package() -> ComputeCheck:
    try:
        return ComputeCheck(name="sdk", ok=True, found=f"modal {metadata.version('modal')}")
    except metadata.PackageNotFoundError:
        hint = "Install it: pip install 'xtts-studio[modal]'"
        return ComputeCheck(name="sdk", ok=False, found="The package modal is not installed.", hint=hint)


def _token(sdk: Any, within_s: float) -> ComputeCheck:
    if not sdk.is_local():
        return ComputeCheck(name="token", ok=True, found="None is needed: this server is itself on Modal.")
    if any(sdk.config.config.get(name) for name in CREDENTIALS):
        return ComputeCheck(name="token", ok=True, found="There is a token.")
    hint = "Make one: modal token new. Or set MODAL_TOKEN_ID and MODAL_TOKEN_SECRET."
    return ComputeCheck(name="token", ok=False, found="There is no token for Modal.", hint=hint)


def _app(sdk: Any, within_s: float) -> ComputeCheck:
    from xtts_studio.jobs.modal import APP_NAME, explained

    def look() -> None:
        with explained():
            for function in ASKED_FOR:
                sdk.Function.from_name(APP_NAME, function).hydrate()

    error = _outcome(look, within_s)
    if error is None:
        return ComputeCheck(name="app", ok=True, found=f"The app {APP_NAME!r} is deployed.")
    return ComputeCheck(name="app", ok=False, found=error.message, hint=error.hint)


def _outcome(look: Callable[[], None], within_s: float) -> ComputeUnavailable | None:
    """What `look` raises; the SDK tries for a minute, nobody waits that long for an answer."""
    outcome: queue.Queue[ComputeUnavailable | None] = queue.Queue()

    def run() -> None:
        try:
            look()
            outcome.put(None)
        except ComputeUnavailable as error:
            outcome.put(error)
        except Exception as error:
            outcome.put(ComputeUnavailable(f"Modal answered: {error}.", hint="Try again; else see modal.com/docs."))

    threading.Thread(target=run, name="modal-check", daemon=True).start()
    try:
        return outcome.get(timeout=within_s)
    except queue.Empty:
        hint = "Look whether this server reaches the internet."
        return ComputeUnavailable(f"Modal gave no answer within {within_s:.0f} s.", hint=hint)
