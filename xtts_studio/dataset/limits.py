"""What training takes of a dataset as far as a glance tells: state, text, language, duration.

Apart from `checks`, which also needs the model's vocabulary and reads the sounds, so that the server can tell at once.
"""

from xtts_studio.shapes import Chunk

RATE_HZ = 22_050
SHORTEST_S = 0.5
MOST_SAMPLES = 255_995
"""At 22 050 Hz: 11.6 s, the most that the recipe trains on."""


def state_problem(chunk: Chunk, language: str | None) -> tuple[str, str] | None:
    """Code and reason why a chunk's state keeps it out, whatever its text says; None when it doesn't."""
    if chunk.state == "dropped":
        return "dropped", "It was dropped by hand."
    if not chunk.text.strip():
        heard = "No words were heard in it." if "no_speech" in chunk.flags else "It has no text yet."
        return "no_text", heard
    if not language:
        return "no_language", "Its language is not known; choose one."
    return None


def duration_problem(duration_s: float) -> tuple[str, str] | None:
    """Code and reason why a chunk of this duration is kept out."""
    if duration_s < SHORTEST_S:
        return "too_short", f"It lasts {duration_s:.2f} s; {SHORTEST_S} s are the least."
    if round(duration_s * RATE_HZ) > MOST_SAMPLES:
        return "too_long", f"It lasts {duration_s:.2f} s; {MOST_SAMPLES / RATE_HZ:.1f} s are the most."
    return None
