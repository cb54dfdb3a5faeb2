"""Which words of a transcript belong to which chunk: those that were heard in it, and those between them."""

from dataclasses import dataclass, field

from xtts_studio.shapes import Chunk, TranscriptCue, Word
from xtts_studio.transcription.comparing import agreement, tokens_of
from xtts_studio.transcription.units import Unit, places, units_of
from xtts_studio.transcription.verdict import ends_sentence

_WORDS_A_SECOND = 5.0
_FEW = 3


@dataclass
class Share:
    """A chunk's part of the transcript. `first` and `last` are units; none where nothing of it was heard here."""

    chunk: Chunk
    heard: list[str]
    first: int = -1
    last: int = -1
    text: str = ""
    speaker: str | None = None
    begins_within: bool = False
    ends_within: bool = False
    doubtful: bool = False

    def agreement(self, language: str | None) -> float:
        """Share of the words that are written as they were heard, 0 to 1."""
        return agreement(tokens_of(self.text, language), self.heard)


@dataclass
class Shared:
    """A transcript shared out: `common` is the share of heard words that it has; `unheard` says which nobody heard,
    with the files before and after; `outside` counts words of parts that were not cut."""

    shares: list[Share]
    common: float
    unheard: list[tuple[str, str, str]] = field(default_factory=list)
    outside: int = 0


def share_out(cues: list[TranscriptCue], chunks: list[Chunk], words: list[list[Word]], language: str | None) -> Shared:
    """Gives each of the `chunks` (of one recording, in order, with the words heard in them) its part of the cues."""
    text, units = units_of(cues, language)
    shares = [
        Share(chunk, tokens_of(" ".join(w.word for w in own), language))
        for chunk, own in zip(chunks, words, strict=True)
    ]
    heard = [token for share in shares for token in share.heard]
    owner = [index for index, share in enumerate(shares) for _ in share.heard]
    at, common = places(units, heard)
    shared = Shared(shares, common)
    homes = [owner[index] if index >= 0 else -1 for index in at]
    _fill(homes, units, cues, text, shared)
    _take(homes, units, cues, text, shares)
    return shared


def _fill(homes: list[int], units: list[Unit], cues: list[TranscriptCue], text: str, shared: Shared) -> None:
    """Gives units that nobody heard to the chunk around them; between two chunks they are told apart, or told of."""
    at = 0
    while at < len(homes):
        if homes[at] >= 0:
            at += 1
            continue
        end = next((index for index in range(at, len(homes)) if homes[index] >= 0), len(homes))
        before = homes[at - 1] if at else -1
        after = homes[end] if end < len(homes) else -1
        if before == after:
            homes[at:end] = [before] * (end - at)
        else:
            _between(homes, (at, end), (before, after), units, cues, text, shared)
        at = end
    shared.outside += sum(home < 0 for home in homes) - sum(len(words.split()) for words, _, _ in shared.unheard)


def _between(
    homes: list[int],
    span: tuple[int, int],
    around: tuple[int, int],
    units: list[Unit],
    cues: list[TranscriptCue],
    text: str,
    shared: Shared,
) -> None:
    before, after = (shared.shares[home].chunk if home >= 0 else None for home in around)
    for index in range(*span):
        homes[index] = _by_time(index, units, cues, around, shared.shares)
    left = [index for index in range(*span) if homes[index] < 0]
    if not left:
        return
    gap_s = after.start_s - before.end_s if before and after else float("inf")
    if len(left) <= gap_s * _WORDS_A_SECOND and not (len(left) <= _FEW and gap_s < 1.0):
        return  # said in a part that was not cut, as it seems
    side = _by_sentence(left, units, text, around) if len(left) <= _FEW else -1
    for home in around:
        if home >= 0:
            shared.shares[home].doubtful = True
    if side >= 0:
        for index in left:
            homes[index] = side
    elif before and after:
        words = " ".join(text[units[left[0]].start : units[left[-1]].end].split())
        shared.unheard.append((words, before.file, after.file))


def _by_time(
    index: int, units: list[Unit], cues: list[TranscriptCue], around: tuple[int, int], shares: list[Share]
) -> int:
    """The one of two chunks in which a unit is said, as far as its cue has times."""
    unit, cue = units[index], cues[units[index].cue]
    if cue.start_s is None or cue.end_s is None:
        return -1
    own = [one for one in range(max(0, index - 200), min(len(units), index + 200)) if units[one].cue == unit.cue]
    time_s = cue.start_s + (cue.end_s - cue.start_s) * (own.index(index) + 0.5) / len(own)
    for home in around:
        if home >= 0 and shares[home].chunk.start_s <= time_s <= shares[home].chunk.end_s:
            return home
    return -1


def _by_sentence(left: list[int], units: list[Unit], text: str, around: tuple[int, int]) -> int:
    """A few words belong to the sentence that they end or begin."""
    if ends_sentence(text[: units[left[0]].start].rstrip()):
        return around[1]
    if ends_sentence(text[: units[left[-1]].end]):
        return around[0]
    return -1


def _take(homes: list[int], units: list[Unit], cues: list[TranscriptCue], text: str, shares: list[Share]) -> None:
    for index, home in enumerate(homes):
        if home >= 0:
            share = shares[home]
            share.first = index if share.first < 0 else share.first
            share.last = index
    for share in shares:
        if share.first < 0:
            continue
        share.text = " ".join(text[units[share.first].start : units[share.last].end].split())
        share.begins_within = share.first > 0 and not ends_sentence(text[: units[share.first].start].rstrip()[-9:])
        share.ends_within = share.last + 1 < len(units) and not ends_sentence(share.text)
        speakers = {cues[units[index].cue].speaker for index in range(share.first, share.last + 1)}
        share.speaker = speakers.pop() if len(speakers) == 1 else None
