"""`python -m xtts_studio` is `xtts-studio`."""

from xtts_studio.cli import main

if __name__ == "__main__":
    main()
