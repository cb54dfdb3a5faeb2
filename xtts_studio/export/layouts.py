"""Which files each program wants of a model, and where. No torch.

Facts of the programs as of 2026: xtts-api-server lists the folders in its model folder and takes voices from speakers/;
AllTalk 2 shows a model only where all six published files are; ebook2audiobook takes the zip as it is, and its four
files by their names.
"""

from dataclasses import dataclass
from typing import Literal

from xtts_studio.shapes import ExportLayout

Companion = Literal["speakers_xtts.pth", "mel_stats.pth", "dvae.pth"]


@dataclass(frozen=True)
class Layout:
    """The files of an export. `{model}` in paths and texts stands for the model's name.

    folder      where the model's own files are
    weights     as we save them, or as published
    companions  what else of a published model goes along, where the model or its base has it
    needs       of these what the program can't do without
    voice       where the reference clip is; None: it takes none along
    needs_voice without a clip the program has no voice to speak with
    """

    folder: str
    weights: Literal["model.safetensors", "model.pth"]
    companions: tuple[Companion, ...]
    voice: str | None
    readme: str
    needs: tuple[Companion, ...] = ()
    needs_voice: bool = True

    def path(self, name: str, model: str) -> str:
        """Where in the zip a file of the model is."""
        return self.folder.format(model=model) + name


_OURS = """\
This is the model {model} of XTTS Studio.

Unpack it anywhere; the folder {model}/ is the model. Take it over in another studio:

    xtts-studio models pull {model} --from FOLDER/{model}
"""

_COQUI = """\
This is the model {model} for coqui-tts (XTTS v2).

Unpack it anywhere; the folder {model}/ is the model:

    tts --model_path {model} --config_path {model}/config.json \\
        --speaker_wav {model}/reference.wav --language_idx en --text "Good morning."

In Python, load {model}/config.json into an XttsConfig and give the folder to Xtts.load_checkpoint as checkpoint_dir.
"""

_API_SERVER = """\
This is the model {model} for xtts-api-server.

1. Unpack this file in the folder that you start the server in. It has then
       xtts_models/{model}/     the model
       speakers/{model}.wav     the voice
   (with --model-folder or --speaker-folder: put them there).
2. Start it with the model: python -m xtts_api_server --version "{model}"
   or choose the model while it runs: POST /switch_model {{"model_name": "{model}"}}
3. The voice is called {model}.
"""

_ALLTALK = """\
This is the model {model} for AllTalk TTS 2.

1. Unpack this file in AllTalk's own folder (the one with script.py). It has then
       models/xtts/{model}/     the model
       voices/{model}.wav       the voice
2. Restart AllTalk, or reload its engine, and choose the model "xtts - {model}".
3. The voice is called {model}.wav.
"""

_EBOOK = """\
This is the model {model} for ebook2audiobook.

Don't unpack it: give it this zip file as the custom model, on its page under "Custom model", or with

    --custom_model {model}-ebook2audiobook.zip

It always speaks with ref.wav, the voice in this file.
"""

LAYOUTS: dict[ExportLayout, Layout] = {
    "xtts-studio": Layout("{model}/", "model.safetensors", (), None, _OURS, needs_voice=False),
    "coqui": Layout(
        "{model}/",
        "model.pth",
        ("speakers_xtts.pth", "mel_stats.pth", "dvae.pth"),
        "{model}/reference.wav",
        _COQUI,
        needs_voice=False,
    ),
    "xtts-api-server": Layout(
        "xtts_models/{model}/", "model.pth", ("speakers_xtts.pth",), "speakers/{model}.wav", _API_SERVER
    ),
    "alltalk": Layout(
        "models/xtts/{model}/",
        "model.pth",
        ("speakers_xtts.pth", "mel_stats.pth", "dvae.pth"),
        "voices/{model}.wav",
        _ALLTALK,
        needs=("speakers_xtts.pth", "mel_stats.pth", "dvae.pth"),
    ),
    "ebook2audiobook": Layout("", "model.pth", (), "ref.wav", _EBOOK),
}
