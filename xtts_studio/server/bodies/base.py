"""What every answer may be, and lists."""

from xtts_studio.jobs.job import ErrorBody
from xtts_studio.shapes import Shape

REQUEST_ID = r"^[A-Za-z0-9_-]{1,64}$"
"""What a client may name a request, for the queue."""


class ErrorResponse(Shape):
    """The one shape of errors."""

    error: ErrorBody


class Page(Shape):
    """A page of a list: `total` counts all there are."""

    total: int
    limit: int
    offset: int
