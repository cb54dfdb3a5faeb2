"""The second pass over a dataset: each chunk is heard within its recording, and edges that cut a word are moved.

A chunk whose recording is gone is judged by itself. What was found is saved as it goes; chunks that were mended are
written at the end of their recording, in one pass over it.
"""

from collections.abc import Iterable, Iterator

from xtts_studio.audio.decode import mono_blocks
from xtts_studio.audio.mix import Samples
from xtts_studio.dataset import store
from xtts_studio.dataset.details import read_details
from xtts_studio.errors import AudioError, NotFound
from xtts_studio.recordings import get_recording, original_path
from xtts_studio.shapes import Chunk, ClipDetails, Proof, Recording, Word
from xtts_studio.transcription.context import Context, Window, sounds, trimmed, windows
from xtts_studio.transcription.edges import breaks_off
from xtts_studio.transcription.listening import hear_all
from xtts_studio.transcription.loudness import loudness
from xtts_studio.transcription.mending import TOUCHING_S, mend, touches
from xtts_studio.transcription.recogniser import RATE_HZ, Heard
from xtts_studio.transcription.recutting import Mended, write_mended
from xtts_studio.transcription.task import DOUBTFUL, HEARD_FLAGS, Task
from xtts_studio.transcription.verdict import Judged, cut_flags, joined, other_flags, punctuated, text_flags

_SAME_LENGTH_S = 0.05


def prove(task: Task, todo: list[Chunk]) -> None:
    """Flags what is doubtful in the chunks `todo`, mends what can be mended, and keeps a `Proof` beside each."""
    if not todo:
        return
    known = [chunk for chunk in store.read(task.workspace, task.name).chunks if chunk.state == "active"]
    sentences = punctuated([chunk.text for chunk in known])
    if not sentences:
        task.notice("The texts have no full stops, so it isn't told where sentences begin or end.")
    done = 0
    try:
        for recording_id in dict.fromkeys(chunk.recording for chunk in todo):
            own = [chunk for chunk in todo if chunk.recording == recording_id]
            beside = [chunk for chunk in known if chunk.recording == recording_id]
            proving = _Proving(task, sentences, done, len(todo), beside)
            proving.run(_recording(task, recording_id), own)
            done += len(own)
    finally:
        task.keeper.save()


def _recording(task: Task, recording_id: str) -> Recording | None:
    try:
        recording = get_recording(task.workspace, recording_id)
    except (NotFound, AudioError, ValueError):
        return None
    return recording if original_path(task.workspace, recording).is_file() else None


