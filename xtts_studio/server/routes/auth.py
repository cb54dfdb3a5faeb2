"""Logging in and out."""

from fastapi import APIRouter, Request, Response

from xtts_studio.errors import NotSignedIn
from xtts_studio.server.auth import COOKIE, SESSION_S
from xtts_studio.server.bodies import Credentials, User, UserBody
from xtts_studio.server.studio import StudioDep

router = APIRouter(prefix="/api/auth", tags=["auth"])


@router.post("/login", operation_id="login")
def login(body: Credentials, request: Request, response: Response, studio: StudioDep) -> UserBody:
    """Sets the login cookie."""
    client = request.client.host if request.client else "unknown"
    token = studio.logins.sign_in(body.username, body.password, client)
    response.set_cookie(
        COOKIE,
        token,
        max_age=SESSION_S,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
        path="/",
    )
    return UserBody(user=User(name=body.username))


@router.post("/logout", operation_id="logout", status_code=204)
def logout(request: Request, response: Response) -> None:
    """Removes the login cookie."""
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax", secure=request.url.scheme == "https")


@router.get("/me", operation_id="me")
def me(request: Request, studio: StudioDep) -> UserBody:
    """Who is signed in; 401 when nobody is."""
    user = studio.logins.user_of(request.cookies.get(COOKIE))
    if user is None:
        raise NotSignedIn("You are not signed in.", hint="Log in at /login.")
    return UserBody(user=User(name=user))
