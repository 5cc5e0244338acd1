"""Text in Markdown: what came from a log can forge no heading, link or HTML.

In prose every character that Markdown gives a meaning is escaped, and lines of log stand in code spans fenced by more
backticks than they hold (https://spec.commonmark.org/0.31.2/#code-spans). Secrets are masked on the way.
"""

import re
from typing import Final

from brainstem.explain.redaction.redact import clean

_SPECIAL: Final = re.compile(
    r"[\\`*\[\]~]"
    # an underscore within a word is no emphasis
    r"|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])"
    # tags, character references, and addresses that become links by themselves
    r"|<(?=[A-Za-z/!?])|&(?=[A-Za-z#])|@(?=[\w-]+\.)|(?<=[a-zA-Z]):(?=//)|(?<=[wW]{3})\."
    # a quotation, a heading and its end, a list
    r"|^>|^[+-](?=[\s-]|$)|^\d{1,9}[.)](?=\s|$)|(?<!\S)#|#(?=\s*$)"
)
_IN_BRACKETS: Final = r"(?<=[^\\!\[\]])\[[A-Za-z0-9 -]+\](?=[^\\(\[\]:])"
"""a word in brackets: a link takes a target, a name or a definition behind it, and neither begins nor ends a text"""
_PROSE: Final = re.compile(f"{_IN_BRACKETS}|{_SPECIAL.pattern}")


def prose(text: str) -> str:
    """Return text escaped so that Markdown shows it as it is: no markup, no HTML, no automatic link.

    A word in brackets that cannot be a link, such as a disk's "[sdb]", is not escaped: many read the digest on a terminal.
    """
    # white space in front would make a block of code of it
    return _without_markup(clean(text, 2000).lstrip())


def _without_markup(cleaned: str) -> str:
    return _PROSE.sub(_escaped, cleaned)


def _escaped(match: re.Match[str]) -> str:
    found = match[0]
    if found.startswith("["):
        return found if len(found) > 1 else f"\\{found}"
    return f"{found[:-1]}\\{found[-1]}"


def code(text: str) -> str:
    """Return text as a code span whose fence is longer than any run of backticks in it."""
    shown = clean(text, 2000) or " "
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def steps_with_code(step: str) -> str:
    """Return a step whose commands stand between backticks, escaped outside of them."""
    pieces = step.split("`")
    if len(pieces) % 2 == 0:
        return prose(step)
    return "".join(
        code(piece) if position % 2 else _without_markup(clean(piece, 2000)) for position, piece in enumerate(pieces)
    )
