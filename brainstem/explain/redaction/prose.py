"""Secrets in sentences: "the password is ...", "reset to ...", one-time codes; in English, German, French and Spanish."""

from typing import Final

from brainstem.explain.redaction.rule import LOOKS_MADE_UP, PASSWORD_TRIGGERS, PASSWORD_WORDS, Rule, masking

_THINGS = (
    rf"{PASSWORD_WORDS}|clave|community(?:[ -]string)?|(?:the|shared|client|app) secret|psk|pre-?shared key|pwd|pw"
    rf"|mdp|(?:the|your|my) pass"
    r"|(?:api|access|secret|private|licen[cs]e|recovery|serial|product|unlock|guest|encryption|wifi|wi-fi"
    r"|wlan)[ -]?key|(?:access|auth|api|bearer|refresh)[ -]?token"
)
_TRIGGERS = (*PASSWORD_TRIGGERS, "community", "secret", "psk", "key", "token", "passe")
_IS = r"(?:is|will be|now|was|are|lautet|lautete|ist|war|est|était|es|era|fue)"
_TO = r"(?:to|auf|zu|à|a|en|from|von)"
_VALUE = r"(?P<value>[^\s\"'<>,;|]+?)(?=[.!?)\]]?(?:[\s\"'<>,;|]|\Z))"
# words that say something of a password and are none
_SAID = (
    r"(?!(?:\[redacted|(?:not|no|now|too|very|being|been|still|only|also|already|about|invalid|incorrect|wrong"
    r"|expired|expiring|required"
    r"|missing|empty|blank|weak|strong|correct|valid|ok|okay|changed|reset|set|unset|unchanged|used|unused|null|none"
    r"|nil|true|false|yes"
    r"|known|unknown|stored|encrypted|hashed|disabled|enabled|locked|unlocked|needed|mandatory|optional|allowed"
    r"|denied|rejected"
    r"|accepted|generated|updated|revoked|refreshed|malformed|due|the|a|an|in|on|at|of|for|from|to|by|or|and|older"
    r"|longer|shorter"
    r"|short|long|different|same|identical|similar|never|going|nicht|kein|keine|falsch|abgelaufen|ung[uü]ltig|zu|leer"
    r"|erforderlich"
    r"|incorrecte?|expir[eé]e?|obligatoire|vide|pas|invalide|requise?|incorrecta|caducada|obligatoria|vac[ií]a"
    r"|inv[aá]lida|correcta"
    r"|user|users|host|account|default|provided|supplied|specified|protected|complete|completed|done|saved|sent"
    r"|absent|present)(?![\w-])))"
)
_CODES = (
    r"(?:(?:your|ihr|dein|votre|ton|su|tu|login|log-in|sign-in|security|verification|verify|one[- ]time|2fa|mfa|sms"
    r"|access|confirmation"
    r"|auth|authentication|activation|recovery|backup|reset|unlock|pairing)[ -](?:login |security "
    r"|verification )?(?:pass)?code"
    r"|(?:one[- ]time|einmal)[ -]?(?:password|pin|passwort|kennwort)|(?<![\w-])(?:otp|totp|pin(?:[ -]?code)?|puk"
    r"|cvv2?|cvc2?|(?-i:TAN))"
    r"|best[aä]tigungscode|sicherheitscode|zugangscode|code de (?:v[eé]rification|confirmation|s[eé]curit[eé])|votre code"
    r"|c[oó]digo de (?:verificaci[oó]n|confirmaci[oó]n|seguridad)|(?:su|tu) c[oó]digo)"
)

