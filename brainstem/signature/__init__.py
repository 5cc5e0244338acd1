"""Which kind of message a record is: the lexicon, the tokenizer that masks what varies, the signature, and the families that
signatures form. What a kind of message is worth is not decided here.
"""

from typing import Final

MODULES: Final = (
    "lexicon",
    "tokenizer",
    "signing",
    "families",
    "arrow",
)
"""in the order of imports"""
