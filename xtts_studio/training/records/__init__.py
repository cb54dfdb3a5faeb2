"""What a run leaves to be read: curves, the card of its model. None of it needs torch."""
