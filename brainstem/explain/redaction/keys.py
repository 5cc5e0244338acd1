"""Secrets as values of a key: `password=`, JSON, YAML, XML, pairs of name and value, lists, parameters of a query."""

from typing import Final

from brainstem.explain.redaction.rule import (
    BARE,
    ESCAPED,
    LOOKS_MADE_UP,
    PASSWORD_TRIGGERS,
    PASSWORD_WORDS,
    QUOTED,
    VALUE,
    Rule,
    masking,
)

_PLAIN_WORD = (
    r"(?!\[redacted\](?:[\s\"',;&<>}\])]|\Z))(?!(?:yes|no|true|false|null|none|nil|required|set|unset)(?![\w-]))"
    r"(?!\(?(?:convertto-securestring|new-object|read-host)(?![\w-]))"
)
_PLAIN_SEPARATOR = (
    r"(?:\\{0,8}[\"'])?(?:[ \t.]{0,24}(?:=>|:=|={1,2}|::?)[ \t]{0,8}|(?<=\w)\][ \t])"
    r"(?:!!str |[|>][+-]? )?(?:\{ ?\\{0,8}[\"']\w{1,20}\\{0,8}[\"'] ?: ?)?(?:(?-i:[NuUbr])(?=[\"']))?"
)
_SEPARATOR = rf"(?:[:=]&quot;|{_PLAIN_SEPARATOR}|(?:%22)?(?:%3A|%3D)(?:%22)?|&quot;[:=](?:&quot;)?| like )"
_SURE = (
    rf"(?:{PASSWORD_WORDS})(?:[_-]?(?:confirmation|hash|again|repeat|value|text)|s|[12]|:\d(?= =))?"
    r"|(?:[_.-]|user|bind|db|key|store|require|ssh)pass|(?:[_.-]|bind|user|root|admin)pw|masterauth|(?<=-d)pass"
    r"|(?<![a-z0-9])(?:mdp|pw|jeton|heslo|parola|bearer|keymaterial|cl[eé] (?:api|secr[eè]te)|clave (?:api|de acceso))"
    r"|(?:auth|wlan|recovery|unlock|product|serial)[_ -]?(?:key|schlüssel)|contraseña (?:nueva|actual)"
    r"|(?<![a-z0-9])(?:pwd(?!=[/~])|(?:wpa2?[_-]?)?psk|clave|einmalpasswort|cvv2?|cvc2?|psw|pswd|passwrd)|[a-z]_?pwd"
    r"|(?:unseal|wep|iapp|decryption|network|wifi|wi-fi|wpa)[_ -]?key ?\d{0,2}|wpa(?:\.\d{1,2})?\.key"
    r"|wireless[\w.@\[\]-]{1,40}\.key"
    r"|(?:auth|priv(?:acy)?)[_-]?(?:pass|pwd)|priv[_-]?key|secret[_-]?id|authtok|md5secret|tls[_-]?psk(?:[_-]?value)?"
    r"|olcrootpw"
    r"|ms-chap2?-response|(?:recovery|seed) phrase|unseal key|root token"
    r"|(?:client|jwt|webhook|app|shared|consumer|hmac|auth|cookie|api|psk|token|oauth2?|radius|user|session)[ _-]?secret"
    r"|secret[_-]?(?:access[_-]?)?key(?:[_-]?base)?|api[_-]?(?:key|secret|token)"
    r"|(?:access|private|account|shared(?:[_-]?access)?|pre[_-]?shared|encryption|encrypt|master|signing|signature"
    r"|subscription"
    r"|storage|license|hmac|crypt|aes|cipher)[_-]?key(?:[_-]?id)?"
    r"|(?:access|refresh|id|auth|bearer|csrf|xsrf|session|security|private|vault|job|deploy|bot|personal|user|device"
    r"|jwt)[_-]?token"
    r"|csrftoken|x-hub-signature(?:-256)?|x-amz-(?:signature|credential)|(?:phpsessid|jsessionid|session[_-]?id"
    r"|_session)(?==)"
)
_LIKELY = (
    r"schlüssel|community(?:[ _-]?(?:string|name))?|token|secret|credentials?|signature|sig|otp|auth|pin|pin_?code|pass"
)
_SURE_TRIGGERS = (
    *PASSWORD_TRIGGERS,
    "secret",
    "key",
    "token",
    "psk",
    "sess",
    "pw",
    "auth",
    "passe",
    "mdp",
    "jeton",
    "heslo",
    "parola",
    "bearer",
    "keymaterial",
    "clé",
    "schlüssel",
    "cvv",
    "cvc",
    "masterauth",
    "signature",
    "psw",
    "phrase",
    "ms-chap",
)
_ANY_KEY = rf"(?:{_SURE}|(?<![a-z0-9])(?:token|secret|credential)s?)"
_QUOTE = r"\\{0,8}[\"']"
_NAMES = r"(?:name|key|field|param|id)"

