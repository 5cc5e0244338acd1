"""Secrets in addresses: a user's password before the `@`, tokens alone, addresses of Oracle, keys of web hooks."""

from typing import Final

from brainstem.explain.redaction.rule import LOOKS_MADE_UP, MASK, Rule, masking, pattern

RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "credentials in an address",
        ("://",),
        # a password may hold a slash or an at sign that nobody has escaped: the last at sign before the host ends it
        pattern(
            r"(?P<key>[a-z][a-z0-9+.-]{0,20}://)(?:[^\s/@:\"'<>?#]{0,200}:(?!\d{1,5}/)[^\s\"'<>?]{1,400}?@(?![^\s/\"'<>?]{0,200}@)"
            r"|(?:(?<=https://)|(?<=http://))[^\s/@:\"'<>?#]{8,400}@)"
        ),
        rf"\g<key>{MASK}@",
        (
            ("postgres://app:hunter2@db1:5432/shop", "postgres://[redacted]@db1:5432/shop"),
            ("https://0123456789abcdef@git/x", "https://[redacted]@git/x"),
            ("ftp://joe:a/b@c@host/in", "ftp://[redacted]@host/in"),
        ),
    ),
    masking(
        "credentials in an address of Oracle",
        ("jdbc:oracle:", "sqlplus", "connect ", "rman", "expdp", "impdp"),
        r"(?:jdbc:oracle:\w{2,5}:|\b(?:sqlplus|(?-i:CONNECT)(?= \S{1,200}@)|rman target|expdp"
        r"|impdp)(?: -\w{1,3})? )(?:\w{1,60}/)(?P<value>[^\s@]{1,100})(?=@|\s|\Z)",
        ("jdbc:oracle:thin:app/x@db1:1521:S", "jdbc:oracle:thin:app/[redacted]@db1:1521:S"),
    ),
    masking(
        "credentials before a host",
        ("@",),
        r"(?<![\w/:@.-])[\w.-]{1,40}:(?!\[redacted)(?=[^\s@]{0,60}?(?:[\d!#$%^&*+~]"
        r"|(?-i:[a-z][A-Z])))(?P<value>[^\s@/\"']{4,100})(?=@(?:tcp\(|unix\(|[\w.-]{1,100}:\d{2,5}(?!\d)))",
        ("app:S3cret@tcp(db1:3306)/shop", "app:[redacted]@tcp(db1:3306)/shop"),
    ),
    masking(
        "address that is a key",
        ("hooks.slack.com/", "/api/webhooks/", "webhook.office.com/", "api.telegram.org/bot"),
        r"(?:hooks\.slack\.com/(?:services|workflows|triggers)/|/api/webhooks/|webhook\.office\.com/|api\.telegram\.org/bot)"
        r"(?P<value>[^\s\"'<>]{8,})",
        ("post https://hooks.slack.com/services/T0/B0/x1", "post https://hooks.slack.com/services/[redacted]"),
    ),
    masking(
        "password sent to a server",
        ("auth", "requirepass"),
        rf"(?:(?-i:\bAUTH)[\"']?(?: (?:default|PLAIN|LOGIN))? [\"']?|requirepass )(?:{LOOKS_MADE_UP}|(?<=PLAIN )"
        rf"|(?<=requirepass ))"
        r"(?P<value>[^\s\"']{4,})",
        ('"AUTH" "S3cret"', '"AUTH" "[redacted]"'),
    ),
)
