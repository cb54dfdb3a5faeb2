"""The machine: versions, devices, disk, models, workers."""

from fastapi import APIRouter

from xtts_studio import __version__, library
from xtts_studio.server import machine
from xtts_studio.server.bodies import Health, SystemInfo
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
        models=[model for model in library.list_models(studio.workspace) if model.present],
        workers=studio.backend.workers(),
    )


@router.get("/healthz", operation_id="getHealth")
def get_health() -> Health:
    """That the server answers; needs no login."""
    return Health(version=__version__)
