"""A Whisper model in memory: what is said in a piece of sound, in many clips at once, and in which language."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.audio import pad_or_trim
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import Segment, get_compression_ratio, get_suppressed_tokens
from faster_whisper.vad import VadOptions, get_speech_timestamps

from xtts_studio.audio.mix import Samples
from xtts_studio.shapes import Word
from xtts_studio.transcription.hints import leaked

RATE_HZ = 16_000
LONGEST_CLIP_S = 29.0
"""Of a clip that is heard with others; Whisper listens to 30 s at once."""

_VAD = {"threshold": 0.35, "min_silence_duration_ms": 2000, "speech_pad_ms": 400}
"""Only long silences and clips without any speech are left out: words at the edges of a short clip matter."""

_SILENCE_AFTER_S = 0.5
"""Clips end closely after the last word; Whisper drops or invents words where sound breaks off."""

_LEAST_LOGPROB, _MOST_REPETITIVE, _NO_SPEECH = -1.0, 2.4, 0.6  # what faster-whisper itself takes for a failure
_BEAM, _MAX_TOKENS, _FIRST_TIME = 5, 448, 50
_PREPENDED, _APPENDED = "\"'“¿([{-", "\"'.。,，!！?？:：”)]}、"
_MUCH_LATER_S = 1e9

_TO_WHISPER = {"zh-cn": "zh"}
_FROM_WHISPER = {"zh": "zh-cn"}


@dataclass(frozen=True)
class Heard:
    """What was heard in a piece of sound. `confidence` is the mean probability of its words."""

    text: str
    language: str
    words: list[Word]
    confidence: float | None


class Recogniser:
    """A Whisper model in memory. `notices` tells where it doesn't run as it was asked to.

    `batch` is how many clips it hears at once; less where the GPU's memory turns out to be too small for that.
    """

    def __init__(self, model: WhisperModel, notices: tuple[str, ...] = (), batch: int = 1) -> None:
        self._model = model
        self.notices = notices
        self.batch = batch

    def hear(
        self,
        samples: Samples,
        language: str | None = None,
        on_time: Callable[[float], None] | None = None,
        hints: str = "",
    ) -> Heard:
        """The words in mono samples (n,) at 16 kHz. `on_time` hears of the seconds that are done."""
        segments, found = self.segments(samples, language, hotwords=hints or None)
        texts: list[str] = []
        words: list[Word] = []
        for segment in segments:
            texts.append(segment.text)
            words += words_of(segment)
            if on_time:
                on_time(segment.end)
        return _heard("".join(texts), found, words)

    def hear_clips(self, clips: list[Samples], language: str, hints: str = "") -> list[Heard]:
        """The words of each clip, (n,) at 16 kHz and no longer than `LONGEST_CLIP_S`; `batch` of them at once.

        Where `hints` themselves were written down instead of what is said, the clip is heard again without them.
        """
        found: list[Heard] = []
        while len(found) < len(clips):
            some = clips[len(found) : len(found) + self.batch]
            try:
                found += self._hear_some(some, language, hints)
            except RuntimeError as error:
                if "out of memory" not in str(error).lower() or self.batch == 1:
                    raise
                self.batch = max(1, self.batch // 2)
        return found

    def segments(
        self, samples: Samples, language: str | None = None, **options: object
    ) -> tuple[Iterable[Segment], str]:
        """What is heard, found while it is read, and the language. `options` are those of faster-whisper."""
        segments, info = self._model.transcribe(
            _full_level(samples),
            language=self._code(language),
            word_timestamps=True,
            condition_on_previous_text=False,  # else an error in one place is carried through the rest
            vad_filter=True,
            vad_parameters=dict(_VAD),
            **options,
        )
        return segments, _FROM_WHISPER.get(info.language, info.language)

    def knows(self, language: str) -> bool:
        """Can this language be heard? A model of one language takes every text for that."""
        return not self._model.model.is_multilingual or self._code(language) in self._model.supported_languages

    def language_of(self, clips: list[Samples]) -> str:
        """The language that fits several clips of one speaker best; one short clip alone is easily mistaken."""
        if not self._model.model.is_multilingual:
            return "en"
        scores: Counter[str] = Counter()
        for clip in clips:
            scores.update(dict(self._model.detect_language(_full_level(clip))[2]))
        best = scores.most_common(1)[0][0] if scores else "en"
        return _FROM_WHISPER.get(best, best)

    def hints_used(self, hints: str) -> int:
        """How many characters of the hints fit before what is heard; Whisper reads no more than 223 tokens."""
        tokens = self._model.hf_tokenizer.encode(" " + hints.strip(), add_special_tokens=False)
        most = _MAX_TOKENS // 2 - 1
        return len(hints) if len(tokens.ids) <= most else max(0, int(tokens.offsets[most - 1][1]) - 1)

    def _hear_some(self, clips: list[Samples], language: str, hints: str) -> list[Heard]:
        spoken = [index for index, clip in enumerate(clips) if get_speech_timestamps(clip, VadOptions(**_VAD))]
        found = [Heard("", language, [], None)] * len(clips)
        if spoken:
            known = self._together([clips[index] for index in spoken], language, hints)
            for index, heard in zip(spoken, known, strict=True):
                found[index] = self._trusted(heard, clips[index], language, hints)
        return found

    def _trusted(self, heard: Heard | None, clip: Samples, language: str, hints: str) -> Heard:
        """What was heard; where that went wrong, what is heard with more patience, or without hints."""
        heard = heard or self.hear(_with_silence(clip), language, hints=hints)
        if hints and heard.text:
            plain = leaked(heard.text, hints, lambda: self.hear(_with_silence(clip), language).text)
            return self.hear(_with_silence(clip), language) if plain else heard
        return heard

    def _together(self, clips: list[Samples], language: str, hints: str) -> list[Heard | None]:
        """What is heard in clips that all hold speech, in one go; None where the model lost its way."""
        model = self._model
        tokenizer = Tokenizer(
            model.hf_tokenizer, model.model.is_multilingual, task="transcribe", language=self._code(language)
        )
        features = [model.feature_extractor(_with_silence(_full_level(clip)))[..., :-1] for clip in clips]
        encoded = model.encode(np.stack([pad_or_trim(one) for one in features]))
        prompt = model.get_prompt(tokenizer, [], hotwords=hints or None)
        results = model.model.generate(
            encoded,
            [prompt] * len(clips),
            beam_size=_BEAM,
            max_length=_MAX_TOKENS,
            suppress_tokens=get_suppressed_tokens(tokenizer, [-1]),
            max_initial_timestamp_index=_FIRST_TIME,
            return_scores=True,
            return_no_speech_prob=True,
        )
        whole = [
            {"seek": 0, "start": 0.0, "end": len(clip) / RATE_HZ, "tokens": result.sequences_ids[0]}
            for clip, result in zip(clips, results, strict=True)
        ]
        frames = [one.shape[-1] for one in features]
        model.add_word_timestamps(
            [[one] for one in whole], tokenizer, encoded, frames, _PREPENDED, _APPENDED, _MUCH_LATER_S
        )
        return [
            _judged(tokenizer, one, result, language, len(clip) / RATE_HZ)
            for one, result, clip in zip(whole, results, clips, strict=True)
        ]

    def _code(self, language: str | None) -> str | None:
        if not self._model.model.is_multilingual:
            return "en"
        return _TO_WHISPER.get(language, language) if language else None


def _judged(tokenizer: Any, segment: dict[str, Any], result: Any, language: str, duration_s: float) -> Heard | None:
    tokens = result.sequences_ids[0]
    text = tokenizer.decode(tokens).strip()
    logprob = result.scores[0] * len(tokens) / (len(tokens) + 1)
    if result.no_speech_prob > _NO_SPEECH and logprob < _LEAST_LOGPROB:
        return Heard("", language, [], None)
    if logprob < _LEAST_LOGPROB or get_compression_ratio(text) > _MOST_REPETITIVE:
        return None
    words = [
        _word(one["word"], min(one["start"], duration_s), min(one["end"], duration_s), one["probability"])
        for one in segment.get("words", [])
    ]
    return _heard(text, language, words)


def _heard(text: str, language: str, words: list[Word]) -> Heard:
    confidence = round(sum(word.probability for word in words) / len(words), 4) if words else None
    return Heard(" ".join(text.split()), language, words, confidence)


def _with_silence(samples: Samples) -> Samples:
    return np.pad(samples, (0, int(_SILENCE_AFTER_S * RATE_HZ)))


def _full_level(samples: Samples) -> Samples:
    """Quiet recordings are heard as well as loud ones."""
    peak = float(np.abs(samples).max(initial=0.0))
    return samples * np.float32(0.9 / peak) if peak > 0 else samples


def words_of(segment: Segment) -> list[Word]:
    """The words of what was heard."""
    return [_word(word.word, word.start, word.end, word.probability) for word in segment.words or []]


def _word(word: str, start_s: float, end_s: float, probability: float) -> Word:
    return Word(
        word=word.strip(),
        start_s=round(float(start_s), 3),
        end_s=round(float(end_s), 3),
        probability=round(float(probability), 4),
    )
