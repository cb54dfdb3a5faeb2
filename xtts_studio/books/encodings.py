"""Bytes of a text file to text, whatever it was written with."""

import codecs
import re

_BOMS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",  # before UTF-16, whose mark it begins with
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
# Statistics tell alphabets from each other, but seldom the code pages of one.
_USUAL = {
    **dict.fromkeys(("en", "de", "es", "fr", "it", "nl", "pt"), "cp1252"),
    **dict.fromkeys(("cs", "hu", "pl"), "cp1250"),
    "tr": "cp1254",
}
_CONTROLS = [bytes([byte]) for byte in range(32) if byte not in b"\t\n\v\f\r\x1a\x1b"]
_LOOKED_AT = 65_536
_GUESSED_FROM_BYTES = 500_000
_FALLBACK = "cp1252"


def decode(data: bytes, declared: str | None = None, language: str | None = None) -> tuple[str, str | None]:
    """The text, and a notice where its encoding had to be guessed.

    Never fails. `declared` is what the file says; the language tells encodings apart that look alike.
    """
    for mark, encoding in _BOMS.items():
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, errors="replace"), None
    without_mark = _without_mark(data)  # also valid UTF-8, for which a zero is a character as any other
    for encoding in filter(None, (without_mark, "utf-8", declared)):
        if (text := _decoded(data, encoding)) is not None:
            return text, f"The text was read as {encoding}." if encoding == without_mark else None
    usual = _USUAL.get(language or "")
    encoding = usual if usual and _decoded(data, usual) is not None else _guessed(data)
    return data.decode(encoding, errors="replace"), f"The text is not UTF-8; it was read as {encoding}."


def is_text(data: bytes) -> bool:
    """False for sound, pictures, programs: what is full of control characters and not UTF-16."""
    if any(data.startswith(mark) for mark in _BOMS) or _without_mark(data):
        return True
    head = data[:_LOOKED_AT]
    return sum(map(head.count, _CONTROLS)) * 200 <= len(head)


def declared_encoding(data: bytes) -> str | None:
    """What an XML or HTML file says of itself."""
    found = re.search(rb"(?:encoding|charset)\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})", data[:2048])
    return found[1].decode("ascii") if found else None


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (UnicodeError, LookupError):
        return None


def _without_mark(data: bytes) -> str | None:
    """UTF-16 shows itself by the zeros of its Latin letters, spaces and line ends."""
    head = data[:4096]
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) * 10 < len(head) or min(even, odd) * 10 > len(head) or not even + odd:
        return None
    return "utf-16-be" if even > odd else "utf-16-le"


def _guessed(data: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(data[:_GUESSED_FROM_BYTES]).best()
    return best.encoding if best is not None else _FALLBACK
