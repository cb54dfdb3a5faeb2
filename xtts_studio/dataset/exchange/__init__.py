"""Datasets to and from elsewhere: LJSpeech, Coqui, Hugging Face audiofolder and Parquet, and our own zip.

`exporting` writes a zip as a stream; `importing` is the step that reads one, or a folder. What a foreign format has no
place for lies beside its files in `xtts-studio.jsonl` (`records`), so that a round trip loses nothing.
"""
