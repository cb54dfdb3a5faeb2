"""Settings for every test."""

import os

# Before anything imports torch. Threads that wait for each other by spinning make tests twenty times slower where other
# programs want the cores too; asleep they cost a few per cent.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# Where CI is set, pytest shows differences whole: of two models it computes for hours.
for name in ("CI", "BUILD_NUMBER"):
    os.environ.pop(name, None)
