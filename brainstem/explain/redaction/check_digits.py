"""Check digits: which long numbers are real card or account numbers, so that the others stay readable."""

from typing import Final

CARD_LENGTHS: Final = {"34": (15,), "37": (15,), "35": (16,), "4": (13, 16, 19), "5": (16,), "2": (16,), "6": (16, 19)}
"""Digits of a card number by its first ones (ISO/IEC 7812-1 major industry identifiers of payment cards)."""


def is_card_number(text: str) -> bool:
    """Return whether the digits of `text` are a payment card's: start, length, Luhn sum (ISO/IEC 7812-1 annex B)."""
    digits = [int(character) for character in text if character.isdecimal()]
    start = f"{digits[0]}{digits[1]}"
    if len(digits) not in CARD_LENGTHS.get(start, CARD_LENGTHS.get(start[0], ())) or len(set(digits)) == 1:
        return False
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def is_iban(text: str) -> bool:
    """Return whether `text`, without its blanks, is an account number with a right remainder (ISO 13616, modulo 97-10)."""
    compact = text.replace(" ", "").replace("-", "")
    rotated = compact[4:] + compact[:4]
    return int("".join(str(int(character, 36)) for character in rotated)) % 97 == 1
