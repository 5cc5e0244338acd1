"""Secrets on command lines and in statements: options of programs that take them, what is piped to them, PowerShell, SQL."""

from typing import Final

from brainstem.explain.redaction.rule import BARE, QUOTED, Rule, masking

_VALUE = rf"(?P<value>{QUOTED}|{BARE})"
_WORDS = r"[^|;&]{0,200}?[ \t]"
"""what stands between a program and its option, within one command"""
# programs, and the option behind which their secret stands; small letters and capitals of options differ
_OPTIONS: Final[tuple[tuple[str, str], ...]] = (
    (r"mysql\w{0,10}|mariadb[\w-]{0,10}|7za?|7zr", r"(?-i:-p)(?=[^\s-])"),
    (r"sshpass|(?:docker|podman|oc|az|helm registry) login|mongo\w{0,8}|psexec\w{0,3}|twine", r"(?-i:-p)[ =]?"),
    (
        r"evil-winrm|crackmapexec|netexec|nxc|cme|cqlsh|cypher-shell|racadm|esxcli|paexec|rdesktop|ds(?:query|add|mod)"
        r"|security unlock-keychain|hydra|medusa|ncrack|elasticsearch-users \w{1,12}",
        r"(?-i:-p)[ =]",
    ),
    (r"sqlcmd|tsql|bcp|osql|isql|unzip|zip|zipcloak|ipmitool|lmutil", r"(?-i:-P)[ ]?"),
    (r"redis-cli", r"(?-i:-a) "),
    (r"ldap\w{3,12}", r"(?-i:-w) ?"),
    (r"ldappasswd|slappasswd", r"(?-i:-s) ?"),
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
    (
        r"curl|http|https|xh",
        r"(?-i:-[a-zA-Z]{0,6}[uU]|-a|--user|--proxy-user|--auth)[ =]?[\"']?[^\s:\"'-][^\s:\"']{0,60}:",
    ),
    (r"curl", r"(?-i:-b|--cookie)[ =]?[\"']?[^\s=;\"']{1,40}="),
    (r"curl", r"(?-i:-E|--cert|--proxy-cert)[ =]?[^\s:\"']{1,80}:"),
    (r"l?ftp", r"(?-i:-u) ?[^\s,]{1,60},"),
    (r"htpasswd", r"-\w{0,4}b\w{0,4} \S{1,200} \S{1,60} "),
    (r"openssl", r"(?:pass:|(?-i:-[kK]) )"),
    (r"openssl passwd(?: -(?!in|out|stdin|salt)\w{1,8}){1,3}", r"(?<= )(?!-)"),
    (
        r"(?:vault|cargo) login|bw unlock|op signin|rclone obscure|vault operator unseal|heroku auth:token",
        r"(?<=[nkel] )(?!-)",
    ),
    (r"vault (?:kv (?:put|patch)|write)", r"(?:value|secret_id|\w{0,20}key)="),
    (r"net1?(?:\.exe)? use", r"/user:\S{1,80} (?!/)"),
    (r"net1?(?:\.exe)? use", r"\\\\[^\s\\]{1,80}\\\S{1,80} (?!/)"),
    (r"net1?(?:\.exe)? user", r"(?<=user )[^\s/]{1,60} (?!/)"),
    (r"cmdkey|runas|wmic|nltest|netdom", r"/pass(?:word)?[: ]"),
    (r"csvde|ldifde", r"-b \S{1,60} \S{1,60} "),
    (r"bitsadmin", r"/setcredentials \S{1,60} (?:server|proxy) \w{1,12} \S{1,60} "),
    (r"rasdial", r"(?<=l )\S{1,60} [^\s/]\S{0,60} (?!/)"),
    (r"reg add", r"/v \"?\w{0,30}(?:password|secret|pwd)\"?[^|;&]{0,60}? /d "),
    (r"rabbitmqctl", r"(?:add_user|change_password|authenticate_user) \S{1,60} "),
    (r"samba-tool user (?:create|add)", r"(?<=[ed] )[^\s-]\S{0,60} (?!-)"),
    (r"security add-\w{4,10}-password", r"(?-i:-w) "),
    (r"dscl", r"-passwd \S{1,100} "),
    (r"networksetup", r"-setairportnetwork \S{1,20} \S{1,60} "),
    (r"pdftk", r"(?:user_pw|owner_pw|input_pw) "),
    (r"qpdf", r"--encrypt (?:\S{1,100} )?"),
    (r"racadm", r"\S{0,60}password(?: -i \d{1,2})? "),
    (r"ipmitool", r"set password \d{1,2} "),
    (r"pveum passwd", r"(?<=d )[^\s-]\S{0,60} (?!-)"),
    (r"synouser", r"--(?:add|setpw) \S{1,60} "),
    (r"virsh", r"secret-set-value (?:--secret )?\S{1,60} (?:--base64 )?"),
    (r"db2", r"connect to \S{1,60} user \S{1,60} using "),
    (
        r"(?:impacket-)?(?:secretsdump|psexec|smbexec|wmiexec|smbclient|atexec|dcomexec|getuserspns|getnpusers)(?:\.py)?",
        r"[^\s:@/]{1,60}/[^\s:@]{1,60}:",
    ),
    (r"schtasks|sc(?:\.exe)? (?:create|config)", r"(?:/rp |password= ?)"),
)
_OF_PROGRAM = "|".join(rf"(?:{programs})(?:\.exe)?(?:{_WORDS}|[ \t])?{option}" for programs, option in _OPTIONS)

