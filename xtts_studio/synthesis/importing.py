"""The step `import_voice`: a voice of an `.xttsvoice` file, checked piece by piece.

Latents are taken as they are: that they were made of the clips beside them can't be seen without the model.
"""

from pathlib import Path

from xtts_studio.audio.decode import decode_file
from xtts_studio.audio.encode import write_wav
from xtts_studio.errors import AudioError, CheckpointError, InvalidInput, NotFound
from xtts_studio.events import Progress, Report
from xtts_studio.shapes import ImportVoiceRequest, Speaker
from xtts_studio.speakers import CACHE, LATENTS, digest_of, folder_speaker, new_folder, part_folder, write_speaker
from xtts_studio.synthesis.blending import check_size
from xtts_studio.synthesis.references import LONGEST_S, MOST_CLIPS, SHORTEST_S
from xtts_studio.voice_file import EXPORT_ANEW, VoiceArchive
from xtts_studio.workspace import Workspace, check_name
from xtts_studio.xtts import Voice

_MOST_CLIP_SAMPLES = 1 << 26
_MOST_LATENTS, _MOST_CHANNELS = 256, 8192
_GREATEST_LATENT = 1000.0
"""In size: ample; what is beyond is damaged or forged."""
_SPARE_S = 0.1


def import_voice(request: ImportVoiceRequest, workspace: Workspace, report: Report) -> Speaker:
    """Makes a voice of a file in `incoming`, which is used up.

    Raises `InvalidInput` or `AudioError` for what is no such file or damaged, `TooLarge` for what unpacks to too much,
    `Conflict` when the name is taken, `NotFound` where the file is gone.
    """
    path = _incoming(workspace, request.file)
    try:
        report(Progress(0.1, "Reading the file"))
        with VoiceArchive(path) as archive:
            name = check_name(request.name or archive.speaker().name, "voice name")
            with new_folder(workspace, name) as folder:
                _unpack(archive, folder)
                check_size(folder)
                return write_speaker(folder, folder_speaker(folder).model_copy(update={"name": name}))
    finally:
        path.unlink(missing_ok=True)


def _incoming(workspace: Workspace, name: str) -> Path:
    path = workspace.incoming / Path(name).name
    if path.name != name or "\0" in name or len(name) > 255 or not path.is_file():
        raise NotFound(f"The file {name[:80]!r} is not there.", hint="Upload it again.")
    return path


def _unpack(archive: VoiceArchive, folder: Path, prefix: str = "") -> None:
    """Writes the voice under `prefix`, and those it is a blend of, into `folder`."""
    speaker = archive.speaker(prefix)
    folder.mkdir(exist_ok=True)
    names = archive.names(prefix)
    parts = archive.parts(prefix)
    _check_belonging(speaker, names, parts)
    duration_s = 0.0
    for clip in speaker.clips:
        duration_s += _unpack_clip(archive, prefix + names[clip], folder / clip)
    if speaker.kind == "studio":
        _unpack_latents(archive, prefix + LATENTS, folder / LATENTS)
    for number in range(1, len(parts) + 1):
        inner = part_folder(folder, number)
        _unpack(archive, inner, f"{prefix}{inner.name}/")
        duration_s += folder_speaker(inner).duration_s
    write_speaker(folder, speaker.model_copy(update={"duration_s": round(duration_s, 3)}))
    _unpack_caches(archive, folder, speaker, prefix, names)


def _check_belonging(speaker: Speaker, names: dict[str, str], parts: set[int]) -> None:
    """Raises `InvalidInput` unless the files are what this kind of voice consists of."""
    clips = [name for name in names if name.startswith("clip_")]
    there = (sorted(speaker.clips) == sorted(clips), LATENTS in names, sorted(parts))
    numbers = list(range(1, len(speaker.blend) + 1))
    expected = {
        "clips": (True, False, []) if 0 < len(clips) <= MOST_CLIPS and not speaker.blend else None,
        "studio": (True, True, []) if not clips and not speaker.blend else None,
        "blend": (True, False, numbers) if not clips and 2 <= len(numbers) <= 8 else None,
    }[speaker.kind]
    if there != expected:
        raise InvalidInput(
            f"The voice file is incomplete: what it holds is not what a voice of the kind {speaker.kind!r} is made of.",
            hint=EXPORT_ANEW,
        )


def _unpack_clip(archive: VoiceArchive, entry: str, target: Path) -> float:
    """Writes a clip as WAV, sample by sample the same; gives its duration."""
    packed = target.with_suffix(".packed")
    packed.write_bytes(archive.read(entry))
    try:
        audio = decode_file(packed, end_s=LONGEST_S + 1, most_samples=_MOST_CLIP_SAMPLES)
    finally:
        packed.unlink()
    if len(audio.samples) != 1 or not SHORTEST_S <= audio.duration_s <= LONGEST_S + _SPARE_S:
        raise AudioError(
            f"The clip {entry} of the voice file has {len(audio.samples)} channels and {audio.duration_s:.1f} s; "
            f"one channel of {SHORTEST_S} to {LONGEST_S:.0f} s is expected.",
            hint=EXPORT_ANEW,
        )
    write_wav(target, audio.mono(), audio.sample_rate_hz)
    return audio.duration_s


def _unpack_latents(archive: VoiceArchive, entry: str, target: Path) -> None:
    """Raises `InvalidInput` for what is not the latents of a voice."""
    target.write_bytes(archive.read(entry))
    try:
        voice = Voice.load(target)
    except (CheckpointError, ValueError) as error:
        raise InvalidInput(f"{entry} of the voice file is damaged.", hint=EXPORT_ANEW) from error
    latent, embedding = voice.gpt_latent, voice.speaker_embedding
    fits = (
        latent.ndim == embedding.ndim == 3
        and latent.shape[0] == embedding.shape[0] == embedding.shape[2] == 1
        and 0 < latent.shape[1] <= _MOST_LATENTS
        and 0 < latent.shape[2] <= _MOST_CHANNELS
        and 0 < embedding.shape[1] <= _MOST_CHANNELS
        and latent.is_floating_point()
        and embedding.is_floating_point()
    )
    if not fits or not (latent.isfinite().all() and embedding.isfinite().all()):
        raise InvalidInput(f"{entry} of the voice file is not the latents of a voice.", hint=EXPORT_ANEW)
    greatest = max(latent.abs().max().item(), embedding.abs().max().item())
    if greatest > _GREATEST_LATENT:
        raise InvalidInput(
            f"{entry} of the voice file holds numbers up to {greatest:.3g}; the latents of a voice stay below "
            f"{_GREATEST_LATENT:.0f}.",
            hint=EXPORT_ANEW,
        )
    Voice(latent.float(), embedding.float()).save(target)  # nothing else that may have been in the file


def _unpack_caches(archive: VoiceArchive, folder: Path, speaker: Speaker, prefix: str, names: dict[str, str]) -> None:
    """What models have made of this voice; of another content it would never be used."""
    digest = digest_of(folder, speaker)
    for name in names:
        if CACHE.fullmatch(name) and name.endswith(f"-{digest}.safetensors"):
            _unpack_latents(archive, prefix + name, folder / name)
