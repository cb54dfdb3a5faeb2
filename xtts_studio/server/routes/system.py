"""The machine: versions, devices, disk, models, workers."""

from fastapi import APIRouter

from xtts_studio import __version__, models
from xtts_studio.jobs.modal_check import modal_checks
from xtts_studio.server import machine
from xtts_studio.server.bodies import ComputeTest, Health, SystemInfo, WorkersBody
from xtts_studio.server.studio import StudioDep

router = APIRouter(tags=["system"])


@router.get("/api/system", operation_id="getSystem")
def get_system(studio: StudioDep) -> SystemInfo:
    """What there is to work with."""
    return SystemInfo(
        version=__version__,
        python=machine.python_version(),
        platform=machine.platform_name(),
        packages=machine.packages(),
        devices=machine.devices(),
        disk=machine.disk(studio.workspace.home),
        models=[model for model in models.list_models(studio.workspace) if model.present],
        workers=studio.backend.workers(),
    )


@router.post("/api/system/unload", operation_id="unloadWorkers")
def unload_workers(studio: StudioDep) -> WorkersBody:
    """Ends the workers that have nothing to do, which frees their models' memory; gives those that go on."""
    studio.backend.unload()
    return WorkersBody(workers=studio.backend.workers())


@router.post("/api/system/compute/test", operation_id="testCompute")
def test_compute(studio: StudioDep) -> ComputeTest:
    """Where work is done, and how far the way to Modal is open; takes ten seconds at most."""
    return ComputeTest(compute=studio.settings.compute, checks=modal_checks())


@router.get("/healthz", operation_id="getHealth")
def get_health() -> Health:
    """That the server answers; needs no login."""
    return Health(version=__version__)