class _Proving:
    """One recording's chunks. `beside` are all active ones of it, which leave the rest of the recording free."""

    def __init__(self, task: Task, sentences: bool, done: int, whole: int, beside: list[Chunk]) -> None:
        self._task, self._sentences = task, sentences
        self._done, self._whole = done, whole
        self._spans = {chunk.file: (chunk.start_s, chunk.end_s) for chunk in beside}
        self._last: Judged | None = None
        self._mended: list[Mended] = []

    def run(self, recording: Recording | None, chunks: list[Chunk]) -> None:
        there = [chunk for chunk in chunks if recording and _lies_in(chunk, recording)]
        files = {chunk.file for chunk in there}
        for chunk in chunks:
            if chunk.file not in files:
                self._judge_alone(chunk)
        if recording is not None and there:
            for context in self._contexts(recording, sorted(there, key=lambda chunk: (chunk.start_s, chunk.end_s))):
                for judged in self._judged(context):
                    self._settle(judged)
            self._finish_last()
            write_mended(self._task, recording, self._mended)

    def _contexts(self, recording: Recording, chunks: list[Chunk]) -> Iterator[Context]:
        wanted = windows(chunks, recording.duration_s)
        begin_s = wanted[0].start_s
        path, mix = original_path(self._task.workspace, recording), tuple(recording.mix)
        blocks = mono_blocks(path, RATE_HZ, mix, begin_s, wanted[-1].end_s)
        held: list[tuple[Window, float, Samples]] = []
        for window, samples in zip(wanted, sounds(blocks, wanted, begin_s), strict=True):
            held.append((window, *trimmed(window, samples)))
            if len(held) >= self._task.recogniser.batch:
                yield from self._heard(held)
                held = []
        yield from self._heard(held)

    def _heard(self, held: list[tuple[Window, float, Samples]]) -> Iterator[Context]:
        """Windows, each with what is heard in it."""
        if not held:
            return
        self._task.progress(self._done / self._whole, f"Proving cuts {self._done + 1} of {self._whole}")
        found = self._hear([samples for _, _, samples in held], held[0][0].chunks[0])
        for (window, start_s, samples), heard in zip(held, found, strict=True):
            level = loudness(samples)
            words = [level.placed(word) for word in heard.words]
            yield Context(window, start_s, samples, level, sorted(words, key=lambda word: word.start_s))
            self._done += len(window.chunks)

    def _judged(self, context: Context) -> Iterator[Judged]:
        for chunk in context.window.chunks:
            heard = self._alone(chunk)
            if heard is not None:
                words, text = heard
                yield Judged(chunk, chunk.start_s, chunk.end_s, words, text, chunk.confidence, context)

    def _alone(self, chunk: Chunk) -> tuple[list[Word], str] | None:
        """What is heard in a chunk alone, from before or now; None where it can't be read."""
        words = read_details(self._task.folder, chunk.file).words
        if words or "no_speech" in chunk.flags:
            return words, chunk.text if chunk.text_source == "heard" else joined(words)
        sound = self._task.sound(chunk.file)
        if sound is None:
            return None
        (heard,) = self._hear([sound], chunk)
        return heard.words, heard.text

    def _hear(self, clips: list[Samples], chunk: Chunk) -> list[Heard]:
        return hear_all(self._task, clips, self._task.language(chunk, lambda: clips))

    def _settle(self, judged: Judged) -> None:
        """Judges a chunk, mends it if need be; the one before it is finished then."""
        before, self._last = self._last, judged
        judged.flags = cut_flags(judged)
        partner = before if before is not None and touches(before, judged) else None
        self._mend(judged, partner)
        if before is not None:
            self._keep(before)

    def _mend(self, judged: Judged, partner: Judged | None) -> None:
        def hear(clips: list[Samples]) -> list[Heard]:
            return self._hear(clips, judged.chunk) if clips else []

        beginning = "first_word_cut" in judged.flags or bool(partner and "last_word_cut" in partner.flags)
        if not beginning and not judged.flags:
            return
        free = self._free(judged)
        if beginning and mend(judged, "start", partner, free, hear):
            self._moved(judged, partner)
        shared = any(abs(start_s - judged.end_s) <= TOUCHING_S for start_s, _ in self._spans.values())
        if "last_word_cut" in judged.flags and not shared and mend(judged, "end", None, free, hear):
            self._moved(judged)

    def _moved(self, *all_judged: Judged | None) -> None:
        for judged in filter(None, all_judged):
            self._spans[judged.chunk.file] = (judged.start_s, judged.end_s)
            judged.flags = cut_flags(judged)

    def _free(self, judged: Judged) -> tuple[float, float]:
        """From where to where a chunk may reach without taking anything of another one."""
        others = [span for file, span in self._spans.items() if file != judged.chunk.file]
        before = [end_s for start_s, end_s in others if start_s < judged.start_s]
        after = [start_s for start_s, _ in others if start_s >= judged.start_s]
        return max(before, default=0.0), min(after, default=float("inf"))

    def _finish_last(self) -> None:
        if self._last is not None:
            self._keep(self._last)
            self._last = None

    def _keep(self, judged: Judged) -> None:
        judged.flags += other_flags(judged, self._sentences) if judged.alone or judged.in_context() else []
        if not judged.alone:
            judged.flags = [flag for flag in judged.flags if flag == "heard_differently"]
        if judged.moved and judged.context is not None:
            self._mended.append(Mended.of(judged, judged.context))
        else:
            self._save(judged.chunk, judged.flags, judged.proof())
        self._task.result.proven += judged.context is not None and not DOUBTFUL & set(judged.flags)

    def _judge_alone(self, chunk: Chunk) -> None:
        """Without the recording, there is only what the chunk itself tells: its edges, and its text."""
        heard, sound = self._alone(chunk), self._task.sound(chunk.file)
        self._done += 1
        if heard is None or sound is None:
            return
        level, flags = loudness(sound), []
        if heard[0]:
            flags = ["first_word_cut"] * breaks_off(level, "start") + ["last_word_cut"] * breaks_off(level, "end")
            flags += text_flags(heard[1]) if self._sentences else []
        self._save(chunk, flags, Proof(alone=heard[1], in_context="", agreement=1.0))

    def _save(self, chunk: Chunk, flags: list[str], proof: Proof) -> None:
        def flagged(now: Chunk) -> Chunk:
            return now.model_copy(update={"flags": with_flags(now, flags)})

        def proven(details: ClipDetails) -> ClipDetails:
            return details.model_copy(update={"proof": proof})

        self._task.keeper.later(chunk.file, flagged, proven)


def with_flags(chunk: Chunk, flags: Iterable[str]) -> list[str]:
    """The chunk's flags with those of proving replaced."""
    kept = [flag for flag in chunk.flags if flag not in HEARD_FLAGS or flag == "no_speech"]
    return [*kept, *flags]


def _lies_in(chunk: Chunk, recording: Recording) -> bool:
    """Is the chunk's sound that of its place in the recording? Joined or stretched ones are judged alone."""
    length_s = chunk.end_s - chunk.start_s
    return abs(length_s - chunk.duration_s) < _SAME_LENGTH_S and chunk.end_s <= recording.duration_s + _SAME_LENGTH_S
