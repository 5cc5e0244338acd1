"""The compiled tokenizer: one pass over the bytes of a message writes its canonical form, its traits and its entities.
One module for each class of token; `scan` dispatches to them. Word lists belong to `signature.lexicon`.
"""

from typing import Final

MODULES: Final = (
    "state",
    "word_table",
    "writer",
    "numbers",
    "identifiers",
    "locators",
    "entities",
    "words",
    "number_words",
    "mixed_tokens",
    "enclosures",
    "scan",
)
"""in the order of imports"""
