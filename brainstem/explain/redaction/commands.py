"""Secrets on command lines and in statements: options of programs that take them, SQL, configuration of devices."""

from typing import Final

from brainstem.explain.redaction.rule import BARE, QUOTED, Rule, masking

_VALUE = rf"(?P<value>{QUOTED}|{BARE})"
_WORDS = r"[^|;&]{0,200}?[ \t]"
"""what stands between a program and its option, within one command"""
# programs, and the option behind which their secret stands; small letters and capitals of options differ
_OPTIONS: Final[tuple[tuple[str, str], ...]] = (
    (r"mysql\w{0,10}|mariadb[\w-]{0,10}|7za?|7zr", r"(?-i:-p)(?=[^\s-])"),
    (r"sshpass|(?:docker|podman|oc|az|helm registry) login|mongo\w{0,8}|psexec\w{0,3}|twine", r"(?-i:-p)[ =]?"),
    (r"sqlcmd|bcp|osql|isql|unzip|zip|zipcloak|ipmitool|lmutil", r"(?-i:-P)[ ]?"),
    (r"redis-cli", r"(?-i:-a) "),
    (r"ldap\w{3,12}", r"(?-i:-w) ?"),
    (r"snmp\w{3,12}", r"(?-i:-[cAX]) ?"),
    (r"unrar|rar", r"(?-i:-h?p)(?=[^\s-])"),
    (r"user(?:add|mod)|winrs", r"(?-i:-p)[ :]"),
    (r"ssh-keygen", r"(?-i:-[NP]) "),
    (r"vncpasswd|radtest \S{1,60}", r"(?<=[d\w]) (?![-/])"),
    (r"chpasswd <<<", r"(?<=<) ?[\"']?[^\s:]{1,40}:"),
    (r"mount[\w.]{0,10}", r"user(?:name)?=[^\s,%]{1,60}%"),
    (r"aws configure set", r"\w{1,30}_(?:key|token) "),
    (r"plink|pscp|psftp|putty|kitty", r"-pw "),
    (r"smbclient|rpcclient|winexe|net (?:ads|rpc)|smbmap|nmblookup", r"(?-i:-U) ?[^\s%]{1,60}%"),
    (r"curl|http|https|xh", r"(?-i:-u|-U|-a|--user|--proxy-user|--auth)[ =]?[\"']?[^\s:\"'-][^\s:\"']{0,60}:"),
    (r"l?ftp", r"(?-i:-u) ?[^\s,]{1,60},"),
    (r"htpasswd", r"-\w{0,4}b\w{0,4} \S{1,200} \S{1,60} "),
    (r"openssl", r"(?:pass:|(?-i:-k) )"),
    (r"vault login|bw unlock|op signin", r"(?<=n |k )"),
    (r"net use", r"/user:\S{1,80} (?!/)"),
    (r"net use", r"\\\\[^\s\\]{1,80}\\\S{1,80} (?!/)"),
    (r"net user", r"(?<=user )[^\s/]{1,60} (?!/)"),
    (r"schtasks|sc(?:\.exe)? (?:create|config)", r"(?:/rp |password= ?)"),
)
_OF_PROGRAM = "|".join(rf"(?:{programs})(?:\.exe)?(?:{_WORDS}|[ \t])?{option}" for programs, option in _OPTIONS)

