"""What a training will do and take, told before it starts: the recipe with its reasons, the probe and its forecast.

Only `autopilot`, `fitting`, `trials`, `duration`, `memory`, `probe` need torch; the rest the server asks.
"""
