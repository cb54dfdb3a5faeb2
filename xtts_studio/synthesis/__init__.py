"""A voice and a text become speech: models and voices kept at hand, the steps `clone` and `speak`."""
