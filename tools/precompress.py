"""Compressed copies beside the files of a static export, so that the server compresses nothing itself."""

import gzip
from pathlib import Path

import brotli

SUFFIXES = {".html", ".js", ".css", ".txt", ".json", ".svg", ".map", ".webmanifest"}
SMALLEST_BYTES = 512


def compress_tree(root: Path) -> None:
    """Writes .br and .gz beside every file that gets smaller by it."""
    for path in sorted(root.rglob("*")):
        if path.suffix in SUFFIXES and path.is_file() and path.stat().st_size >= SMALLEST_BYTES:
            content = path.read_bytes()
            for suffix, data in ((".br", brotli.compress(content)), (".gz", gzip.compress(content, 9, mtime=0))):
                if len(data) < len(content):
                    path.with_name(path.name + suffix).write_bytes(data)
