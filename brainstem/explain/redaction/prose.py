"""Secrets in sentences: "the password is ...", "reset to ...", one-time codes; in English, German, French, Spanish, Dutch,
Italian and Portuguese.
"""

from typing import Final

from brainstem.explain.redaction.rule import (
    FOREIGN_NOUNS,
    FOREIGN_TRIGGERS,
    LOOKS_MADE_UP,
    PASSWORD_TRIGGERS,
    PASSWORD_WORDS,
    Rule,
    masking,
)

_THINGS = (
    rf"{PASSWORD_WORDS}|clave|community(?:[ -]string)?|(?:the|shared|client|app) secret|psk|pre-?shared key|pwd|pw"
    rf"|mdp|(?:the|your|my) pass"
    r"|(?:api|access|secret|private|licen[cs]e|recovery|serial|product|unlock|guest|encryption|wifi|wi-fi"
    r"|wlan|network|decryption|unseal|backup)[ -]?key|(?:access|auth|api|bearer|refresh)[ -]?token"
)
_TRIGGERS = (*PASSWORD_TRIGGERS, "community", "secret", "psk", "key", "token", "passe")
_IS = (
    r"(?:is|will be|now|was|are|lautet|lautete|ist|war|est|était|es|era|fue|è|é|foi|será|sarà|sera|wordt)"
    r"(?: (?:now|jetzt|nu|maintenant|ahora|agora|ora|adesso)(?= ))?"
)
_TO = r"(?:to|auf|zu|à|a|en|from|von|para)"
_COMPOUND = r"(?:[a-zäöüß]{2,24}(?=passw|kennwort|wachtwoord))?"
_OF = (
    r"(?: (?:for|of|für|von|des|der|pour|de|du|para|do|da|del|di|della|van|voor)(?: (?:the|den|het|le|la))?"
    r"(?: (?:user|account|client|peer|host|server|benutzers?|l['’]utilisateur|utilisateur|usuario|usuário|utente"
    r"|gebruiker))?"
    r" (?!(?:user|account|username|login|host|benutzer)\b ?[:=])[^\s:]{1,60}){0,2}"
)
_CHANGED = (
    r"(?:ge[aä]ndert|gewijzigd|ingesteld|gezet|cambiat[ao]|impostat[ao]|reimpostat[ao]|remplac[eé]e?|modifi[eé]e?"
    r"|alterad[ao]|redefinid[ao]|cambiad[ao]|restablecid[ao]|zurückgesetzt)"
)
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
        rf"(?<![a-z]){_COMPOUND}(?:{_THINGS})\b{_OF}"
        rf"(?: (?:now|jetzt|neu))?(?: {_IS}(?: ?:)? [\"']?| ?[:=] [\"']?){_SAID}{_VALUE}",
        ("the password for bob is hunter", "the password for bob is [redacted]"),
        ("password is required", "password is required"),
    ),
    masking(
        "key or secret that a sentence tells in another language",
        FOREIGN_TRIGGERS,
        rf"(?<![a-zäöüß]){FOREIGN_NOUNS}{_OF}(?: ?[:=] ?| {_IS}(?: ?:)? "
        r"|(?:(?<=partida)|(?<=tilhada)|(?<=divisa)|(?<=rtagée)|(?<=n-schlüssel)|(?<=i-sleutel)) )"
        rf"[\"']?{LOOKS_MADE_UP}{_VALUE}",
        ("Der WLAN-Schlüssel lautet S3cret", "Der WLAN-Schlüssel lautet [redacted]"),
        ("Clé partagée : S3cret", "Clé partagée : [redacted]"),
        ("segreto condiviso: S3cret", "segreto condiviso: [redacted]"),
        ("clé étrangère manquante", "clé étrangère manquante"),
    ),
    masking(
        "password that was changed into another",
        PASSWORD_TRIGGERS,
        rf"(?:{PASSWORD_WORDS})\b[^.,;:|]{{0,60}}? (?:{_CHANGED} (?:in|op|su|par|por|para|con|com)"
        rf"|(?:in|auf|zu)(?= \S{{1,200}} {_CHANGED})) [\"']?{LOOKS_MADE_UP}{_VALUE}",
        ("wachtwoord gewijzigd in S3cret", "wachtwoord gewijzigd in [redacted]"),
        ("Passwort wurde in S3cret geändert", "Passwort wurde in [redacted] geändert"),
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
        rf"(?<![a-z/.])(?:[a-zäöüß]{{1,30}}(?=passw|kennwort|wachtwoord))?(?:{PASSWORD_WORDS}|clave"
        rf"|community(?: string| name)?"
        rf"|(?:api|access|secret|serial|product|encryption|decryption|unseal|wpa|wep"
        rf"|unlock|recovery|guest)[ -]?key|psk|(?:enable|shared|client|radius|with) secret|(?:tls)?psk|(?-i:[Pp]ass))"
        rf"(?: (?:temporaire|provisoire|temporal|temporane[ao]|provis[oó]ri[ao]|tijdelijk|initiale?))?"
        rf"(?:\]? [\"']?| ?(?:->|→|\.{{2,40}} ?:?) ?[\"']?|[\"']?(?:[|,]|\\t)[\"']?)(?!HTTP/|https?:"
        rf"|/){LOOKS_MADE_UP}{_VALUE}",
        ("tried password S3cret for root", "tried password [redacted] for root"),
    ),
    masking(
        "secret behind words and a colon",
        _TRIGGERS,
        rf"(?<![a-z])(?:{_THINGS}|token)(?: [a-zäöüßéèêñí]{{1,15}}){{1,3}}(?: ?:| was| is) [\"']?{LOOKS_MADE_UP}{_VALUE}",
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
        ("login", "cred", "log", "zugangsdaten", "identifiants", "basic", "gegevens", "admin:", "root:"),
        rf"(?:\blogin (?:attempt|(?:incorrect"
        rf"|ok)(?: \([^()]{{0,80}}\))?:) \[(?:b')?[^\s/\]]{{1,80}}?'?/(?:b')?(?!\[redacted)(?P<tried>)"
        rf"|(?:cred(?:ential)?s?|(?:logged in|log(?: |-)?[io]n) (?:with|as)|login(?: with| as)?|zugangsdaten"
        rf"|identifiants|inloggegevens"
        rf"|basic[ -]auth|credenziali|credenciais|credenciales)(?: ?:)? \(?[\w.@-]{{1,60}} ?[:/] ?{LOOKS_MADE_UP}"
        rf"|(?<![\w/.-])(?:for|user) (?:admin|administrator|root|sa|guest):{LOOKS_MADE_UP})"
        r"(?P<value>[^\s\"'\],;]+)",
        ("login attempt [root/toor] failed", "login attempt [root/[redacted]] failed"),
        ("credentials admin/S3cret", "credentials admin/[redacted]"),
    ),
    masking(
        "one-time code",
        ("code", "otp", "pin", "puk", "tan ", "one-time", "one time", "einmal", "código", "codigo", "cvv", "cvc"),
        rf"{_CODES}{_OF}(?: ?[:=#]| (?:is|lautet|ist|est|es)(?: ?:)?| ?:)? ?[\"']?(?P<value>\d{{3}}[ -]?\d{{1,5}}"
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
