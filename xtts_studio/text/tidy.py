"""A text as people type or copy it, without what no voice can say: emoji, control characters, quotes, rows of marks.

Letters and digits all stay, in their order; only their spelling may become the plain one (ﬁ -> fi, 𝐀 -> A).
"""

import re
import unicodedata
from collections.abc import Iterable

from xtts_studio.text import japanese
from xtts_studio.text.clean import clean
from xtts_studio.text.languages import language_of
from xtts_studio.text.tokenizer import Tokenizer

_EMOJI = re.compile(
    r"(?:[\U0001f1e6-\U0001f1ff]{2}|[\u2600-\u27bf\u2b05-\u2bff\u231a-\u23ff\U0001f000-\U0001faff])"
    r"(?:[\U0001f3fb-\U0001f3ff\ufe0f\U000e0020-\U000e007f]|\u200d[\u2600-\u27bf\u2b05-\u2bff\U0001f000-\U0001faff])*+"
)
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028]")
_OPENING = set("“”„‟«»‹›「『〝")
_QUOTES = "“”„‟«»‹›「」『』〝〞〟"
_PLAIN_QUOTES_BETWEEN = re.compile(r'(?<=[\w.!?…,;:])"++(?=[^\W\u2e80-\uffef])')
_MONEY_SPACE = re.compile(r"(?<=\d)[^\S\n](?=[€£₹](?!\w))|(?<=[$€£₹])[^\S\n](?=\d)")
_MARK_ROWS = re.compile(r"([.!?…]{3})[.!?…]++")
_RULES = re.compile(r"([-–—_=─~*#•·+|/\\])\1{2,}+")
_EMPTY_BRACKETS = re.compile(r"\(\s*+\)")
_NESTED = re.compile(r"\({2,}|\){2,}")
_KEPT = ".!?…؟۔।॥։。！？｡¿¡"
_ORDINALS = "ºª"
_READ_BY_CLEANING = "$£€₹¥￥%％+/-−:,'"


class Tidier:
    """Tidies texts of one language for one vocabulary, and remembers what it left out."""

    def __init__(self, language: str, tokenizer: Tokenizer) -> None:
        self._table = _Table(language, tokenizer)
        self._emoji = 0

    def tidy(self, text: str) -> str:
        """The text as it can be spoken; empty lines stay."""
        text, emoji = _EMOJI.subn(" ", _LINE_ENDS.sub("\n", text.replace("\u2029", "\n\n")))
        self._emoji += emoji
        text = unicodedata.normalize("NFC", _PLAIN_QUOTES_BETWEEN.sub(" ", text))
        if self._table.language == "ja":
            text = japanese.spell_numbers(text)
        text = _MONEY_SPACE.sub("", text).translate(self._table)
        text = _RULES.sub(" ", _MARK_ROWS.sub(r"\1", text))
        return _EMPTY_BRACKETS.sub(" ", _NESTED.sub(lambda found: found[0][0], text))

    def notices(self) -> list[str]:
        """What was left out, in sentences for the person."""
        were = "was" if self._emoji == 1 else "were"
        emoji = [f"{self._emoji} emoji can't be spoken and {were} left out."] if self._emoji else []
        return emoji + self._table.notices()


