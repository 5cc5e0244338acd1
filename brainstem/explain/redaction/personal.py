"""What belongs to a person: cards, bank accounts, social security numbers, the local part of a mail address."""

import re
from collections.abc import Callable
from typing import Final

from brainstem.explain.redaction.check_digits import is_card_number, is_iban
from brainstem.explain.redaction.rule import MASK, Pattern, Rule


def _if(check: Callable[[str], bool]) -> Callable[[re.Match[str]], str]:
    """Return a replacement that masks a match only when its check digits are right."""
    return lambda match: MASK if check(match[0]) else match[0]


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "payment card",
        (),
        Pattern(
            r"(?:(?<![\w.:/-])|(?<=pan[:=])|(?<=card[:=])|(?<=number[:=]))(?:[2-6]\d{3}(?:[ -]?\d{4}){2}[ -]?\d{1,7}"
            r"|3[47]\d{2}[ -]?\d{6}[ -]?\d{5})(?![\w-])"
        ),
        _if(is_card_number),
        (
            ("paid with 4111 1111 1111 1111", "paid with [redacted]"),
            ("order 4111111111111112", "order 4111111111111112"),
        ),
    ),
    Rule(
        "bank account",
        (),
        Pattern(r"(?<![\w-])[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?(?![\w-])"),
        _if(is_iban),
        (("to GB82 WEST 1234 5698 7654 32", "to [redacted]"),),
    ),
    Rule(
        "social security number",
        (),
        Pattern(r"(?<![\w.:/-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])"),
        MASK,
        (("ssn 219-09-9999", "ssn [redacted]"),),
    ),
    Rule(
        "local part of a mail address",
        ("@",),
        Pattern(
            # names of systemd units and of ssh algorithms look like addresses
            r"(?<![\w.%+=/-])[\w.%+=-]{1,64}+@(?!(?:[\w-]{1,63}\.){0,4}(?:service|socket|target|slice|scope|timer"
            r"|mount|device|path|swap)(?![\w.-]))"
            r"(?!openssh\.com|libssh\.org)(?=(?:[\w-]{1,63}\.){1,6}[A-Za-z]{2,24}(?![\w-]))"
        ),
        f"{MASK}@",
        (
            ("to=<mara.k@example.org>, relay=none", "to=<[redacted]@example.org>, relay=none"),
            ("Started getty@tty1.service", "Started getty@tty1.service"),
        ),
    ),
)
