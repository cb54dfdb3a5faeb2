"""Errors in the shapes that other programs' clients read."""

from typing import Any

Told = dict[str, Any]
"""An error as ours are told: `{code, message, hint, details}`."""

OPENAI, XTTS = "/v1/", "/xtts/"
OPENAI_CODES = {"not_signed_in": "invalid_api_key", "too_many_requests": "rate_limit_exceeded"}


def shaped(status: int, told: Told, path: str) -> tuple[int, Told]:
    """Status and body of an error at this path."""
    if path.startswith(OPENAI):
        return _as_theirs(status, told), {"error": openai_error(status, told)}
    if path.startswith(XTTS):
        return _as_theirs(status, told), {"detail": _sentence(told)}
    return status, {"error": told}


def openai_error(status: int, told: Told) -> Told:
    """`{message, type, param, code}`."""
    code = str(told["code"])
    return {
        "message": _sentence(told),
        "type": _kind(status),
        "param": _parameter(told["details"]),
        "code": told["details"].get("code") or OPENAI_CODES.get(code, code),
    }


def _as_theirs(status: int, told: Told) -> int:
    """Their clients know 400; OpenAI's own asks again after a 409, which would be in vain."""
    if told["code"] == "model_missing":
        return 404
    return 400 if status in (409, 422) else status


def _kind(status: int) -> str:
    if status == 429:
        return "rate_limit_error"
    return "server_error" if status >= 500 else "invalid_request_error"


def _sentence(told: Told) -> str:
    return " ".join(filter(None, (told["message"], told["hint"])))


def _parameter(details: Told) -> str | None:
    """The field that is wrong, where one is."""
    fields = details.get("fields") or [{}]
    found = details.get("param") or fields[0].get("field")
    return None if found is None else str(found)
