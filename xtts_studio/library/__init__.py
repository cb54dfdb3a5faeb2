"""Models on disk: which are here, where they lie, how they come.

catalogue   the models that can be fetched: repository, revision, files, sizes, checksums
licence     the licence of the base model's weights, accepted once per workspace
shelf       what is in the workspace: list, find, remove
fetch       one file from a server that speaks the Hugging Face Hub's protocol: resumed, checked
pull        the step: fetch a model, or take it over from a folder

<XTTS_HOME>/cache/xtts-v2/           the base model
<XTTS_HOME>/cache/whisper/<name>/    Whisper models
<XTTS_HOME>/data/models/<name>/      fine-tuned models
"""

from xtts_studio.library.licence import LICENCE_NAME, LICENCE_TEXT, LICENCE_URL, accept_licence, licence_accepted
from xtts_studio.library.pulling import pull
from xtts_studio.library.shelf import find_whisper, find_xtts, list_models, remove

__all__ = [
    "LICENCE_NAME",
    "LICENCE_TEXT",
    "LICENCE_URL",
    "accept_licence",
    "find_whisper",
    "find_xtts",
    "licence_accepted",
    "list_models",
    "pull",
    "remove",
]
