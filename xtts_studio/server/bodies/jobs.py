"""Jobs and what they measured."""

from pydantic import Field

from xtts_studio.jobs.job import Job
from xtts_studio.server.bodies.base import Page
from xtts_studio.shapes import Shape


class JobBody(Shape):
    job: Job


class JobPage(Page):
    jobs: list[Job]


class MetricPoint(Shape):
    """One number of a curve; `id` is the number of its event, where a live stream goes on (`?after=`)."""

    id: int
    step: int
    name: str
    value: float | None = Field(allow_inf_nan=True)


class MetricHistory(Shape):
    """The curves of a job so far; `last_event_id` is where to go on live."""

    job: Job
    metrics: list[MetricPoint]
    last_event_id: int
