"""More entries for a model's vocabulary, learned from the texts of a run.

What the base has stays as it is: every id, every merge, and the order of the merges. New merges come after all of them,
so a text is first put together exactly as the base would, and only then are neighbouring pieces joined further. A text
in which no new piece occurs is therefore encoded as before, and where one occurs it stands for the very pieces that the
base had there.

    base        h a f e n k r a n      extended    hafen kran
"""

import json
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, repeat
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer as BytePairs, models, trainers

from xtts_studio.errors import CheckpointError, TextError
from xtts_studio.events import Log, Report, ignore
from xtts_studio.text.clean import clean
from xtts_studio.text.languages import language_of
from xtts_studio.text.tokenizer import STOP_ID, UNKNOWN_ID, Tokenizer
from xtts_studio.training.material.vocabulary_rows import grow
from xtts_studio.workspace import written_whole
from xtts_studio.xtts.checkpoint import Network

LEAST_SEEN = 3
"""A piece that occurs more seldom in the texts could not be learned."""

_LETTERS = ("L", "M", "N")  # categories of Unicode: what a script is written with; marks and symbols stay unknown
_FIRST_SYMBOL = 0xF0000  # characters that no text has: each stands for a piece of the base while merges are learned
_SPARE = 2  # merges learned for each that is wanted, since some can't be used

Document = dict[str, Any]
Pair = tuple[str, str]


@dataclass(frozen=True)
class _Additions:
    """What is appended to a vocabulary, in the order of the new ids; `merges` make the pieces."""

    tags: list[str]
    letters: list[str]
    pieces: list[str]
    merges: list[Pair]


def extended(
    network: Network,
    vocabulary: Path,
    texts: Sequence[tuple[str, str]],
    new_tokens: int,
    destination: Path,
    report: Report = ignore,
) -> Tokenizer:
    """Gives the network a vocabulary with up to `new_tokens` more entries, which lies at `destination` then.

    vocabulary: the network's own vocab.json; texts: (text, language). Where `destination` is there already, a run goes
    on: the network grows by what stands in it, whatever the texts are now. Changes network.gpt and both configurations
    in place. Raises `CheckpointError` for a vocabulary that can't be read or isn't the network's.
    """
    if not destination.exists():
        extend_vocabulary(vocabulary, texts, new_tokens, destination, report)
    grow(network, vocabulary, destination)
    return Tokenizer(destination)


def extend_vocabulary(
    vocabulary: Path, texts: Sequence[tuple[str, str]], new_tokens: int, destination: Path, report: Report = ignore
) -> None:
    """Writes the vocabulary at `vocabulary` with up to `new_tokens` more letters and pieces to `destination`.

    Tags of languages that it lacks come on top of them. The same texts give the same file.
    """
    document = _read(vocabulary)
    words, languages = _words(texts)
    tags = _missing_tags(document, languages)
    letters = _missing_letters(document, words)[:new_tokens]
    known = _appended(document, _Additions(tags, letters, [], []))
    pieces, merges = _learned(known, words, new_tokens - len(letters))
    content = json.dumps(_appended(known, _Additions([], [], pieces, merges)), ensure_ascii=False)
    with written_whole(destination) as temporary:
        temporary.write_text(content, encoding="utf-8")
    _tell(report, tags, letters, pieces, new_tokens)


def _read(vocabulary: Path) -> Document:
    try:
        document: Document = json.loads(vocabulary.read_text(encoding="utf-8"))
        if document["model"]["type"] != "BPE":
            raise ValueError(f"its model is {document['model']['type']}, not BPE")
        _pairs(document)
    except Exception as error:  # the library raises plain Exception for every kind of bad file
        raise CheckpointError(
            f"{vocabulary.name} can't be read as a vocabulary: {error}",
            hint="Take the vocab.json that was published with the model.",
        ) from error
    return document


def _pairs(document: Document) -> BytePairs:
    found: BytePairs = BytePairs.from_str(json.dumps(document, ensure_ascii=False))
    return found


def _words(texts: Iterable[tuple[str, str]]) -> tuple[Counter[str], set[str]]:
    """The words of the texts as the tokenizer cleans them, with how often they occur, and the languages.

    Texts of languages that can't be cleaned are passed over; training tells of them when it leaves their clips out.
    """
    words: Counter[str] = Counter()
    languages: set[str] = set()
    for text, language in texts:
        try:
            words.update(clean(text, language).split())
        except TextError:
            continue
        languages.add(language_of(language).tag)
    return words, languages


def _missing_tags(document: Document, languages: set[str]) -> list[str]:
    return [tag for tag in sorted(f"[{language}]" for language in languages) if tag not in document["model"]["vocab"]]


