"""Quoting a family: its message with what all shown lines share, and an ellipsis where they differ.

Takes a template and whole lines (with their headers, clean to show); returns the words. A template alone would hide the
name that matters; a single line would show one example's numbers as if all lines had them.
"""

import re
from collections.abc import Sequence
from typing import Final

ELLIPSIS: Final = "…"
NO_TEXT: Final = "bytes that are no text"
ESCAPED_SHARE: Final = 0.2
"""a message of which more is no text is not worth showing; words of an old encoding have less"""
_ESCAPED_BYTE: Final = re.compile(r"<x[0-9a-f]{2}>|\\x[0-9a-f]{2}|\ufffd")
_MASK: Final = re.compile(r"<[a-z*][a-z0-9_*-]*>")
_GAPS: Final = re.compile(rf"{ELLIPSIS}(?: ?{ELLIPSIS})+")


def quote(template: str, lines: Sequence[str]) -> str:
    """Return the message as far as `lines` agree on it; without lines that fit the template, the template itself.

    A message that is mostly bytes and no text is cut where they begin, for nobody can read them.
    """
    escapes = list(_ESCAPED_BYTE.finditer(template))
    if len(escapes) > ESCAPED_SHARE * len(_ESCAPED_BYTE.sub("?", template)):
        return f"{_told(template[: escapes[0].start()].split())}{ELLIPSIS} ({NO_TEXT})"
    messages = [message.split() for message in (message_in(line, template) for line in lines) if message]
    if not messages or len({len(words) for words in messages}) > 1:
        return _told(template.split())
    return _told([words[0] if len(set(words)) == 1 else ELLIPSIS for words in zip(*messages, strict=True)])


def message_in(line: str, template: str) -> str:
    """Return the part of a line that the template stands for, empty when it cannot be found.

    The words before the first mask and those after the last one mark where it begins and ends.
    """
    pieces = _MASK.split(template)
    before, after = pieces[0].strip(), pieces[-1].strip()
    # "link" is not found in "linkd": where the template has a space behind a word, so has the line
    behind = r"(?=\s)" if len(pieces) > 1 and pieces[0][-1:].isspace() else ""
    found = re.search(rf"(?<!\w){re.escape(before)}{behind}", line) if before else None
    if found is None:
        return ""
    start = found.start()
    end = line.rfind(after, start) if after else -1
    return line[start:] if end < 0 else line[start : end + len(after)]


def _told(words: Sequence[str]) -> str:
    return _GAPS.sub(ELLIPSIS, _MASK.sub(ELLIPSIS, " ".join(words)))
