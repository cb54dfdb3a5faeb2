"""A recording of our own to try the studio with: 38 seconds of made speech, ten English sentences."""

from pathlib import Path

RECORDING = Path(__file__).with_name("harbour.flac")
