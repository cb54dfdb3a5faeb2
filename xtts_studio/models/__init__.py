"""Models on disk: which are here, where they lie, how they come.

catalogue   the models that can be fetched: repository, revision, files, sizes, checksums
licence     the licence of the base model's weights, accepted once per workspace
shelf       what is in the workspace: find, remove; what stands on what
listing     what there is, and what could be fetched
fetch       one file from a server that speaks the Hugging Face Hub's protocol: resumed, checked
pull        the step: fetch a model, or take it over from a folder

<XTTS_HOME>/cache/xtts-v2/           the base model
<XTTS_HOME>/cache/whisper/<name>/    Whisper models
<XTTS_HOME>/data/models/<name>/      fine-tuned models, whole ones and adapters
"""

from xtts_studio.models.licence import LICENCE_NAME, LICENCE_TEXT, LICENCE_URL, accept_licence, licence_accepted
from xtts_studio.models.listing import list_models
from xtts_studio.models.pulling import pull
from xtts_studio.models.shelf import find_base, find_whisper, find_whole, find_xtts, remove

__all__ = [
    "LICENCE_NAME",
    "LICENCE_TEXT",
    "LICENCE_URL",
    "accept_licence",
    "find_base",
    "find_whisper",
    "find_whole",
    "find_xtts",
    "licence_accepted",
    "list_models",
    "pull",
    "remove",
]
