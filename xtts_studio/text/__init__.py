"""Text to what the model reads: normalisation per language, sentence splitting, token ids.

languages   the 17 languages: character limits, symbols, abbreviations, ordinals
clean       text -> text as it is spoken, in lower case
sentences   text -> pieces the model can speak in one go
tidy        text without what no voice can say: emoji, control characters, stray marks
pieces      paragraph -> pieces, never too long, seldom very short
script      text -> words and pauses, as the engine speaks them
tokenizer   text -> token ids (needs the `tokenizers` library, so it and what uses it are imported on their own)
"""

from xtts_studio.text.clean import clean
from xtts_studio.text.languages import LANGUAGES, Language, language_of
from xtts_studio.text.sentences import split_sentence

__all__ = ["LANGUAGES", "Language", "clean", "language_of", "split_sentence"]
