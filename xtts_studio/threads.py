"""How the threads of numerical libraries wait for each other: set before torch is imported, and only here."""

import os

_SPINS = "20000"


def set_waiting() -> None:
    """Lets threads that wait spin for a moment and then sleep.

    A step of decoding has hundreds of parallel parts of some microseconds. Threads that sleep at once (a "passive"
    policy) are woken too late for them: decoding takes twice as long. Threads that spin for long, OpenMP's own way,
    take the cores from whoever else works on the machine. What the environment says already is left alone.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", _SPINS)
