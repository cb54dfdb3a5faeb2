"""What a person may change while the server runs."""

from fastapi import APIRouter

from xtts_studio.server.bodies import PreferencesUpdate, SettingsBody
from xtts_studio.server.studio import Studio, StudioDep

router = APIRouter(prefix="/api/settings", tags=["settings"])


@router.get("", operation_id="getSettings")
def get_settings(studio: StudioDep) -> SettingsBody:
    """The settings; nothing secret is among them."""
    return _body(studio)


@router.put("", operation_id="putSettings")
def put_settings(body: PreferencesUpdate, studio: StudioDep) -> SettingsBody:
    """Changes settings; what is left out stays. A new device counts from the next work on."""
    before = studio.preferences.current
    after = studio.preferences.update(body)
    studio.backend.set_idle(after.worker_idle_s)
    if after.device != before.device:
        studio.backend.set_device(after.device)
    return _body(studio)


def _body(studio: Studio) -> SettingsBody:
    return SettingsBody(
        **studio.preferences.current.model_dump(),
        compute=studio.settings.compute,
        workspace=str(studio.workspace.home.resolve()),
        upload_limit_bytes=studio.settings.upload_limit_bytes,
        default_password=studio.logins.default_password,
    )
