"""The reference's own answers, made with coqui-tts 0.28.0 and num2words 0.5.14 (see the parity notes in the docs)."""

import json
from pathlib import Path
from typing import Any

GOLDENS: dict[str, Any] = json.loads((Path(__file__).parent / "golden" / "text.json").read_text(encoding="utf-8"))
ENCODED = [case for case in GOLDENS["encode"] if "ids" in case]
REFUSED = [case for case in GOLDENS["encode"] if "error" in case]
SPLIT = GOLDENS["split_sentence"]


def name(case: dict[str, Any]) -> str:
    return f"{case['lang']}-{case['text'][:24]}"
