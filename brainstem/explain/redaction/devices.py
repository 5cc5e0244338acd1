"""Secrets in the configuration of devices and their services: routers, firewalls, access points, telephone systems."""

from typing import Final

from brainstem.explain.redaction.rule import BARE, LOOKS_MADE_UP, QUOTED, Rule, masking

_VALUE = rf"(?P<value>{QUOTED}|{BARE})"
_NUMBER = r"(?:\d{1,5}|<num>)"
"""a number, also as the template of a message has it"""
_OTHER_WORDS = (  # what may stand there and is none
    r"(?!\[redacted)(?!ascii )(?!(?:rejected|from|is|of|for|not|string|in|to|on|ENC|text|md5|mode|method|failed"
    r"|failure|\d|<num>|cipher|simple|encrypted|plaintext|ascii-text|irreversible-cipher|version|traps?|informs?|vrf|local|remote"
    r"|key|manager|operator|user-name|sha\d{1,3}|add|set|read|write"
    r"|level|policy|change|changed|expired|reset|and|or|the|a|was|has)(?![\w-]))"
)
_NOUN = (
    r"(?:[\w-]{0,30}?(?:password|passwd|passphrase|(?:auth|priv|admin|user|login)-pwd|secret|psk|psksecret|phash)"
    r"|(?:pre-?)?shared-key|(?:private|server|md5|wifi|wpa|enc|authentication|encryption|privacy)-key|key-string|community"
    r"|key (?:authentication|accounting)|(?:authentication|privacy)-mode \S{1,12})"
)
_FORM = (
    r"(?:(?:irreversible-cipher|cipher|simple|encrypted|plaintext|plain|ascii-text|hexadecimal|hash|hashed|sha512|sha256|ENC"
    rf"|text|local|remote|key|read|write|manager|operator|level {_NUMBER}|user-name \S{{1,60}}|{_NUMBER})[ \t])"
)
"""in which form a secret follows: as it is, hashed or encrypted"""

