"""Prints the API's description: `python -m xtts_studio.server.openapi > openapi.json`. Same routes, same bytes."""

import json
import sys

from xtts_studio.server.api import create_api


def description() -> str:
    """OpenAPI as JSON with sorted keys."""
    return json.dumps(create_api().openapi(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    sys.stdout.write(description())