class _Table(dict[int, str]):
    """What each character becomes, worked out when it is first met: for `str.translate`."""

    def __init__(self, language: str, tokenizer: Tokenizer) -> None:
        super().__init__({ord("\n"): "\n", ord("\t"): " ", ord('"'): "", ord("＂"): ""})
        self.update({ord(opening): "(" for opening in "[{"} | {ord(closing): ")" for closing in "]}"})
        self.language, self.tokenizer = language_of(language).code, tokenizer
        self.symbols: list[str] = []
        self.controls = False

    def __missing__(self, codepoint: int) -> str:
        char = chr(codepoint)
        self[codepoint] = becomes = self._becomes(char)
        return becomes

    def _becomes(self, char: str) -> str:
        category = unicodedata.category(char)
        if category in ("Cc", "Cs", "Co", "Cn"):
            self.controls = True
            return " "
        if category == "Cf":  # joiners shape the letters of Hindi; marks of direction and width say nothing
            return char if char in "\u200c\u200d" and self.language == "hi" else ""
        if category == "No":
            return " " + unicodedata.normalize("NFKC", char).replace("⁄", "/")
        base = unicodedata.normalize("NFD", char)[0]
        if self.language == "ja" and category[0] == "L" and base.isascii():
            return base  # the library takes a word with an accent for unknown as a whole
        if category[0] in "LN" and not self.tokenizer.knows(char) and char not in _ORDINALS:
            plain = unicodedata.normalize("NFKC", char)
            return plain if plain.replace(" ", "").isalnum() else char
        if category[0] in "PS" and self._is_silent(char, category):
            if category[0] == "S":
                self.symbols.append(char)
            return " "
        return "" if "\ufe00" <= char <= "\ufe0f" or char == "\u20e3" else char

    def _is_silent(self, char: str, category: str) -> bool:
        if char in _KEPT or char in _READ_BY_CLEANING:
            return False
        if self.language == "ja" and category[0] == "S":
            return True  # the library writes a question mark for what it doesn't know
        return not any(self.tokenizer.knows(said) for said in clean(char, self.language))

    def notices(self) -> list[str]:
        told = []
        if self.symbols:
            told.append(f"Symbols that can't be spoken were left out: {_some(self.symbols)}")
        if self.controls:
            told.append("Control characters were left out.")
        said = dict.fromkeys(char for became in self.values() for char in became if char.isalnum())
        unknown = [char for char in said if not self._has_a_sound(char)]
        if unknown:
            told.append(f"The model doesn't know these letters in this language: {_some(unknown)}")
        return told

    def _has_a_sound(self, char: str) -> bool:
        if self.language in ("zh", "ja", "ko") and "\u1100" <= char <= "\ud7ff":
            return True
        if self.language == "ja":
            return char.isascii()
        return char in _ORDINALS or any(self.tokenizer.knows(said) for said in clean(char, self.language))


def trim(piece: str) -> str:
    """A piece on one line, without the brackets and dashes that a cut or a careless hand left at its ends."""
    piece = " ".join(_matched(piece).split())
    while piece.startswith("(") and _closes_at_end(piece):
        end = piece.rindex(")")
        piece = (piece[1:end] + piece[end + 1 :]).strip()
    piece = _STRAY_END.sub("", _STRAY_START.sub("", piece))
    wrapped = piece != "" and piece[0] in _OPENING and not any(quote in piece[1:] for quote in _QUOTES)
    return piece[1:].lstrip() if wrapped else piece


_STRAY_START = re.compile(
    rf"^(?:[\s),;:!?…·•*_\\/|]|[{_QUOTES}](?=[\s.,!?;:])|[’‘](?!\w)|[-–—−]+(?=\s|[^\W\d])|\.(?!\d))+"
)
_STRAY_END = re.compile(rf"(?:[\s(\-–—_‘¿¡/\\*{_QUOTES}]|(?<=[.!?…])['’])+$")


def _matched(piece: str) -> str:
    """Without brackets that have no partner."""
    if "(" not in piece and ")" not in piece:
        return piece
    open_at: list[int] = []
    lonely: set[int] = set()
    for place, char in enumerate(piece):
        if char == "(":
            open_at.append(place)
        elif char == ")":
            open_at.pop() if open_at else lonely.add(place)
    lonely.update(open_at)
    return "".join(" " if place in lonely else char for place, char in enumerate(piece)) if lonely else piece


def _closes_at_end(piece: str) -> bool:
    """Is the first bracket's partner the last thing but marks?"""
    depth = 0
    for place, char in enumerate(piece):
        depth += (char == "(") - (char == ")")
        if depth == 0:
            return not any(map(str.isalnum, piece[place:])) and "(" not in piece[place:]
    return False


def _some(chars: Iterable[str], most: int = 10) -> str:
    known = list(dict.fromkeys(chars))
    return " ".join(known[:most]) + (" …" if len(known) > most else "")
