"""The errors a user can meet.

    StudioError
    ├── InvalidInput            422  what was sent can't be used
    │   ├── AudioError          422  a file that is not usable audio
    │   ├── TextError           422  a text or language that can't be spoken
    │   ├── BookError           422  a file that can't be read as a book
    │   ├── DatasetError        422  a dataset that can't be read or trained on
    │   ├── CheckpointError     422  model files that don't fit the architecture
    │   └── TrainingError       422  settings with which training can't go on
    ├── NotSignedIn             401  no login, or one that is no longer valid
    ├── Forbidden               403  signed in, but not allowed
    ├── NotFound                404  no such thing
    ├── Conflict                409  clashes with what is there
    │   ├── ModelMissing        409  a model that has to be fetched first
    │   └── LicenceNotAccepted  409  a licence that has to be accepted first
    ├── TooLarge                413  over a size limit
    ├── TooManyRequests         429  over a rate or queue limit
    ├── CallerGone              499  nobody waits for the answer any more
    ├── DownloadFailed          502  a file that could not be fetched, or came damaged
    ├── WorkerDied              503  a worker process ended before its work did
    ├── OutOfMemory             503  a step needed more memory than it may use
    ├── Interrupted             503  the server ended while a job ran
    ├── ComputeUnavailable      503  the machines that steps run on elsewhere can't be used
    └── DiskFull                507  no room left on the disk

Every error says in `message` what was found and what was expected, and in `hint` what to do. They travel between
processes and over HTTP as the dictionary that `to_dict` gives.
"""

import errno
from typing import Any, ClassVar


class StudioError(Exception):
    """An error with a message for the person who met it: what was found, what was expected, what to do."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500

    def __init__(self, message: str, *, hint: str = "", details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details: dict[str, Any] = details or {}

    def to_dict(self) -> dict[str, Any]:
        """The one shape of errors: `{code, message, hint, details}`."""
        return {"code": self.code, "message": self.message, "hint": self.hint, "details": self.details}

    @staticmethod
    def from_dict(error: dict[str, Any]) -> "StudioError":
        """The error that `to_dict` described; an unknown code becomes a plain `StudioError`."""
        kind = _BY_CODE.get(str(error.get("code")), StudioError)
        return kind(str(error.get("message", "")), hint=str(error.get("hint", "")), details=error.get("details") or {})


class InvalidInput(StudioError):
    """What was sent can't be used."""

    code, status = "invalid_input", 422


class AudioError(InvalidInput):
    """A file that is not usable audio."""

    code = "unusable_audio"


class TextError(InvalidInput):
    """A text or a language that can't be spoken."""

    code = "unusable_text"


class BookError(InvalidInput):
    """A file that can't be read as a book."""

    code = "book_error"


class DatasetError(InvalidInput):
    """A dataset that can't be read or trained on."""

    code = "unusable_dataset"


class CheckpointError(InvalidInput):
    """Model files that don't fit the architecture: tensors missing, surplus or of another shape."""

    code = "unusable_checkpoint"


class TrainingError(InvalidInput):
    """Settings with which training can't go on: the loss is no number any more."""

    code = "training_failed"


class NotSignedIn(StudioError):
    """No login, or one that is no longer valid."""

    code, status = "not_signed_in", 401


class Forbidden(StudioError):
    """Signed in, but not allowed."""

    code, status = "forbidden", 403


class NotFound(StudioError):
    """No such recording, dataset, job, model or page."""

    code, status = "not_found", 404


class Conflict(StudioError):
    """Clashes with what is already there."""

    code, status = "conflict", 409


class ModelMissing(Conflict):
    """A model that has to be fetched first."""

    code = "model_missing"


class LicenceNotAccepted(Conflict):
    """A licence that has to be accepted first."""

    code = "licence_not_accepted"


class TooLarge(StudioError):
    """Over a size limit."""

    code, status = "too_large", 413


class TooManyRequests(StudioError):
    """Over a rate or queue limit."""

    code, status = "too_many_requests", 429


class CallerGone(StudioError):
    """Nobody waits for the answer any more."""

    code, status = "caller_gone", 499


class DownloadFailed(StudioError):
    """A file that could not be fetched: the server can't be reached, doesn't have it, or sent something else."""

    code, status = "download_failed", 502


class WorkerDied(StudioError):
    """A worker process ended before its work did."""

    code, status = "worker_died", 503


class OutOfMemory(StudioError):
    """A step needed more memory than there is, or than it may use."""

    code, status = "out_of_memory", 503


class Interrupted(StudioError):
    """The server ended while a job ran."""

    code, status = "interrupted", 503


class ComputeUnavailable(StudioError):
    """The machines that steps run on elsewhere can't be used: no connection, no access, or nothing deployed there."""

    code, status = "compute_unavailable", 503


class DiskFull(StudioError):
    """No room left on the disk."""

    code, status = "disk_full", 507

    @classmethod
    def of(cls, error: OSError) -> "DiskFull | None":
        """This error for an `OSError` that means it; None for any other."""
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            return None
        return cls("The disk is full.", hint="Make room: delete recordings, runs or models that are no longer needed.")


class Cancelled(Exception):
    """Raised by `report` inside a step whose job was cancelled. Not an error: the step cleans up and lets it pass."""


def _tree(kind: type[StudioError]) -> dict[str, type[StudioError]]:
    found = {kind.code: kind}
    for child in kind.__subclasses__():
        found |= _tree(child)
    return found


_BY_CODE = _tree(StudioError)
