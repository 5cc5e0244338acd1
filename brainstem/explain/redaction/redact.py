"""What a person may see of a log line: no secret, no personal address, nothing that steers a terminal.

Takes bytes or text that anybody may have written; returns one line of text. The event store keeps raw lines as they
came; what is shown or sent on passes through here. `RULES` are all masks, in the order in which they are applied.
"""

import re
from collections.abc import Sequence
from typing import Final

from brainstem.explain.redaction import addresses, commands, devices, headers, keys, personal, prose, tokens
from brainstem.explain.redaction.rule import MASK, Rule

__all__ = ["MASK", "RULES", "SHOWN_CHARACTERS", "Rule", "clean", "display", "hidden_names", "line_of", "redact"]

SHOWN_CHARACTERS: Final = 400
"""How much of one line is shown unless told otherwise."""
RULES: Final[tuple[Rule, ...]] = (
    *headers.RULES,
    *addresses.RULES,
    *keys.RULES,
    *commands.RULES,
    *devices.RULES,
    *prose.RULES,
    *tokens.RULES,
    *personal.RULES,
)


def redact(text: str) -> str:
    """Return text with every secret and personal address masked that `RULES` knows; masking twice changes nothing more."""
    for _ in range(3):
        masked = text
        folded = text.lower()
        for rule in RULES:
            before, masked = masked, rule.apply(masked, folded)
            if masked is not before and masked != before:
                folded = masked.lower()
        if masked == text:
            break
        text = masked
    return text


_LAST_WORD = re.compile(r"(?<![^\s,;&|])(?:\d{2,8}[ -]){0,5}[^\s,;&|]+\Z")
_COLOUR = re.compile(r"\x1b\[[0-9;:]{0,32}m")
# C0, DEL and C1 controls, soft hyphen, Arabic letter mark, Mongolian separator, zero-width and direction marks, line
# and paragraph separators, direction embeddings and isolates, byte order mark, interlinear marks, tags, surrogates
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
_SHORT: Final = {"\n": "\\n", "\r": "\\r", "\t": " "}


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    if character in _SHORT:
        return _SHORT[character]
    number = ord(character)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def clean(text: str, limit: int = SHOWN_CHARACTERS) -> str:
    """Return one line of at most `limit` characters that is safe to show: unseen characters escaped, secrets masked.

    Colour codes carry no text and go; every other control becomes a visible escape. A tab becomes a space.
    """
    shown = redact(_UNSEEN.sub(_escape, _COLOUR.sub("", text)))
    return shown if len(shown) <= limit else shown[: max(limit - 1, 0)] + "…"


def hidden_names(names: Sequence[str], lines: Sequence[str]) -> frozenset[str]:
    """Return those of `names` that stand in `lines` only where something is masked: without its key nothing else tells that
    a name is a secret. Where lines have masks, a name that no line shows may come from a mask of another line.
    """
    shown = [clean(line, len(line) * 10 + 100) for line in lines]
    if all(MASK not in text for text in shown):
        return frozenset()
    return frozenset(name for name in names if not any(clean(name) in text for text in shown))


def display(raw: bytes, limit: int = SHOWN_CHARACTERS, cut_bytes: int = 0) -> str:
    """Return a record's bytes as one safe line of at most `limit` characters; bytes that are no UTF-8 show as `\\xNN`.

    `cut_bytes` is where longer records were cut before they came here, 0 for nowhere.
    """
    return clean(line_of(raw, cut_bytes), limit)


def line_of(raw: bytes, cut_bytes: int = 0) -> str:
    """Return a record's bytes as text without its end of line. Where it was cut its last word is left out, for what is left
    of a secret may fit no mask.
    """
    text = raw.rstrip(b"\r\n").decode("utf-8", "backslashreplace")
    if not cut_bytes or len(raw) < cut_bytes:
        return text
    return f"{_LAST_WORD.sub('', text)}…"
