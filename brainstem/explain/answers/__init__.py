"""Answers to questions about families: why one was shown or was not, what is remembered of one, what each waits for, and
what happened in a period.

Takes what was decided and counted; returns facts and text. Nothing here reads a folder.
"""

from typing import Final

MODULES: Final = ("explanation", "handling", "waiting", "recollection", "period")
"""in the order of imports"""
