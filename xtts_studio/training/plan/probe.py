"""The step `probe`: what a training would take on this machine, measured without training."""

import secrets

from xtts_studio.events import Progress, Report, ignore
from xtts_studio.shapes import Forecast, ProbeRequest
from xtts_studio.training.loop.clock import duration
from xtts_studio.training.parallel import processes_for
from xtts_studio.training.plan.autopilot import autopilot
from xtts_studio.training.preparing import between, prepare
from xtts_studio.workspace import Workspace

_PREPARED_SHARE = 0.3  # of the progress


def probe(request: ProbeRequest, workspace: Workspace, report: Report) -> Forecast:
    """The step `probe`: what a training would take, without training.

    Raises what preparing a training raises; the name of its model may be taken, since none is made.
    """
    training = request.training
    if training.run_id is None:
        training = training.model_copy(update={"name": f"probe-{secrets.token_hex(8)}"})
    prepared = prepare(training, workspace, between(report, 0.0, _PREPARED_SHARE))
    try:
        forecast = autopilot(
            prepared.trainer(ignore),
            prepared.request,
            prepared.numerics.device,
            prepared.numerics.products,
            prepared.plan.disk_bytes,
            prepared.run.folder,
            between(report, _PREPARED_SHARE, 1.0),
            processes=processes_for(training, prepared.numerics.device),
        )
    finally:
        prepared.run.forget_unless_begun()
    report(Progress(1.0, f"{forecast.batch_size} clips at a time, {duration(forecast.total_s)} in all"))
    return forecast
