"""The docs name every address that other programs may call."""

from pathlib import Path

import pytest
from fastapi.routing import APIRoute

from xtts_studio.server.compat import openai, transcriptions, xtts_api

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "clients.md").read_text(encoding="utf-8")
ROUTES = [
    route
    for router in (openai.router, transcriptions.router, xtts_api.router)
    for route in router.routes
    if isinstance(route, APIRoute)
]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)
def test_every_address_is_named(route: APIRoute) -> None:
    assert route.path.removeprefix("/xtts").partition("{")[0].rstrip("/") in PAGE


def test_there_are_addresses_to_name() -> None:
    assert len(ROUTES) >= 20