def _missing_letters(document: Document, words: Counter[str]) -> list[str]:
    """Letters of the texts' script that the vocabulary lacks, the most frequent first."""
    counts: Counter[str] = Counter()
    for word, times in words.items():
        for char in word:
            counts[char] += times
    known = document["model"]["vocab"]
    wanted = [
        char
        for char, times in counts.items()
        if char not in known and times >= LEAST_SEEN and unicodedata.category(char)[0] in _LETTERS
    ]
    return sorted(wanted, key=lambda char: (-counts[char], char))


def _learned(document: Document, words: Counter[str], wanted: int) -> tuple[list[str], list[Pair]]:
    """Up to `wanted` new pieces, the most useful first, and the merges that make them.

    Byte-pair encoding goes on where the base stopped: its pieces are the letters that are merged now. So every merge
    joins pieces that really come to stand side by side.
    """
    if wanted <= 0:
        return [], []
    spelled = _spelled(document, words)
    merges = _train(spelled, wanted * _SPARE)
    return _usable(merges, document["model"]["vocab"], wanted)


def _spelled(document: Document, words: Counter[str]) -> Counter[str]:
    """The words, each piece of the base one character: what lies between the tokenizer's own cuts, and how often."""
    pairs = _pairs(document)
    special = {token["id"] for token in document.get("added_tokens") or []} | {STOP_ID, UNKNOWN_ID}
    found: Counter[str] = Counter()
    for word, times in words.items():
        encoding = pairs.encode(word, add_special_tokens=False)
        for _, part in groupby(zip(encoding.word_ids, encoding.ids, strict=True), key=lambda pair: pair[0]):
            ids = [number for _, number in part]
            if not special.intersection(ids):
                found["".join(chr(_FIRST_SYMBOL + number) for number in ids)] += times
    return found


def _train(spelled: Counter[str], wanted: int) -> list[Pair]:
    """Merges of the characters of words, by the library's trainer, the most frequent first."""
    alphabet = {char for word in spelled for char in word}
    pairs = BytePairs(models.BPE())
    trainer = trainers.BpeTrainer(
        vocab_size=len(alphabet) + wanted, min_frequency=LEAST_SEEN, show_progress=False, special_tokens=[]
    )
    pairs.train_from_iterator(
        (word for word, times in sorted(spelled.items()) for word in repeat(word, times)), trainer
    )
    merges = json.loads(pairs.to_str())["model"]["merges"]
    return [_as_pair(merge) for merge in merges]


def _usable(merges: Sequence[Pair], vocabulary: dict[str, int], wanted: int) -> tuple[list[str], list[Pair]]:
    """The merges that make new pieces, in the pieces' own letters.

    One that would make a piece of the base is left out with all that are built on it: texts without a new piece shall
    be encoded as before.
    """
    by_id = {number: piece for piece, number in vocabulary.items()}
    made: dict[str, str] = {}
    pieces: dict[str, None] = {}
    kept: dict[Pair, None] = {}

    def piece_of(symbols: str) -> str | None:
        return by_id[ord(symbols) - _FIRST_SYMBOL] if len(symbols) == 1 else made.get(symbols)

    for symbols in merges:
        left, right = (piece_of(part) for part in symbols)
        if left is None or right is None or left + right in vocabulary:
            continue
        piece = left + right
        if piece not in pieces and len(pieces) == wanted:
            break
        made["".join(symbols)] = piece
        pieces[piece] = None
        kept[left, right] = None
    return list(pieces), list(kept)


def _appended(document: Document, additions: _Additions) -> Document:
    """The vocabulary with the additions, whose ids follow the highest there is."""
    model, added = document["model"], list(document.get("added_tokens") or [])
    vocabulary = dict(model["vocab"])
    entries = [*additions.tags, *additions.letters, *additions.pieces]
    vocabulary |= {entry: number for number, entry in enumerate(entries, start=max(vocabulary.values()) + 1)}
    flags = {"special": True, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    added += [{"id": vocabulary[tag], "content": tag, **flags} for tag in additions.tags]
    merges = [*model["merges"], *_written(additions.merges, model["merges"])]
    return document | {"added_tokens": added, "model": model | {"vocab": vocabulary, "merges": merges}}


def _written(merges: Sequence[Pair], like: Sequence[Any]) -> Iterator[str | list[str]]:
    """Merges as the file spells them: "t h" in published ones, ["t", "h"] in newer ones."""
    for left, right in merges:
        yield [left, right] if like and not isinstance(like[0], str) else f"{left} {right}"


def _as_pair(merge: Any) -> Pair:
    left, right = merge.split(" ") if isinstance(merge, str) else merge
    return left, right


def _tell(report: Report, tags: list[str], letters: list[str], pieces: list[str], asked: int) -> None:
    added = len(letters) + len(pieces)
    told = (
        f"Added to the vocabulary: {added} of {asked} entries (letters: {len(letters)}, pieces of words: {len(pieces)})"
    )
    if tags:
        told += f", and {', '.join(tags)} for the language"
    if added < asked:
        told += f". The texts have no more that occur {LEAST_SEEN} times"
    report(Log(f"{told}."))
