"""The licence of the base model's weights, and whether it was accepted in a workspace."""

from datetime import UTC, datetime
from pathlib import Path

from xtts_studio.errors import LicenceNotAccepted
from xtts_studio.workspace import Workspace, read_json, write_json

LICENCE_NAME = "Coqui Public Model License 1.0.0 (CPML)"
LICENCE_URL = "https://huggingface.co/coqui/XTTS-v2/blob/main/LICENSE.txt"
LICENCE_TEXT = f"""The weights of XTTS v2 are under the {LICENCE_NAME}.

In short (the licence itself is what counts):
- The model, models made from it (fine-tuned ones too) and the speech they make may be used for non-commercial
  purposes only. Research, teaching, hobby and personal use are such; so is trying it out within a company.
- Whoever gets the model, a model made from it, or its speech from you must get the licence, or a link to it, too.
- There is no warranty.

The whole text: {LICENCE_URL}
"""
_KEY = "cpml-1.0.0"


def _record(workspace: Workspace) -> Path:
    return workspace.cache / "licences.json"


def licence_accepted(workspace: Workspace) -> bool:
    """Was the licence of the base model's weights accepted in this workspace?"""
    file = _record(workspace)
    return file.exists() and _KEY in read_json(file)


def accept_licence(workspace: Workspace) -> None:
    """Records, with the time, that the licence was accepted; accepting again changes nothing."""
    if licence_accepted(workspace):
        return
    file = _record(workspace)
    accepted = read_json(file) if file.exists() else {}
    accepted[_KEY] = {"name": LICENCE_NAME, "url": LICENCE_URL, "accepted_at": datetime.now(UTC).isoformat()}
    write_json(file, accepted)


def require_licence(workspace: Workspace, *, accept: bool) -> None:
    """Accepts the licence if asked to. Raises `LicenceNotAccepted`, with the licence, where nobody has."""
    if accept:
        accept_licence(workspace)
    elif not licence_accepted(workspace):
        raise LicenceNotAccepted(
            f"XTTS v2 is under the {LICENCE_NAME}: non-commercial use only. It was not accepted here yet.",
            hint="Read it (xtts-studio models licence), then pull with --accept-licence, or accept it on the page.",
            details={"name": LICENCE_NAME, "url": LICENCE_URL, "text": LICENCE_TEXT},
        )
