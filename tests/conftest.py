"""Settings for every test."""

import os

# Before anything imports torch. Threads that wait for each other by spinning make tests twenty times slower where other
# programs want the cores too; asleep they cost a few per cent.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
