"""Keys of programs: made, listed, changed, revoked. Only a person with a login may (the gate sees to that)."""

from fastapi import APIRouter

from xtts_studio.server.compat.choices import model_for, voice_for
from xtts_studio.server.key_shapes import Key, KeyBody, KeyDefaults, KeyMade, KeyPage, KeyUpdate, NewKey
from xtts_studio.server.studio import PagingDep, Studio, StudioDep

router = APIRouter(prefix="/api/keys", tags=["keys"])


@router.get("", operation_id="listKeys")
def list_keys(studio: StudioDep, paging: PagingDep) -> KeyPage:
    """Keys, newest first; never their secrets."""
    found, total = studio.keys.page(paging.limit, paging.offset)
    return KeyPage(keys=found, total=total, limit=paging.limit, offset=paging.offset)


@router.post("", operation_id="createKey", status_code=201)
def create_key(body: NewKey, studio: StudioDep) -> KeyMade:
    """Makes a key. Its secret is in this answer and nowhere else."""
    key, secret = studio.keys.make(body.name)
    return KeyMade(key=key, secret=secret)


@router.get("/{key_id}", operation_id="getKey")
def get_key(key_id: str, studio: StudioDep) -> KeyBody:
    """One key with its defaults."""
    return KeyBody(key=studio.keys.get(key_id))


@router.put("/{key_id}", operation_id="putKey")
def put_key(key_id: str, body: KeyUpdate, studio: StudioDep) -> KeyBody:
    """Changes a key's name or defaults. Voices and models that are named must be here."""
    defaults = _settled(studio, body.defaults) if body.defaults else None

    def changed(key: Key) -> Key:
        return key.model_copy(update={"name": body.name or key.name, "defaults": defaults or key.defaults})

    return KeyBody(key=studio.keys.change(key_id, changed))


@router.delete("/{key_id}", operation_id="deleteKey", status_code=204)
def delete_key(key_id: str, studio: StudioDep) -> None:
    """Revokes a key: from now on it opens nothing."""
    studio.keys.revoke(key_id)


def _settled(studio: Studio, defaults: KeyDefaults) -> KeyDefaults:
    """The same with voices and models by the names they have here. Raises `InvalidInput`, `NotFound`."""
    plain, workspace = KeyDefaults(), studio.workspace
    return defaults.model_copy(
        update={
            "voice": defaults.voice and voice_for(workspace, defaults.voice, plain),
            "model": defaults.model and model_for(workspace, defaults.model, plain),
            "voices": {name: voice_for(workspace, voice, plain) for name, voice in defaults.voices.items()},
        }
    )
