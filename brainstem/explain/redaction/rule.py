r"""One mask: when it runs, what it looks for, what stands in place of it, and samples of both.

Takes text without line breaks; returns text. Every pattern is bounded or anchored so that the time is linear in the length
of the text.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

MASK: Final = "[redacted]"


class Pattern:
    """A regular expression that is compiled when it is first used; with `flags` of `re`.

    All of them take a tenth of a second, much of a short run, whose texts have few of the triggers [measured].
    """

    def __init__(self, text: str, flags: re.RegexFlag = re.NOFLAG) -> None:
        self._text, self._flags = text, flags

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The compiled expression."""
        return re.compile(self._text, self._flags)


@dataclass(frozen=True, slots=True)
class Rule:
    """One mask. It runs only on a text with one of its lower case `triggers`; `samples` are (text, what is shown)."""

    name: str
    triggers: tuple[str, ...]
    pattern: Pattern
    replacement: str | Callable[[re.Match[str]], str]
    samples: tuple[tuple[str, str], ...]

    def apply(self, text: str, folded: str) -> str:
        """Return `text` masked; `folded` is the same text in lower case."""
        if self.triggers and not any(trigger in folded for trigger in self.triggers):
            return text
        return self.pattern.compiled.sub(self.replacement, text)


BARE: Final = r"(?:[^\s,;&\"'<>\\]|[,;](?!\s|\Z|[\w.-]{1,40}[=:\"'])|&(?![\w.-]{1,40}=)|\\(?![\"'n]))+"
"""An unquoted value: it ends at white space, a quote or an angle, and at a comma, semicolon or ampersand before a field."""
QUOTED: Final = r"\"(?:[^\"\\]|\\.)*+\"?|'(?:[^'\\]|\\.)*+'?"
ESCAPED: Final = r"\\{1,8}[\"'](?:(?!\\{1,8}[\"']).)*+(?:\\{1,8}[\"'])?"
VALUE: Final = rf"(?:{ESCAPED}|{QUOTED}|{BARE})"
LOOKS_MADE_UP: Final = (
    r"(?!\[redacted)(?=[^\s\"',;<>|]{4})"
    r"(?=[^\s\"',;<>|]{0,60}?(?:[a-zA-Z][^\s\"',;<>|]{0,60}?[\d!#$%^&*+~]|\d[^\s\"',;<>|]{0,60}?[a-zA-Z])"
    r"|(?-i:[A-Za-z]{0,40}?[a-z][A-Z]))"
)
"""what follows has letters with digits or marks in it, or capitals behind small letters: no word of a sentence"""
PASSWORD_WORDS: Final = (  # words of a pattern, no secret
    r"pass(?:word|wd|phrase|code)|passwort|kennwort|mot[ _-]?de[ _-]?passe|contrase(?:ñ|n|\\u00f1)a"  # noqa: S105
    r"|wachtwoord|senha|palavra[ -]passe|parola d'ordine|losungswort|phrase (?:secr[eè]te|de passe)|frase de contraseña"
    r"|has[lł]o|пароль|密码|密碼|パスワード"
)
"""in English, German, French, Spanish, Dutch, Portuguese, Italian, Polish, Russian, Chinese and Japanese"""
PASSWORD_TRIGGERS: Final = (
    "pass",
    "pwd",
    "kennwort",
    "contrase",
    "wachtwoord",
    "senha",
    "clave",
    "hasło",
    "haslo",
    "пароль",
    "密",
    "パスワード",
    "pw",
    "mdp",
    "phrase",
    "losungswort",
    "parola",
)
_OF = r"(?: (?:d['’]|de |du |da |do |di |del |van |voor |für |para |per |pour )?[\wéèàçã'’-]{2,14}){0,2}"
FOREIGN_NOUNS: Final = (
    r"(?:[a-zäöüß-]{0,24}(?:schlüssel|sleutel|geheimnis)|cl[eé]f?" + _OF + r"|(?:clave|chiave|chave)" + _OF + r""
    r"|(?:gedeelde?|gemeinsames?|geteiltes?) geheim\w{0,4}|secret partagé|secreto compartido|segreto condiviso"
    r"|segredo (?:com)?partilhado|jeton(?: d['’]acc[eè]s)?|(?:zugriffs|zugangs|toegangs)token"
    r"|code d['’]acc[eè]s|codice di accesso|código de acesso|(?:toegangs|zugangs)code|code-?wort|parola chiave)"
)
"""Keys, tokens, codes and shared secrets in German, Dutch, French, Spanish, Italian and Portuguese. Ordinary things have
these names too, so a value behind one is masked only where it looks made up."""
FOREIGN_TRIGGERS: Final = (
    *("schlüssel", "sleutel", "geheim", "clé", "clef", "clave", "chiave", "chave", "secret", "segret", "segred"),
    *("jeton", "token", "code", "codice", "código", "parola"),
)


def with_value_masked(match: re.Match[str]) -> str:
    """Return a match with its group `value` masked; the quotes of the value are kept."""
    value = match["value"]
    quote = re.match(r"\\{0,8}[\"']", value)
    mask = f"{quote[0]}{MASK}{quote[0]}" if quote else MASK
    before = match.string[match.start() : match.start("value")]
    return f"{before}{mask}{match.string[match.end('value') : match.end()]}"


def pattern(text: str) -> Pattern:
    """Return a pattern that takes small letters and capitals for the same."""
    return Pattern(text, re.IGNORECASE | re.DOTALL)


def masking(name: str, triggers: tuple[str, ...], text: str, *samples: tuple[str, str]) -> Rule:
    """Return a rule that masks the group `value` of a pattern."""
    return Rule(name, triggers, pattern(text), with_value_masked, samples)
