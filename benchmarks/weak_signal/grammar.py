"""Texts composed by a seed: invented names, message templates with slots, and their values."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from benchmarks.weak_signal import texts
from benchmarks.weak_signal.error_words import has_error_word
from benchmarks.weak_signal.wordings import WORDINGS


def address(dice: Random) -> str:
    """Return an address of the internet."""
    return f"{dice.randrange(11, 223)}.{dice.randrange(256)}.{dice.randrange(256)}.{dice.randrange(1, 255)}"


def _uuid(dice: Random) -> str:
    digits = f"{dice.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _mac(dice: Random) -> str:
    digits = f"{dice.getrandbits(48):012x}"
    return ":".join(digits[at : at + 2] for at in range(0, 12, 2))


SLOTS: Final[dict[str, Callable[[Random], str]]] = {
    "int": lambda dice: str(dice.randrange(2, 999)),
    "small": lambda dice: str(dice.randrange(1, 9)),
    "big": lambda dice: str(dice.randrange(10_000, 90_000_000)),
    "hex": lambda dice: f"{dice.getrandbits(32):08x}",
    "ip": lambda dice: f"10.{dice.randrange(4)}.{dice.randrange(256)}.{dice.randrange(1, 255)}",
    "wan": address,
    "port": lambda dice: str(dice.randrange(1024, 65_000)),
    "path": lambda dice: f"/srv/v{dice.randrange(9)}/{dice.choice(texts.NOUNS)}-{dice.randrange(4000)}",
    "user": lambda dice: dice.choice(texts.USERS),
    "ms": lambda dice: f"{int(math.exp(dice.uniform(1, 9)))} ms",
    "size": lambda dice: f"{dice.randrange(1, 900)} MB",
    "uuid": _uuid,
    "host": lambda dice: f"{dice.choice(texts.ROLES)}{dice.randrange(1, 30):02d}",
    "ver": lambda dice: f"{dice.randrange(1, 9)}.{dice.randrange(20)}.{dice.randrange(40)}",
    "pct": lambda dice: f"{dice.randrange(1, 100)}%",
    "mac": _mac,
}


@dataclass(frozen=True, slots=True)
class Template:
    """A message: literals at even places, slot names at odd ones."""

    parts: tuple[str, ...]

    @property
    def text(self) -> str:
        """Return the template with its slots in braces."""
        return "".join(part if at % 2 == 0 else f"{{{part}}}" for at, part in enumerate(self.parts))

    def fill(self, dice: Random, fixed: Mapping[str, str]) -> str:
        """Put values into the slots; `fixed` ones first, others drawn."""
        return "".join(
            part if at % 2 == 0 else fixed[part] if part in fixed else SLOTS[part](dice)
            for at, part in enumerate(self.parts)
        )


def template(text: str) -> Template:
    """Read a template with {slots}."""
    pieces: list[str] = []
    for piece in text.split("{"):
        name, mark, literal = piece.partition("}")
        pieces += [name, literal] if mark else [name]
    return Template(tuple(pieces))


class Grammar:
    """The language of one seed."""

    def __init__(self, dice: Random) -> None:
        self._dice = dice
        self._taken: set[str] = set()
        self.nouns = dice.sample(texts.NOUNS, 60) + [self.word() for _ in range(20)]
        self.verbs = dice.sample(texts.VERBS, 40)

    def word(self) -> str:
        """Invent a word that nobody has used."""
        while True:
            made = "".join(
                self._dice.choice(texts.ONSETS) + self._dice.choice(texts.VOWELS) + self._dice.choice(texts.CODAS)
                for _ in range(self._dice.choice((2, 2, 3)))
            )
            if made not in self._taken and not has_error_word(made) and not has_error_word(f"x {made}-d {made}d"):
                self._taken.add(made)
                return made

    def service(self, endings: Sequence[str] = texts.SERVICE_ENDINGS) -> str:
        """Invent the name of a program."""
        return self.word() + self._dice.choice(endings)

    def entities(self, count: int) -> list[str]:
        """Invent names of like things: one pattern, different ends."""
        stem, shape = self.word(), self._dice.randrange(5)
        if shape == 0:
            return [f"{stem}-{self._dice.choice(texts.PLACES)}{number}" for number in range(1, count + 1)]
        if shape == 1:
            return [f"{stem}{number:02d}" for number in range(1, count + 1)]
        if shape == 2:
            return [f"{self.word()}.{stem}" for _ in range(count)]
        if shape == 3:
            return [f"{stem}/{number}" for number in range(count)]
        return [self.word() for _ in range(count)]

    def message(self, *, troubled: bool = False) -> Template:
        """Compose a message of the background."""
        dice = self._dice
        noun, other, verb = dice.choice(self.nouns), dice.choice(self.nouns), dice.choice(self.verbs)
        slots = [dice.choice(texts.VALUE_SLOTS) for _ in range(3)]
        if troubled:
            trouble = dice.choice(texts.TROUBLES).replace("{noun}", f"{noun} {{{slots[0]}}}")
            return template(f"{other}: {trouble}" if dice.random() < 0.5 else f"{trouble} ({other} {{{slots[1]}}})")
        preposition = dice.choice(texts.PREPOSITIONS)
        keys = dice.sample(texts.KEYS, 2)
        forms = (
            f"{verb} {noun} {{{slots[0]}}} {preposition} {other} {{{slots[1]}}}",
            f"{noun} {{{slots[0]}}}: {verb} {keys[0]}={{{slots[1]}}}",
            f"{noun} {verb} {preposition} {other}; {keys[0]} {{{slots[1]}}}",
            f"{noun}.{other} {verb} {keys[0]}={{{slots[0]}}} {keys[1]}={{{slots[2]}}}",
            f"[{other}] {noun} {{{slots[0]}}} {verb} {dice.choice(texts.ADVERBS).replace('.', ' ')}",
            f"{verb} {{{slots[0]}}} {preposition} {{{slots[1]}}}, {noun} {{{slots[2]}}}",
            f"{noun} {preposition} {other} {verb}",
        )
        return template(dice.choice(forms))

    def trouble(self, kind: str, *, error_worded: bool) -> list[Template]:
        """Return the lines of a scenario that belong together, in the words of this seed."""
        wording = WORDINGS[kind]
        pattern = self._dice.choice(wording.worded if error_worded else wording.plain)
        thing, dress = self._dice.choice(wording.things), self._dice.randrange(6)
        own, noun = self.word(), self._dice.choice(self.nouns)
        dressed = []
        for line in pattern:
            core = line.replace("{thing}", thing)
            forms = (
                f"{core} in {own}",
                f"[{own}] {core}",
                f"{own}: {core}",
                f"{core} ({own} {{hex}})",
                f"{core} [{own} {noun}]",
                f"{noun}/{own} {core}",
            )
            dressed.append(template(forms[dress]))
        return dressed
