"""Names of files that every system takes."""

import re
import unicodedata

_REFUSED = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')
_MOST_BYTES = 160


def file_name(number: int, count: int, title: str) -> str:
    """`01 - The Title`, without a suffix; as many digits as the last number has, two at least."""
    width = max(2, len(str(count)))
    title = unicodedata.normalize("NFC", _REFUSED.sub(" ", title).encode("utf-8", "ignore").decode())
    title = " ".join(title.split())
    while len(title.encode()) > _MOST_BYTES:
        title = title[:-1]
    title = title.strip(" .") or f"Chapter {number}"
    return f"{number:0{width}} - {title}"
