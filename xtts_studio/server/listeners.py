"""Who listens to speech that is being made: one whose connection was cut may come back and go on where it was."""

import asyncio
from dataclasses import dataclass, field

from xtts_studio.errors import NotFound
from xtts_studio.server.live_speech import LiveSpeech


@dataclass(eq=False)
class Live:
    """A speech, how many listen to it, and for how long it goes on when nobody does."""

    speech: LiveSpeech
    grace_s: float
    listening: int = 1
    back: asyncio.Event = field(default_factory=asyncio.Event)


class Listeners:
    """The speech of one server that listeners can come back to. Used on its event loop alone."""

    def __init__(self) -> None:
        self._known: dict[str, Live] = {}
        self._waiting: set[asyncio.Task[None]] = set()

    def add(self, speech: LiveSpeech, grace_s: float) -> Live:
        """Speech that somebody listens to, who must `leave`. It ends `grace_s` after the last of them has left."""
        live = self._known[speech.speech_id] = Live(speech, grace_s)
        return live

    def find(self, speech_id: str) -> Live | None:
        """Speech that is being made, or that broke off a short while ago; None for any other."""
        return self._known.get(speech_id)

    def arrive(self, live: Live) -> None:
        """One more listens, who must `leave`."""
        live.listening += 1
        live.back.set()

    async def leave(self, live: Live) -> None:
        """One listens no more. What is left by all before its end goes on for its grace; others are waited for."""
        live.listening -= 1
        if live.listening:
            return
        ended = self.find(live.speech.speech_id) is not live
        if ended or live.speech.complete or not live.grace_s:
            await self._forget(live)
            return
        live.back.clear()
        task = asyncio.create_task(self._wait_for_somebody(live))
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)

    async def end(self, speech_id: str) -> None:
        """Ends the speaking at once, whoever listens; raises `NotFound` where there is none."""
        if (live := self._known.pop(speech_id, None)) is None:
            raise NotFound(f"The speech {speech_id!r} is not being spoken.", hint="It may have ended already.")
        live.speech.stop()
        if not live.listening:
            await self._forget(live)

    async def close(self) -> None:
        """Ends all that is spoken for nobody."""
        for live in [live for live in self._known.values() if not live.listening]:
            await self._forget(live)

    async def _wait_for_somebody(self, live: Live) -> None:
        try:
            await asyncio.wait_for(live.back.wait(), live.grace_s)
        except TimeoutError:
            if not live.listening:
                await self._forget(live)

    async def _forget(self, live: Live) -> None:
        self._known.pop(live.speech.speech_id, None)
        live.back.set()
        await live.speech.close()