RULES: Final[tuple[Rule, ...]] = (
    masking(
        "password that a sentence tells",
        _TRIGGERS,
        rf"(?<![a-z])(?:{_THINGS})\b(?: (?:for|of|für|von|pour|de|para)(?: user| account| benutzer)? (?!(?:user"
        rf"|account|username|login|host|benutzer)\b ?[:=])[^\s:]{{1,60}}){{0,2}}"
        rf"(?: (?:now|jetzt|neu))?(?: {_IS}(?: ?:)? [\"']?| ?[:=] [\"']?){_SAID}{_VALUE}",
        ("the password for bob is hunter", "the password for bob is [redacted]"),
        ("password is required", "password is required"),
    ),
    masking(
        "token that a sentence tells",
        ("token", "secret"),
        rf"(?<![a-z])(?:token|secret) {_IS}:? [\"']?{LOOKS_MADE_UP}{_VALUE}",
        ("the token is a8f3c2", "the token is [redacted]"),
    ),
    masking(
        "password that is set",
        _TRIGGERS,
        rf"(?<![a-z])(?:{_THINGS})\b[^.,;:|]{{0,60}}? {_TO} [\"']?{LOOKS_MADE_UP}{_VALUE}",
        ("reset the password of bob to S3cret", "reset the password of bob to [redacted]"),
    ),
    masking(
        "password beside its name",
        _TRIGGERS,
        rf"(?<![a-z/.])(?:{PASSWORD_WORDS}|clave|community(?: string| name)?|(?:api|access|secret|serial|product"
        rf"|unlock|recovery|guest)[ -]?key|psk|enable secret|(?-i:[Pp]ass))\]? [\"']?(?!HTTP/|https?:"
        rf"|/){LOOKS_MADE_UP}{_VALUE}",
        ("tried password S3cret for root", "tried password [redacted] for root"),
    ),
    masking(
        "secret behind words and a colon",
        _TRIGGERS,
        rf"(?<![a-z])(?:{_THINGS}|token)(?: [a-zäöüßéèêñí]{{1,15}}){{1,3}} ?: [\"']?{LOOKS_MADE_UP}{_VALUE}",
        ("Incorrect API key provided: S3cret", "Incorrect API key provided: [redacted]"),
    ),
    masking(
        "token beside its name",
        ("token", "jwt"),
        rf"(?<![a-z_.-])(?:token|jwt) [\"']?(?!for|HTTP/|https?:|/"
        rf"|\w{{1,20}}=){LOOKS_MADE_UP}(?=[^\s\"']{{0,80}}?\d)(?P<value>[\w.~+=!#$/-]{{8,}})(?![\w(])",
        ("session token a8f3c29b expired", "session token [redacted] expired"),
    ),
    masking(
        "password sent by a client",
        ("pass ", "login "),
        rf"(?:(?-i:\bPASS) {LOOKS_MADE_UP}(?P<sent>)(?=[^\s\"'/]{{4,100}}(?:[\"']|\s*\Z))"
        rf"|(?-i:\bLOGIN) [^\s\"]{{1,60}} [\"']?{LOOKS_MADE_UP})(?P<value>[^\s\"']+)",
        ('client sent "PASS S3cret"', 'client sent "PASS [redacted]"'),
    ),
    masking(
        "password in quotes beside its name",
        PASSWORD_TRIGGERS,
        rf"(?<![a-z])(?:{PASSWORD_WORDS}) (?P<value>\"(?!\[redacted)[^\"\s]{{3,100}}\"|'(?!\[redacted)[^'\s]{{3,100}}')",
        ("password 'abcdef' is too short", "password '[redacted]' is too short"),
    ),
    masking(
        "password generated for a user",
        PASSWORD_TRIGGERS,
        rf"(?:{PASSWORD_WORDS})\b[^:\"]{{0,80}}?\b(?:generated|created|issued"
        rf"|erstellt)\b[^:\"]{{0,80}}?: (?!\[redacted){_VALUE}",
        (
            "temporary password generated for root@localhost: x!y",
            "temporary password generated for root@localhost: [redacted]",
        ),
    ),
    masking(
        "user and password together",
        ("login", "credential", "logged in", "zugangsdaten", "identifiants", "credenciales"),
        rf"(?:\blogin (?:attempt|(?:incorrect"
        rf"|ok)(?: \([^()]{{0,80}}\))?:) \[(?:b')?[^\s/\]]{{1,80}}?'?/(?:b')?(?!\[redacted)(?P<tried>)"
        rf"|(?:credentials?|logged in (?:with|as)|login(?: with| as)?|zugangsdaten|identifiants"
        rf"|credenciales):? [\w.@-]{{1,60}} ?[:/] ?{LOOKS_MADE_UP})"
        r"(?P<value>[^\s\"'\],;]+)",
        ("login attempt [root/toor] failed", "login attempt [root/[redacted]] failed"),
        ("credentials admin/S3cret", "credentials admin/[redacted]"),
    ),
    masking(
        "one-time code",
        ("code", "otp", "pin", "puk", "tan ", "one-time", "one time", "einmal", "código", "codigo", "cvv", "cvc"),
        rf"{_CODES}(?: ?[:=#]| (?:is|lautet|ist|est|es)(?: ?:)?| ?:)? ?[\"']?(?P<value>\d{{3}}[ -]?\d{{1,5}}"
        rf"|[A-Z]-\d{{4,8}})(?![\w.:/-]*\w)",
        ("your code is 482913", "your code is [redacted]"),
        ("exit code 1234", "exit code 1234"),
    ),
    masking(
        "code before its name",
        ("code",),
        r"(?<![\w.:/-])(?P<value>\d{4,8}|\d{3}[ -]\d{3}) (?:is|ist|est|es) (?:your|ihr|dein|votre|ton|su"
        r"|tu)\b[^.]{0,40}?\b(?:code|código)",
        ("482913 is your code", "[redacted] is your code"),
    ),
)
