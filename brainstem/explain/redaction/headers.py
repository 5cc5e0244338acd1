"""Secrets in headers of HTTP and in private keys: what stands behind `Authorization:`, `Cookie:` and their kin."""

from typing import Final

from brainstem.explain.redaction.rule import LOOKS_MADE_UP, MASK, Rule, masking, pattern, with_value_masked

_SCHEMES = (
    r"bearer|basic|digest|negotiate|ntlm|token|api-?key|aws4-hmac-sha256|hmac|key|hawk|ssws|splunk|sharedkey(?:lite)?"
    r"|bot|oauth|pveapitoken"
)

RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "private key",
        ("private key",),
        pattern(
            r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----.*?"
            r"(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|\Z)"
        ),
        f"-----BEGIN KEY----- {MASK}",
        (("-----BEGIN RSA PRIVATE KEY-----\\nMIIB\\n-----END RSA PRIVATE KEY-----", "-----BEGIN KEY----- [redacted]"),),
    ),
    Rule(
        "line of a key's body",
        (),
        pattern(
            r"^[ >]{0,8}(?=(?-i:[^ ]{0,75}?[a-z]))(?=(?-i:[^ ]{0,75}?[A-Z]))(?=[^ ]{0,75}?\d)[A-Za-z0-9+/]{60,76}={0,2}\s*$"
        ),
        MASK,
        (("MIIEpAIBAAKCAQEA7bq5Xo1z2Ck0Vd8w7kQh3yqmz6cFZx5sT9Jr0pLnBuKeWvYa", "[redacted]"),),
    ),
    masking(
        "cookie header",
        ("cookie",),
        r"(?P<key>(?<![\w-])(?:set-)?cookie2?[\"']?: ?)(?P<value>\"[^\"]*\"?|[^\"\s][^\"]*)",
        ("Cookie: theme=dark; sid=81ab", "Cookie: [redacted]"),
    ),
    masking(
        "cookie of a session",
        ("cookie=",),
        r"(?<![\w-])\w{1,30}cookie=(?P<value>(?!\[redacted)[^\s;\"',]{6,})",
        ("PVEAuthCookie=PVE:root@pam:6612", "PVEAuthCookie=[redacted]"),
    ),
    masking(
        "header of a key",
        ("x-",),
        r"(?<![\w-])x-[\w-]{1,40}?(?:key|token|auth|secret|password|-api)[\"']?(?:: ?|=|,)[\"']?"
        r"(?P<value>(?!\[redacted)[^\s;\"',]{4,})",
        ("X-JFrog-Art-Api: AKCp5", "X-JFrog-Art-Api: [redacted]"),
    ),
    masking(
        "digest or signed authorization",
        ("response=", "signature="),
        r"(?<![a-z0-9])(?:response|signature)=(?P<value>\"[\w+/=.%-]{6,}\"?|[\w+/=!#$.%-]{6,})",
        (
            'Digest username="a", response="6629fae49393a05397450978507c4ef1"',
            'Digest username="a", response="[redacted]"',
        ),
    ),
    Rule(
        "authorization header",
        ("authorization",),
        pattern(
            rf"authorization[\"']?[ \t]?(?:=>"
            rf"|[:=])[ \t]?(?:\[(?=[\"']))?[\"']?(?:(?:{_SCHEMES})[ \t]{{1,4}})?(?:token=)?[\"']?"
            rf"(?P<value>(?![{{\[])(?!(?:{_SCHEMES})[ \t])(?!\w{{1,20}}=[\"'\w])"
            # a scheme that is not in the list, and what stands behind it
            rf"(?:[a-z]{{2,20}} (?={LOOKS_MADE_UP}))?[^\s\"',]+)"
        ),
        with_value_masked,
        (
            ("Authorization: Bearer 9f86d081", "Authorization: Bearer [redacted]"),
            ("authorization=abc", "authorization=[redacted]"),
        ),
    ),
    masking(
        "bearer or basic credentials",
        ("bearer ", "basic "),
        r"(?<![\w-])(?:bearer |basic )(?P<value>(?=\S{0,400}[\d=])[A-Za-z0-9._~+/-]{8,}={0,2}(?![\w\[]))",
        ("sent Bearer 8a5edab282632443 upstream", "sent Bearer [redacted] upstream"),
    ),
    masking(
        "bearer or basic credentials of letters",
        ("bearer ", "basic "),
        rf"(?<![\w-])(?:bearer |basic ){LOOKS_MADE_UP}(?P<value>[^\s\"',;<>]{{6,}})",
        ("sent Basic YWRtaW5hZG1p upstream", "sent Basic [redacted] upstream"),
    ),
)
