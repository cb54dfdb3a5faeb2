"""Errors on the wire: whatever goes wrong, the body is `{"error": {code, message, hint, details}}`.

Addresses that other programs' clients call answer in those clients' shapes (`compat.errors`).
"""

import logging
from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from xtts_studio.errors import Cancelled, DiskFull, Interrupted, InvalidInput, NotSignedIn, StudioError
from xtts_studio.server.compat.errors import shaped

logger = logging.getLogger(__name__)

CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large", 421: "wrong_host"}
MESSAGES = {
    404: "There is nothing at this address.",
    405: "This address does not take that method.",
}
MESSAGE_UNEXPECTED = "Something went wrong on the server that should not have."
HINT_UNEXPECTED = "Try again; if it stays, the server's log says what happened."


def respond(error: StudioError, path: str) -> JSONResponse:
    """The response for an error at this path."""
    headers = {"Cache-Control": "no-store"}
    if "retry_after_s" in error.details:
        headers["Retry-After"] = str(error.details["retry_after_s"])
    if isinstance(error, NotSignedIn):
        headers["WWW-Authenticate"] = "Bearer"
    status, body = shaped(error.status, error.to_dict(), path)
    return JSONResponse(body, status, headers)


def install(app: FastAPI) -> None:
    """Gives every kind of error its response."""
    app.add_exception_handler(StudioError, _studio_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(OSError, _os_error)
    app.add_exception_handler(Cancelled, _cancelled)
    app.add_exception_handler(Exception, _unexpected)


async def _studio_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, StudioError)
    return respond(error, request.url.path)


async def _validation_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return respond(invalid(error.errors()), request.url.path)


async def _http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if error.status_code == 400:  # what the framework says to a body nested beyond reading
        unread = InvalidInput("The body can't be read.", hint="Send a JSON object without deep nesting.")
        return respond(unread, request.url.path)
    message = MESSAGES.get(error.status_code, str(error.detail))
    told = {"code": CODES.get(error.status_code, "refused"), "message": message, "hint": "", "details": {}}
    status, body = shaped(error.status_code, told, request.url.path)
    return JSONResponse(body, status, {"Cache-Control": "no-store", **(error.headers or {})})


async def _cancelled(request: Request, __: Exception) -> JSONResponse:
    stopping = Interrupted("The server is being stopped.", hint="Try again when it is back.")
    return respond(stopping, request.url.path)


async def _os_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, OSError)
    full = DiskFull.of(error)
    return respond(full, request.url.path) if full else await _unexpected(request, error)


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    logger.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return respond(StudioError(MESSAGE_UNEXPECTED, hint=HINT_UNEXPECTED), request.url.path)


def invalid(problems: Sequence[Any]) -> InvalidInput:
    """The error for a request whose fields don't fit: which field, what is wrong, what was found."""
    if any(problem["type"] == "json_invalid" for problem in problems):
        return InvalidInput(
            "The body is not valid JSON.", hint="Send a JSON object with Content-Type application/json."
        )
    fields = [{"field": _field(problem), "problem": problem["msg"]} for problem in problems]
    told = "; ".join(f"{item['field']}: {item['problem']}" for item in fields[:5])
    return InvalidInput(f"The request doesn't fit: {told}.", hint="Correct these fields.", details={"fields": fields})


def _field(problem: Any) -> str:
    where = [str(part) for part in problem["loc"]]
    return ".".join(where[1:] or where)