RULES: Final[tuple[Rule, ...]] = (
    masking(
        "option of a program that takes a secret",
        (" -", "/", "pass", "login ", "user ", "configure set", "radtest"),
        rf"(?<![\w-])(?:{_OF_PROGRAM})(?!\[redacted){_VALUE}",
        ("COMMAND=/usr/bin/mysql -u root -pS3cret", "COMMAND=/usr/bin/mysql -u root -p[redacted]"),
        ("curl -u admin:a/b https://h/x", "curl -u admin:[redacted] https://h/x"),
        ("docker run -p 8080:80 web", "docker run -p 8080:80 web"),
    ),
    masking(
        "secret on a command line",
        ("--", "pass", "/p", "-p", "/rp "),
        r"(?:(?<![\w-])--[\w-]{0,30}?(?:password|passwd|passphrase|pass|token|secret|bearer|(?:api|access|secret"
        r"|private|account|shared)-key)[ =]"
        r"|(?<![\w-])-(?:password|passwd|passphrase|pwd|storepass|keypass|srcstorepass|deststorepass|apikey|token)[ =:]"
        r"|(?<!\S)/(?:p|pw|pass|password[do]?|rp|pwd|token)(?::|(?<=/rp) ))"
        rf"(?!\[redacted)(?!-){_VALUE}",
        ("ran mysqldump --password hunter2 shop", "ran mysqldump --password [redacted] shop"),
        ("rdp /v:h /u:a /p:x", "rdp /v:h /u:a /p:[redacted]"),
    ),
    masking(
        "secret sent to a command",
        ("sudo", "chpasswd", "--stdin", "securestring"),
        r"(?:echo (?:-\w )?[\"']?(?P<user>[^\s:|]{1,40}:)?(?P<value>[^\s|\"']{1,200})(?=[\"']? ?\| ?(?:sudo|chpasswd"
        r"|passwd|su )))",
        ("echo joe:x1 | chpasswd", "echo joe:[redacted] | chpasswd"),
    ),
    masking(
        "secure string",
        ("securestring",),
        rf"convertto-securestring (?:-\w+ ){{0,2}}(?!-|\[redacted){_VALUE}",
        ("ConvertTo-SecureString 'x' -AsPlainText", "ConvertTo-SecureString '[redacted]' -AsPlainText"),
    ),
    masking(
        "password in a statement",
        ("identified ", "password", "passwd"),
        r"(?:\bidentified (?:with [\w\"'`]{1,60} )?(?:by|as) (?:password )?"
        r"|\bpassword[ =]{0,3}\((?=[\"'])|\b(?:with|login|encrypted|unencrypted) password (?:= ?)?N?(?=[\"']))"
        rf"{_VALUE}",
        ("CREATE USER x IDENTIFIED BY 'y z'", "CREATE USER x IDENTIFIED BY '[redacted]'"),
    ),
    masking(
        "secrets that are inserted",
        ("values",),
        r"\([^()]{0,300}?(?:password|passwd|secret|token)[^()]{0,300}\) values ?\((?P<value>[^)]{1,600})",
        ("INSERT INTO u (name, password) VALUES ('a', 'b')", "INSERT INTO u (name, password) VALUES ('[redacted]')"),
    ),
    masking(
        "secret given to a procedure",
        ("sp_addlogin", "sp_password"),
        r"\bsp_(?:addlogin|password) (?P<value>[^\[;].*)",
        ("EXEC sp_addlogin 'a', 'b'", "EXEC sp_addlogin '[redacted]'"),
    ),
    masking(
        "secret in the configuration of a device",
        (
            "password ",
            "secret ",
            "community ",
            "key",
            "md5 ",
            "authentication ",
            "snmp",
            "com2sec",
            "auth ",
            "priv ",
            "psk",
            "bindpw ",
            "masterauth ",
            "requirepass ",
        ),
        r"(?:\b(?:password|secret|md5|key|authentication-key|key-string|hash) (?:0|4|5|6|7|8|9) "
        r"|\bsnmp-server community |\bsnmp(?:-agent)? community (?:read |write |string |name )?"
        r"|\bsnmp-server host \S{1,60} (?:traps? |informs? )?(?:version (?:1|2c) )(?:community )?"
        r"|\b(?:chap|pap|neighbor \S{1,60}) (?:password|secret)(?: cipher| simple)? "
        r"|\b(?:tacacs|radius|tacacs-server|radius-server|isakmp|ike)(?: host \S{1,60})? key "
        r"|\bkey-string |\br[ow]community6? |\bcom2sec6? \S{1,60} \S{1,60} |\bauth (?:md5|sha[\d-]{0,4}) "
        r"|\bpriv (?:3?des|aes)(?: \d{3})? "
        r"|\baaa key |\bplain-text-password-value |\bpre-shared-secret |\b(?:authentication-)?key \d{1,5} md5 "
        r"|\busername (?!or |and |or/|& )\S{1,60} (?:privilege \d{1,2} )?(?:secret|password) "
        r"|\bmessage-digest-key \d{1,3} md5 |\bpre-shared-key |\bpre_shared_key |\bwpa2?-psk (?:ascii )?(?:0 |7 )?"
        r"|\bpsksecret |\bset (?:password|passwd) ENC |\b(?:standby|vrrp"
        r"|glbp) \d{1,4} authentication (?:md5 key-string |text )?"
        r"|\bbindpw |\brequirepass |\bmasterauth )"
        rf"(?!\[redacted)(?!ascii )(?!(?:rejected|from|is|of|for|not|string|in|to|on|ENC|text|md5|mode|method|failed"
        rf"|failure|\d|cipher|simple)(?![\w-])){_VALUE}",
        ("username ops password 7 0822455D0A16", "username ops password 7 [redacted]"),
        ("snmp-server community s3 RO", "snmp-server community [redacted] RO"),
    ),
)
