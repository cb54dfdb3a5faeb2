"""Where somebody speaks, and where to cut: speech detection, pauses, chunks. No torch."""
