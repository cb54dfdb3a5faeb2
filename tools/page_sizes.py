"""First load of each built page: the scripts and styles that its HTML names, as the server sends them (brotli).

python tools/page_sizes.py    # the table of docs/page.md; ends with 1 if a page is over the limit
"""

import re
import sys
from pathlib import Path

DIST = Path(__file__).resolve().parent.parent / "xtts_studio" / "server" / "dist"
LIMIT_BYTES = 250_000
NAMED = re.compile(r'(?:src|href)="(/[^"?]+\.(?:js|css))(?:\?[^"]*)?"')
NO_MODULE = re.compile(r"<script[^>]*\bnoModule\b[^>]*>", re.IGNORECASE)


def main() -> None:
    """Prints the table, the heaviest page first."""
    sizes = sorted(first_loads(DIST).items(), key=lambda entry: -entry[1]["js"])
    print("| page | scripts, kB | styles, kB |\n|---|---|---|")
    for page, size in sizes:
        print(f"| `{page}` | {size['js'] / 1000:.0f} | {size['css'] / 1000:.0f} |")
    sys.exit(any(size["js"] > LIMIT_BYTES for _, size in sizes))


def first_loads(dist: Path) -> dict[str, dict[str, int]]:
    """Bytes of scripts (`js`) and styles (`css`) by the page's address."""
    pages = (path for path in sorted(dist.rglob("index.html")) if not path.parent.name.startswith("_"))
    return {_address(dist, path): first_load(dist, path) for path in pages}


def first_load(dist: Path, page: Path) -> dict[str, int]:
    """What a browser of today loads for this page: scripts for old ones (`nomodule`) are left out."""
    html = NO_MODULE.sub("", page.read_text(encoding="utf-8"))
    bytes_of = {"js": 0, "css": 0}
    for name in set(NAMED.findall(html)):
        bytes_of[name.rsplit(".", 1)[1]] += sent_bytes(dist / name.lstrip("/"))
    return bytes_of


def sent_bytes(file: Path) -> int:
    """The size of the compressed copy, or of the file where it has none."""
    compressed = file.with_name(f"{file.name}.br")
    return (compressed if compressed.is_file() else file).stat().st_size


def _address(dist: Path, page: Path) -> str:
    inside = page.parent.relative_to(dist).as_posix()
    return "/" if inside == "." else f"/{inside}/"


if __name__ == "__main__":
    main()