RULES: Final[tuple[Rule, ...]] = (
    masking(
        "list of secrets",
        (*(f"{quote}{between}[" for quote in "\"'" for between in (":", ": ", " : ", "=>", " => ", "=")),),
        rf"(?:{_ANY_KEY}){_QUOTE}[ \t]{{0,2}}[:=]>?[ \t]{{0,2}}(?P<value>\[(?!redacted\])[^\]]*+\]?)",
        ('{"passwords":["a","b"]}', '{"passwords":[redacted]}'),
    ),
    masking(
        "name and value of a secret",
        ("value",),
        rf"{_NAMES}(?:{_QUOTE})?[ \t]{{0,2}}[:=][ \t]{{0,2}}{_QUOTE}[\w.: -]{{0,40}}?{_ANY_KEY}"
        rf"[\w.: -]{{0,20}}{_QUOTE}[, \t]{{1,3}}"
        rf"(?:{_QUOTE}\w{{1,20}}{_QUOTE}: ?{_QUOTE}[\w.-]{{0,40}}{_QUOTE}, ?)?"
        rf"(?:{_QUOTE})?value(?:{_QUOTE})?[ \t]{{0,2}}[:=][ \t]{{0,2}}(?P<value>{VALUE})",
        ('{"name":"DB_PASSWORD","value":"x y"}', '{"name":"DB_PASSWORD","value":"[redacted]"}'),
        ('<add key="DbPassword" value="x"/>', '<add key="DbPassword" value="[redacted]"/>'),
    ),
    masking(
        "value and name of a secret",
        ("value",),
        rf"(?<![a-z])value(?:{_QUOTE})?[ \t]{{0,2}}[:=][ \t]{{0,2}}(?P<value>{_QUOTE}[^\"'\\]{{1,300}}{_QUOTE})[, \t]{{1,3}}"
        rf"(?:{_QUOTE})?{_NAMES}(?:{_QUOTE})?[ \t]{{0,2}}[:=][ \t]{{0,2}}{_QUOTE}[\w.: -]{{0,40}}?{_ANY_KEY}",
        ('{"value":"x","name":"DB_PASSWORD"}', '{"value":"[redacted]","name":"DB_PASSWORD"}'),
    ),
    masking(
        "value of a password field",
        ("value",),
        r"type=[\"']password[\"'][^>]{0,200}?value=(?P<value>\"[^\"]*\"?|'[^']*'?)",
        ('<input type="password" value="x">', '<input type="password" value="[redacted]">'),
    ),
    masking(
        "element of a secret",
        ("<",),
        rf"(?:<[\w:.-]{{0,40}}?{_ANY_KEY}[\w.-]{{0,10}}(?: [^<>]{{0,200}})?>|<\w{{1,20}} (?:name|key"
        rf"|id)=[\"'][\w.-]{{0,40}}?{_ANY_KEY}[\"']>|<key>[\w.-]{{0,40}}?{_ANY_KEY}</key><string>)"
        rf"(?:<value>|<!\[CDATA\[)?(?!\[redacted\])(?P<value>[^<>\s][^<>\]]{{0,400}})(?=\]?\]?>?<|\]\]>|\Z)",
        ("<ns:Password>x y</ns:Password>", "<ns:Password>[redacted]</ns:Password>"),
    ),
    masking(
        "value of a secret's key",
        _SURE_TRIGGERS,
        rf"(?:{_SURE}){_SEPARATOR}{_PLAIN_WORD}(?P<value>{VALUE})",
        ("login user=bob password=hunter2 from 10.0.0.1", "login user=bob password=[redacted] from 10.0.0.1"),
        ('{"password":"a \\"b\\"","user":"x"}', '{"password":"[redacted]","user":"x"}'),
        ("DB_PASSWORD: s3cr3t", "DB_PASSWORD: [redacted]"),
        ("(using password: YES)", "(using password: YES)"),
        ("TTY=pts/0 ; PWD=/home/ops ; USER=root", "TTY=pts/0 ; PWD=/home/ops ; USER=root"),
    ),
    masking(
        "value of a likely key",
        ("token", "community", "schlüssel", "secret", "credential", "sig", "otp", "auth", "pin", "pass"),
        rf"(?<![a-z0-9])(?:(?:{_LIKELY}){_SEPARATOR}|(?:{_LIKELY}|pass)=)"
        rf"{_PLAIN_WORD}(?!\d+:\d+[:\s])(?P<value>{ESCAPED}|(?=[\"'][^\"'\s]{{6}})(?:{QUOTED})"
        rf"|(?=[^\s\"',;]{{0,99}}\d|[^\s\"',;]{{16}})(?=[^\s\"']{{6}}){BARE}|{LOOKS_MADE_UP}{BARE})",
        ("GET /hook?token=ab12cd34&x=1", "GET /hook?token=[redacted]&x=1"),
        ("unexpected token: }", "unexpected token: }"),
        ("spinning down, pin: 4", "spinning down, pin: 4"),
    ),
    masking(
        "secret in brackets behind its key",
        ("pass", "secret", "token"),
        rf"(?:{PASSWORD_WORDS}|secret|token)=?[(<\[](?!redacted\]){LOOKS_MADE_UP}(?P<value>[^\s()<>\[\]]{{4,}})",
        ("password(S3cret)", "password([redacted])"),
    ),
    masking(
        "secret behind its name in a list",
        _SURE_TRIGGERS,
        rf"[(\[](?:{_QUOTE}[\w.-]{{0,40}}?{_ANY_KEY}{_QUOTE} ?, ?(?P<value>{_QUOTE}[^\"'\\]{{1,300}}{_QUOTE}))",
        ("define('DB_PASSWORD', 'x');", "define('DB_PASSWORD', '[redacted]');"),
    ),
    masking(
        "element of a key or its hash",
        ("key>", "hash>"),
        rf"<(?:key|[\w-]{{0,20}}hash)>(?=[^<\s]{{6}})(?=[^<\s]{{0,99}}\d){LOOKS_MADE_UP}(?P<value>[^<>\s]{{6,400}})",
        ("<key>LUFRPT14MW5xOEo1</key>", "<key>[redacted]</key>"),
    ),
    masking(
        "attribute of a secret's element",
        ("value",),
        rf"<[\w:.-]{{0,40}}?{_ANY_KEY}(?: [^<>]{{0,100}}?)? value ?= ?(?P<value>\"[^\"]*\"?|'[^']*'?)",
        ('<PASSWORD value = "x"/>', '<PASSWORD value = "[redacted]"/>'),
    ),
    masking(
        "value of a secret in the registry",
        ("reg_",),
        rf"(?:{PASSWORD_WORDS}|secret)\w{{0,10}}\"? {{1,8}}REG_\w{{2,10}} {{1,8}}(?!\[redacted)(?P<value>{VALUE})",
        ("DefaultPassword    REG_SZ    x", "DefaultPassword    REG_SZ    [redacted]"),
    ),
    masking(
        "parameter of a query that is a key",
        ("key=", "sid=", "session=", "&p=", "ticket="),
        rf"[?&](?:key|sid|session|ticket|(?<=&)p)={LOOKS_MADE_UP}(?P<value>[^\s&\"'<>]{{4,}})",
        ("GET /api/?type=op&key=a8f3c29b&x=1", "GET /api/?type=op&key=[redacted]&x=1"),
    ),
    masking(
        "code of an authorization",
        ("code=",),
        rf"[?&]code={LOOKS_MADE_UP}(?P<value>[^\s&\"'<>]{{8,}})",
        ("GET /cb?code=4f2a81xyz&state=1", "GET /cb?code=[redacted]&state=1"),
    ),
)
