"""What a person may see of a log line: no secret, no personal address, nothing that steers a terminal.

Takes bytes or text that anybody may have written; returns one line of text. The event store keeps raw lines as they
came; what is shown or sent on passes through here. The table of masks is `RULES`; each mask carries its own samples.
Every pattern is bounded or anchored so that the time is linear in the length of the text.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from brainstem.explain.check_digits import is_card_number, is_iban

MASK: Final = "[redacted]"
SHOWN_CHARACTERS: Final = 400
"""How much of one line is shown unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One mask. It runs only on a text with one of its lower case `triggers`; `samples` are (text, what is shown)."""

    name: str
    triggers: tuple[str, ...]
    pattern: re.Pattern[str]
    replacement: str | Callable[[re.Match[str]], str]
    samples: tuple[tuple[str, str], ...]

    def apply(self, text: str, folded: str) -> str:
        """Return `text` masked; `folded` is the same text in lower case."""
        if self.triggers and not any(trigger in folded for trigger in self.triggers):
            return text
        return self.pattern.sub(self.replacement, text)


# An unquoted value ends at white space, a quote or an ampersand, and at a comma or semicolon before the next field.
_BARE = r"(?:[^\s,;&\"'<>\\]|[,;](?!\s|\Z|[\w.-]{1,40}[=:\"'])|\\(?![\"'n]))+"
_QUOTED = r"\"(?:[^\"\\]|\\.)*+\"?|'(?:[^'\\]|\\.)*+'?"
_ESCAPED = r"\\{1,4}[\"'](?:(?!\\{1,4}[\"']).)*+(?:\\{1,4}[\"'])?"
_PLAIN_WORD = r"(?!(?:yes|no|true|false|null|none|nil|required|set|unset)(?![\w-]))"
_SEPARATOR = r"(?:\\{0,4}[\"'])?[ \t]{0,2}(?:=>|[=:])[ \t]{0,2}"

_SURE_KEYS = (
    r"pass(?:word|wd|phrase)|passcode|client[_-]?secret|secret[_-]?(?:access[_-]?)?key|api[_-]?(?:key|secret|token)"
    r"|access[_-]?key(?:[_-]?id)?|private[_-]?key|account[_-]?key|shared[_-]?(?:access[_-]?)?(?:key|secret)"
    r"|(?:access|refresh|id|auth|bearer|csrf|xsrf|session|security)[_-]?token"
    r"|(?<![a-z0-9])(?:pwd(?!=[/~])|psk)|(?:phpsessid|jsessionid|session[_-]?id)(?==)"
)
_LIKELY_KEYS = r"token|secret|credentials?|signature|sig|otp|auth|pin"


def _keep_quotes(match: re.Match[str]) -> str:
    """Return a match with the value of its key masked and its quotes kept."""
    value = match["value"]
    quote = re.match(r"\\{0,4}[\"']", value)
    return f"{match['key']}{quote[0]}{MASK}{quote[0]}" if quote else f"{match['key']}{MASK}"


def _if(check: Callable[[str], bool]) -> Callable[[re.Match[str]], str]:
    """Return a replacement that masks a match only when its check digits are right."""
    return lambda match: MASK if check(match[0]) else match[0]


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE | re.DOTALL)


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "private key",
        ("private key",),
        _pattern(
            r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----.*?"
            r"(?:-----END [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----|\Z)"
        ),
        f"-----BEGIN KEY----- {MASK}",
        (("-----BEGIN RSA PRIVATE KEY-----\\nMIIB\\n-----END RSA PRIVATE KEY-----", "-----BEGIN KEY----- [redacted]"),),
    ),
    Rule(
        "cookie header",
        ("cookie",),
        _pattern(r"(?P<key>(?<![\w-])(?:set-)?cookie2?[\"']?: ?)(?P<value>\"[^\"]*\"?|[^\"\s][^\"]*)"),
        _keep_quotes,
        (("Cookie: theme=dark; sid=81ab", "Cookie: [redacted]"),),
    ),
    Rule(
        "authorization header",
        ("authorization",),
        _pattern(
            r"(?P<key>authorization[\"']?[ \t]?[:=][ \t]?[\"']?"
            r"(?:(?:bearer|basic|digest|negotiate|ntlm|token|apikey)[ \t]{1,4})?)"
            r"(?P<value>(?!bearer|basic|digest)[^\s\"',]+)"
        ),
        rf"\g<key>{MASK}",
        (
            ("Authorization: Bearer 9f86d081", "Authorization: Bearer [redacted]"),
            ("authorization=abc", "authorization=[redacted]"),
        ),
    ),
    Rule(
        "bearer or basic credentials",
        ("bearer ", "basic "),
        _pattern(r"(?<![\w-])(?P<key>bearer |basic )(?=\S{0,400}[\d=])[A-Za-z0-9._~+/-]{12,}={0,2}(?![\w\[])"),
        rf"\g<key>{MASK}",
        (("sent Bearer 8a5edab282632443 upstream", "sent Bearer [redacted] upstream"),),
    ),
    Rule(
        "credentials in an address",
        ("://",),
        _pattern(r"(?P<key>[a-z][a-z0-9+.-]{0,20}://)[^\s/@:\"'<>]{0,200}:[^\s/@\"'<>]{1,400}@"),
        rf"\g<key>{MASK}@",
        (("postgres://app:hunter2@db1:5432/shop", "postgres://[redacted]@db1:5432/shop"),),
    ),
    Rule(
        "value of a secret's key",
        ("pass", "pwd", "secret", "key", "token", "psk", "sess"),
        _pattern(rf"(?P<key>(?:{_SURE_KEYS}){_SEPARATOR}){_PLAIN_WORD}(?P<value>{_ESCAPED}|{_QUOTED}|{_BARE})"),
        _keep_quotes,
        (
            ("login user=bob password=hunter2 from 10.0.0.1", "login user=bob password=[redacted] from 10.0.0.1"),
            ('{"password":"a \\"b\\"","user":"x"}', '{"password":"[redacted]","user":"x"}'),
            ("DB_PASSWORD: s3cr3t", "DB_PASSWORD: [redacted]"),
            ("(using password: YES)", "(using password: YES)"),
            ("TTY=pts/0 ; PWD=/home/ops ; USER=root", "TTY=pts/0 ; PWD=/home/ops ; USER=root"),
        ),
    ),
    Rule(
        "value of a likely key",
        ("token", "secret", "credential", "sig", "otp", "auth", "pin", "pass"),
        _pattern(
            rf"(?P<key>(?<![a-z0-9])(?:(?:{_LIKELY_KEYS}){_SEPARATOR}|(?:{_LIKELY_KEYS}|pass)=))"
            rf"{_PLAIN_WORD}(?P<value>{_ESCAPED}|(?=[\"'][^\"'\s]{{6}})(?:{_QUOTED})|(?=[^\s\"',;]{{0,99}}\d|[^\s\"',;]{{16}}|\[redacted\])(?=[^\s\"']{{6}}){_BARE})"
        ),
        _keep_quotes,
        (
            ("GET /hook?token=ab12cd34&x=1", "GET /hook?token=[redacted]&x=1"),
            ("unexpected token: }", "unexpected token: }"),
            ("spinning down, pin: 4", "spinning down, pin: 4"),
        ),
    ),
    Rule(
        "secret on a command line",
        ("--", "identified by", "password ", "secret ", "community "),
        _pattern(
            r"(?P<key>(?<![\w-])--(?:password|passwd|pass|token|secret|api-key|access-key|client-secret)[ =]"
            r"|\bidentified by "
            r"|\b(?:password|secret) (?:0|4|5|6|7|8|9) "
            r"|\bsnmp-server community )"
            rf"(?P<value>{_QUOTED}|{_BARE})"
        ),
        _keep_quotes,
        (
            ("ran mysqldump --password hunter2 shop", "ran mysqldump --password [redacted] shop"),
            ("username ops password 7 0822455D0A16", "username ops password 7 [redacted]"),
            ("CREATE USER x IDENTIFIED BY 'y z'", "CREATE USER x IDENTIFIED BY '[redacted]'"),
        ),
    ),
    Rule(
        "signed token",
        ("eyj",),
        re.compile(r"(?<![\w-])eyJ[\w-]{5,}+\.[\w-]{5,}+(?:\.[\w-]*+)?"),
        MASK,
        (("got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl ok", "got [redacted] ok"),),
    ),
    Rule(
        "access key of a known maker",
        (
            "akia",
            "asia",
            "gh",
            "glpat-",
            "xox",
            "sk-",
            "sk_",
            "rk_",
            "aiza",
            "npm_",
            "sg.",
            "hvs.",
            "ya29.",
            "dop_v1_",
            "pypi-",
        ),
        re.compile(
            r"(?<![\w-])(?:(?:AKIA|ASIA)[A-Z0-9]{16}(?!\w)|gh[pousr]_[A-Za-z0-9]{30,}+|github_pat_\w{22,}+|glpat-[\w-]{20,}+"
            r"|xox[abeoprs]-[\w-]{10,}+|[sr]k_(?:live|test)_\w{16,}+|sk-[\w-]{20,}+|AIza[\w-]{35}|npm_[A-Za-z0-9]{36}"
            r"|SG\.[\w-]{16,}+\.[\w-]{16,}+|hvs\.[\w-]{20,}+|ya29\.[\w-]{20,}+|dop_v1_[0-9a-f]{64}|pypi-[\w-]{50,}+)"
        ),
        MASK,
        (("key AKIAABCDEFGHIJKLMNOP used", "key [redacted] used"),),
    ),
    Rule(
        "password hash",
        ("$",),
        re.compile(r"\$(?:1|5|6|y|2[abxy]?|argon2(?:id|i|d))\$[\w./$,=+-]{20,}+"),
        MASK,
        (("root:$6$saltsalt$0123456789abcdefghij:19000", "root:[redacted]:19000"),),
    ),
    Rule(
        "payment card",
        (),
        re.compile(r"(?<![\w.:/-])(?:[2-6]\d{3}(?:[ -]?\d{4}){2}[ -]?\d{1,7}|3[47]\d{2}[ -]?\d{6}[ -]?\d{5})(?![\w-])"),
        _if(is_card_number),
        (
            ("paid with 4111 1111 1111 1111", "paid with [redacted]"),
            ("order 4111111111111112", "order 4111111111111112"),
        ),
    ),
    Rule(
        "bank account",
        (),
        re.compile(r"(?<![\w-])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![\w-])"),
        _if(is_iban),
        (("to GB82 WEST 1234 5698 7654 32", "to [redacted]"),),
    ),
    Rule(
        "social security number",
        (),
        re.compile(r"(?<![\w.:/-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])"),
        MASK,
        (("ssn 219-09-9999", "ssn [redacted]"),),
    ),
    Rule(
        "local part of a mail address",
        ("@",),
        re.compile(
            # names of systemd units and of ssh algorithms look like addresses
            r"(?<![\w.%+=/-])[\w.%+=-]{1,64}+@(?!(?:[\w-]{1,63}\.){0,4}(?:service|socket|target|slice|scope|timer|mount|device|path|swap)(?![\w.-]))"
            r"(?!openssh\.com|libssh\.org)(?=(?:[\w-]{1,63}\.){1,6}[A-Za-z]{2,24}(?![\w-]))"
        ),
        f"{MASK}@",
        (
            ("to=<mara.k@example.org>, relay=none", "to=<[redacted]@example.org>, relay=none"),
            ("Started getty@tty1.service", "Started getty@tty1.service"),
        ),
    ),
)


def redact(text: str) -> str:
    """Return text with every secret and personal address masked that `RULES` knows; masking twice changes nothing more."""
    for _ in range(3):
        masked = text
        for rule in RULES:
            masked = rule.apply(masked, masked.lower() if rule.triggers else "")
        if masked == text:
            break
        text = masked
    return text


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


def display(raw: bytes, limit: int = SHOWN_CHARACTERS) -> str:
    """Return a record's bytes as one safe line of at most `limit` characters; bytes that are no UTF-8 show as `\\xNN`."""
    return clean(raw.rstrip(b"\r\n").decode("utf-8", "backslashreplace"), limit)
