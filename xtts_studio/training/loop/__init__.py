"""The loop that trains, and all that takes part in it."""
