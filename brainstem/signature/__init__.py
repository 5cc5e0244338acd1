"""Which kind of message a record is: the lexicon, the tokenizer that masks what varies, the signature, and the families
that signatures form. How often a kind comes belongs to `aggregate`, what it is worth to `evidence` and `attention`.
"""

from typing import Final

MODULES: Final = (
    "lexicon",
    "tokenizer",
    "signing",
    "families",
)
"""in the order of imports"""
