"""The voices that were published with the base model: the steps `studio_voices` and `add_studio_voice`."""

from xtts_studio.errors import ModelMissing, NotFound
from xtts_studio.events import Report
from xtts_studio.models import find_xtts
from xtts_studio.shapes import BASE_MODEL, Speaker, StudioVoiceRequest, StudioVoices, StudioVoicesRequest
from xtts_studio.speakers import LATENTS, keep_studio_names, new_folder, now, write_speaker
from xtts_studio.workspace import Workspace, check_name
from xtts_studio.xtts import Voice
from xtts_studio.xtts.checkpoint import load_studio_voices


def studio_voices(request: StudioVoicesRequest, workspace: Workspace, report: Report) -> StudioVoices:
    """Their names, in order; also kept for `speakers.studio_names`, which needs no torch."""
    names = sorted(_published(workspace), key=str.casefold)
    keep_studio_names(workspace, names)
    return StudioVoices(names=names)


def add_studio_voice(request: StudioVoiceRequest, workspace: Workspace, report: Report) -> Speaker:
    """Makes a voice of a published one. Raises `NotFound` for a name that none has, `Conflict` for one taken here."""
    name = check_name(request.as_name or request.name, "voice name")
    published = _published(workspace)
    if request.name not in published:
        raise NotFound(
            f"No voice {request.name[:80]!r} was published with the base model.",
            hint="See GET /api/inference/studio-voices."
            if published
            else "Fetch the base model; it brings them along.",
        )
    with new_folder(workspace, name) as folder:
        published[request.name].save(folder / LATENTS)
        return write_speaker(folder, Speaker(name=name, kind="studio", clips=[], duration_s=0.0, created_at=now()))


def _published(workspace: Workspace) -> dict[str, Voice]:
    try:
        return load_studio_voices(find_xtts(workspace, BASE_MODEL))
    except ModelMissing:
        return {}