RULES: Final[tuple[Rule, ...]] = (
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
            "nhrp",
            "rootpw ",
            "mgmt-user ",
        ),
        r"(?:\b(?:password|secret|md5|key|authentication-key|key-string|hash) (?:[04-9]|<num>) "
        r"|\bsnmp-server community |\bsnmp(?:-agent)? community (?:read |write |string |name )?"
        r"|\bsnmp-server host \S{1,60} (?:(?:traps?|informs?|vrf \S{1,60}|version (?:1|2c|3)(?: (?:auth|noauth"
        r"|priv))?) ){0,4}(?:community )?"
        r"|\b(?:chap|pap|neighbor \S{1,60}) (?:password|secret)(?: cipher| simple)? "
        r"|\b(?:tacacs|radius|tacacs-server|radius-server|isakmp|ike)(?: host \S{1,60})? key "
        r"|\bkey-string |\br[ow]community6? |\bcom2sec6? \S{1,60} \S{1,60} |\bauth (?:md5|sha[\d-]{0,4}) "
        rf"|\bpriv (?:3?des|aes)(?: {_NUMBER})? "
        rf"|\baaa key |\bplain-text-password-value |\bpre-shared-secret |\b(?:authentication-)?key {_NUMBER} md5 "
        rf"|\busername (?!or |and |or/|& )\S{{1,60}} (?:privilege {_NUMBER} )?(?:secret|password) "
        rf"|\bmessage-digest-key {_NUMBER} md5 |\bpre-shared-key |\bpre_shared_key "
        r"|\bwpa2?-psk (?:ascii )?(?:0 |7 |<num> )?"
        r"|\bpsksecret |\bset (?:password|passwd) ENC |\b(?:standby|vrrp"
        rf"|glbp) {_NUMBER} authentication (?:md5 key-string |text )?"
        r"|\bmgmt-user \S{1,60} \S{1,30} |\bnhrp authentication |\brootpw (?:--\w{1,10} )?"
        r"|\bbindpw |\brequirepass |\bmasterauth )"
        rf"{_OTHER_WORDS}{_VALUE}",
        ("username ops password 7 0822455D0A16", "username ops password 7 [redacted]"),
        ("ppp chap password <num> hunter", "ppp chap password <num> [redacted]"),
        ("snmp-server community s3 RO", "snmp-server community [redacted] RO"),
    ),
    masking(
        "secret that is set on a device",
        ("set ", "configure ", "command:"),
        rf"(?:\bset |\bconfigure |command:)(?:[\w.*:/-]{{1,60}}[ \t]){{0,12}}?"
        rf"{_NOUN}[ \t]{_FORM}{{0,3}}{_OTHER_WORDS}{_VALUE}",
        ("config user radius; set secret hunter", "config user radius; set secret [redacted]"),
        ("set ike policy x pre-shared-key ascii-text abc", "set ike policy x pre-shared-key ascii-text [redacted]"),
    ),
    masking(
        "secret in a form that is named",
        ("cipher ", "simple ", "encrypted ", "plain", "text ", "hash", "sha", "enc "),
        rf"(?<![\w-]){_NOUN}[ \t](?=(?:[a-z]{{1,19}}|\d|<num>)-?(?:[a-z]{{1,10}}"
        rf"|\d{{1,3}})?[ \t]){_FORM}{{1,3}}{_OTHER_WORDS}{_VALUE}",
        (
            "local-user admin password irreversible-cipher abc",
            "local-user admin password irreversible-cipher [redacted]",
        ),
    ),
    masking(
        "made-up secret behind its name",
        ("-key ", "secret ", "-mode ", "pwd ", "psk ", "phash ", "passphrase "),
        rf"(?<![\w/.-]){_NOUN}[ \t]{_FORM}{{0,3}}[\"']?{LOOKS_MADE_UP}{_VALUE}",
        ("set peer x authentication-key S3cret", "set peer x authentication-key [redacted]"),
    ),
    masking(
        "key of a server for authentication",
        (" key ", ":key "),
        r"(?:\b(?:radius|tacacs|aaa|aaa-server|server-private|radius-server|tacacs-server)\b[^|;\"]{0,120}?[ \t]key "
        r"|\bset key |(?:^|[;|]|command:)[ \t]{0,8}key )(?:[0-9] )?[\"']?"
        rf"{LOOKS_MADE_UP}{_VALUE}",
        ("aaa-server NPS (inside) host 10.0.0.1 key S3cret", "aaa-server NPS (inside) host 10.0.0.1 key [redacted]"),
    ),
    masking(
        "attribute of a change in FortiOS",
        ("cfgattr",),
        r"(?:secret|passw(?:or)?d|passphrase|psksecret|community|[\w-]{1,12}-(?:key|pwd)|name)(?<!name)\["
        r"(?P<value>(?!\[?redacted)[^\]\[]{1,400})(?=\])",
        ('cfgattr="secret[ENC a->ENC b]"', 'cfgattr="secret[[redacted]]"'),
    ),
    masking(
        "change of a secret in Junos OS",
        ("] ",),
        r"\[[\w .:/-]{0,120}?(?:secret|password|key|community)\] \S{1,400} -> (?!.?\[redacted)"
        rf"{_VALUE}",
        (
            '[system radius-server 192.0.2.1 secret] <unconfigured> -> "x"',
            '[system radius-server 192.0.2.1 secret] <unconfigured> -> "[redacted]"',
        ),
    ),
    masking(
        "community of a RouterOS device",
        ("snmp community ",),
        rf"/snmp community (?:add|set)\b[^|;]{{0,80}}?\bname=(?!\[redacted){_VALUE}",
        ("/snmp community add name=x", "/snmp community add name=[redacted]"),
    ),
    masking(
        "option of a wireless network",
        ("option key",),
        rf"\boption key\d? (?!\[redacted){_VALUE}",
        ("option key 'x'", "option key '[redacted]'"),
    ),
    masking(
        "user of SNMP version 3",
        ("createuser",),
        r"\bcreateuser (?:-e \S{1,60} )?\S{1,60} (?:md5|sha[\d-]{0,4}) "
        rf"(?:\S{{1,100}} (?:3?des|aes[\d-]{{0,4}}) )?(?!.?\[redacted){_VALUE}",
        ("createUser ops SHA abc AES def", "createUser ops SHA [redacted] AES [redacted]"),
    ),
    masking(
        "secret of a peer",
        ("psk", "eap", "xauth", "chap-secrets", "auth", "static:", "register"),
        r"(?:: ?(?:PSK|EAP|XAUTH|NTLM) (?=[\"'])|\bchap-secrets:? \S{1,60} \S{1,60} |\bpassword [\"'](?:Auth"
        r"|Private Key|HTTP Proxy)[\"'] "
        rf"|\bstatic:[^\s:]{{1,60}}:|\bregister ?=> ?[^\s:]{{1,60}}:)(?!.?\[redacted){_VALUE}",
        ('bob : EAP "x y"', 'bob : EAP "[redacted]"'),
    ),
)