_TAKES_STANDARD_INPUT = (
    r"sudo|chpasswd|passwd|su|kinit|cryptsetup|smbpasswd|pdbedit|gpg2?|helm|oc login|gh auth|(?:docker|podman) login"
    r"|realm join|net ads join|vault|openssl|htpasswd"
)
"""programs that read a secret from their standard input"""

RULES: Final[tuple[Rule, ...]] = (
    masking(
        "option of a program that takes a secret",
        (
            " -",
            "/",
            "pass",
            "login ",
            "user ",
            "configure set",
            "radtest",
            "_pw ",
            "obscure",
            "unseal",
            "token ",
            "secret",
            "rasdial",
            "using ",
        ),
        rf"(?<![\w-])(?:{_OF_PROGRAM})(?!\[redacted){_VALUE}",
        ("COMMAND=/usr/bin/mysql -u root -pS3cret", "COMMAND=/usr/bin/mysql -u root -p[redacted]"),
        ("curl -u admin:a/b https://h/x", "curl -u admin:[redacted] https://h/x"),
        ("docker run -p 8080:80 web", "docker run -p 8080:80 web"),
    ),
    masking(
        "secret on a command line",
        ("--", "pass", "/p", "-p", "/rp ", "pwd", "-token", "-apikey"),
        r"(?:(?<![\w-])--[\w-]{0,30}?(?:password|passwd|passphrase|pass|token|secret|bearer|(?:api|access|secret"
        r"|private|account|shared)-key)[ =]"
        r"|(?<![\w-])-(?:new|account|old|admin|user|service|safemodeadministrator|default|confirm)?(?:password|passwd"
        r"|passphrase|pwd|storepass|keypass|srcstorepass|deststorepass|apikey|token)[ =:]"
        r"|(?<!\S)/(?:p|pw|pass|password[do]?|rp|pwd|token)(?::|(?<=/rp) ))"
        rf"(?!\[redacted)(?!-|\(convertto-){_VALUE}",
        ("ran mysqldump --password hunter2 shop", "ran mysqldump --password [redacted] shop"),
        ("rdp /v:h /u:a /p:x", "rdp /v:h /u:a /p:[redacted]"),
    ),
    masking(
        "credentials on a command line",
        ("--credential",),
        rf"(?<![\w-])--credentials?[ =][\"']?[^\s,:\"']{{1,60}}[,:](?!\[redacted){_VALUE}",
        ("acrocmd --credentials=bob,x", "acrocmd --credentials=bob,[redacted]"),
    ),
    masking(
        "secret sent to a command",
        ("echo ", "printf ", "<<<"),
        r"(?:(?:echo (?:-\w{1,3} ){0,2}|printf (?:[\"']?%s(?:\\{1,2}n)?[\"']? )?)[\"']?(?P<user>[^\s:|\"']{1,40}:)?"
        rf"|\b(?:{_TAKES_STANDARD_INPUT})\b[^|;&<]{{0,100}}?<<<? ?[\"']?(?P<here>))"
        r"(?![^\s|\"']{0,200}\[redacted)(?P<value>[^\s|\"']{1,200})"
        rf"(?(here)|(?=[\"']? ?\| ?(?:[\w./-]{{0,40}}/)?(?:(?:{_TAKES_STANDARD_INPUT})\b|[^|;&]{{1,100}}?(?:password"
        rf"|passwd)-stdin)))",
        ("echo joe:x1 | chpasswd", "echo joe:[redacted] | chpasswd"),
    ),
    masking(
        "secure string",
        ("securestring", "credential"),
        rf"(?:convertto-securestring[ \t](?:-(?:asplaintext|force|string|key)[ :]){{0,3}}(?!-|\[redacted)"
        r"|parameterbinding\(convertto-securestring\): name=\"?string\"?; value="
        rf"|(?:networkcredential|pscredential)\b[^()]{{0,40}}?\( ?(?:{QUOTED}), ?(?=[\"'])){_VALUE}",
        ("ConvertTo-SecureString 'x' -AsPlainText", "ConvertTo-SecureString '[redacted]' -AsPlainText"),
    ),
    masking(
        "secure string from a pipe",
        ("securestring",),
        rf"(?P<value>{QUOTED})(?= ?\| ?convertto-securestring)",
        ('"x" | ConvertTo-SecureString -AsPlainText', '"[redacted]" | ConvertTo-SecureString -AsPlainText'),
    ),
    masking(
        "password given to a function of a database",
        ("crypt(", "openrowset("),
        r"(?:(?:aes_|pgp_sym_|des_)(?:en|de)crypt\([^()]{0,300}?, ?(?=[\"'][^\"']{0,200}[\"'] ?[,)])"
        rf"|openrowset\((?:{QUOTED}), ?(?:{QUOTED}); ?(?:{QUOTED}); ?)(?!.?\[redacted){_VALUE}",
        ("SELECT AES_ENCRYPT(x, 'y')", "SELECT AES_ENCRYPT(x, '[redacted]')"),
    ),
    masking(
        "password in a statement",
        ("identified ", "password", "passwd"),
        r"(?:\bidentified by (?:\"\[redacted\]\"|'\[redacted\]'|\[redacted\]) replace (?!.?\[redacted)"
        r"|\bidentified (?:with [\w\"'`]{1,60} )?(?:by|as) (?:password )?"
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
)
