"""The API: every route, and the description that clients are generated from."""

from typing import Any

from fastapi import FastAPI
from starlette.types import StatelessLifespan

from xtts_studio import __version__
from xtts_studio.server import errors
from xtts_studio.server.bodies import ErrorResponse
from xtts_studio.server.compat import openai, transcriptions, xtts_api
from xtts_studio.server.routes import (
    auth,
    curation,
    data,
    datasets,
    exchange,
    jobs,
    keys,
    models,
    recordings,
    runs,
    settings,
    speech,
    storage,
    system,
    takes,
    training,
    transcripts,
    uploads,
    voices,
)

ROUTERS = (
    auth.router,
    recordings.router,
    uploads.router,
    transcripts.router,
    data.router,
    datasets.router,
    curation.router,
    exchange.router,
    training.router,
    runs.router,
    speech.router,
    takes.router,
    voices.router,
    jobs.router,
    models.router,
    settings.router,
    keys.router,
    system.router,
    storage.router,
    openai.router,
    transcriptions.router,
    xtts_api.router,
)


ERRORS = {"application/json": {"schema": {"$ref": f"#/components/schemas/{ErrorResponse.__name__}"}}}


class Api(FastAPI):
    """FastAPI, described right: errors are JSON also where the answer itself is sound or a stream of events."""

    def openapi(self) -> dict[str, Any]:
        """The description, as OpenAPI."""
        found = super().openapi()
        for methods in found["paths"].values():
            for operation in methods.values():
                operation["responses"]["default"]["content"] = ERRORS
        return found


def create_api(lifespan: StatelessLifespan[FastAPI] | None = None) -> FastAPI:
    """The routes and the shape of errors; `create_app` adds what they work with."""
    api = Api(
        title="XTTS Studio",
        version=__version__,
        lifespan=lifespan,
        openapi_url="/api/openapi.json",
        docs_url=None,  # its page would load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        responses={"default": {"model": ErrorResponse, "description": "What went wrong"}},
    )
    for router in ROUTERS:
        api.include_router(router)
    errors.install(api)
    return api
