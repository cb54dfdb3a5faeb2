"""Text to token ids, with the byte-pair vocabulary of a model (`vocab.json` as published)."""

from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer as BytePairs

from xtts_studio.errors import CheckpointError, TextError
from xtts_studio.text.clean import clean
from xtts_studio.text.languages import language_of
from xtts_studio.text.sentences import pack, sentences, split_sentence

MOST_IDS = 401
"""Token ids of one piece, its language tag included; the model's table of text positions holds no more."""
STOP_ID, UNKNOWN_ID = 0, 1


class Tokenizer:
    """Cleans, splits and encodes texts for one model.

    tokenizer = Tokenizer(Path("cache/xtts-v2/vocab.json"))
    for piece in tokenizer.split(book, "en"):
        ids = tokenizer.encode(piece, "en")  # at most 401
    """

    def __init__(self, vocab: str | Path) -> None:
        """Reads `vocab.json`. Raises `CheckpointError` if it is absent or no vocabulary."""
        try:
            self._pairs = BytePairs.from_file(str(vocab))
        except Exception as error:  # the library raises plain Exception for every kind of bad file
            raise CheckpointError(
                f"{Path(vocab).name} can't be read as a vocabulary: {error}",
                hint="Take the vocab.json that was published with the model.",
            ) from error
        self._vocabulary = frozenset(self._pairs.get_vocab())

    @property
    def size(self) -> int:
        """Rows of the model's text embedding: highest id + 1 (the ids have gaps)."""
        return max(self._pairs.get_vocab().values()) + 1

    def clean(self, text: str, language: str) -> str:
        """The text as it is spoken: see `xtts_studio.text.clean`."""
        return clean(text, language)

    def encode(self, text: str, language: str) -> list[int]:
        """Ids of `[language]` and the cleaned text. Of any length; `split` gives pieces that fit the model."""
        return self.encode_cleaned(clean(text, language), language)

    def knows(self, char: str) -> bool:
        """Has the vocabulary this character? Others become the id of the unknown, and the model guesses."""
        return char in self._vocabulary

    def letters(self, ids: Sequence[int]) -> int:
        """How many letters and digits the ids stand for, as they are spoken; tags and marks don't count.

        What the vocabulary doesn't know counts as one letter.
        """
        tokens = ["x" if number == UNKNOWN_ID else self._pairs.id_to_token(number) or "" for number in ids]
        return sum(sum(map(str.isalnum, token)) for token in tokens if not token.startswith("["))

    def split(self, text: str, language: str, limit: int | None = None) -> list[str]:
        """Pieces the model can speak: at most `limit` characters (the language's own when None) and 401 ids each.

        Nothing that can be spoken is lost; what can't be (a row of dashes, an empty text) gives no piece.
        """
        pieces = split_sentence(text.strip(), language, limit)
        return [fitting for piece in pieces for fitting in self._fit(piece, language)]

    def _fit(self, piece: str, language: str) -> list[str]:
        """Halves a piece until its ids fit; words spelled out may be ten times as long as their digits."""
        cleaned = clean(piece, language)
        if not any(map(str.isalnum, cleaned)):
            return []
        if len(self.encode_cleaned(cleaned, language)) <= MOST_IDS or len(piece) == 1:
            return [piece]
        halves = pack(sentences(piece, language), (len(piece) + 1) // 2)
        return [fitting for half in halves for fitting in self._fit(half, language)]

    def encode_cleaned(self, cleaned: str, language: str) -> list[int]:
        """`encode` for a text that `clean` has made already."""
        tag = f"[{language_of(language).tag}]"
        if tag not in self._vocabulary:
            raise TextError(
                f"This model's vocabulary has no {tag}; it was not made for that language.",
                hint="Choose a language the model knows, or another model.",
            )
        ids: list[int] = self._pairs.encode((tag + cleaned).replace(" ", "[SPACE]")).ids
        return ids
