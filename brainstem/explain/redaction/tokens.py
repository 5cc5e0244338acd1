"""Secrets that are known by their own look: keys of known makers, signed tokens, hashes of passwords."""

import re
from typing import Final

from brainstem.explain.redaction.rule import MASK, Pattern, Rule

MAKERS: Final[tuple[tuple[str, str], ...]] = (
    # the letters of a key's beginning, and what follows; gitleaks and detect-secrets list the same beginnings
    ("A3T", r"[A-Z0-9][A-Z0-9]{16}(?!\w)"),
    *((start, r"[A-Z0-9]{16}(?!\w)") for start in ("AKIA", "ASIA", "ABIA", "ACCA", "AROA", "AIDA")),
    *((f"gh{letter}_", r"[A-Za-z0-9]{30,}+") for letter in "pousr"),
    ("github_pat_", r"\w{22,}+"),
    *(
        (f"gl{kind}-", r"[\w.-]{20,}+")
        for kind in ("pat", "rt", "dt", "ptt", "ft", "imt", "soat", "agent", "oas", "cbt", "ffct")
    ),
    ("GR1348941", r"[\w-]{20,}+"),
    *((f"xox{letter}-", r"[\w-]{10,}+") for letter in "abeoprs"),
    ("xapp-", r"[\w-]{20,}+"),
    *((f"{kind}_{stage}_", r"\w{16,}+") for kind in ("sk", "rk", "pk") for stage in ("live", "test", "prod")),
    ("whsec_", r"[\w+/=]{20,}+"),
    ("sk-", r"[\w-]{20,}+"),
    ("AIza", r"[\w-]{35}"),
    ("GOCSPX-", r"[\w-]{20,}+"),
    ("ya29.", r"[\w-]{20,}+"),
    ("npm_", r"[A-Za-z0-9]{36}"),
    ("pypi-", r"[\w-]{50,}+"),
    ("SG.", r"[\w-]{16,}+(?:\.[\w-]{16,}+)?"),
    ("hvs.", r"[\w-]{20,}+"),
    ("hvb.", r"[\w-]{20,}+"),
    *((f"do{kind}_v1_", r"[0-9a-f]{64}") for kind in "por"),
    *((f"shp{kind}_", r"[0-9a-fA-F]{32}") for kind in ("at", "ca", "pa", "ss")),
    ("key-", r"[0-9a-f]{32}(?!\w)"),
    ("LTAI", r"[A-Za-z0-9]{20}(?!\w)"),
    ("glsa_", r"[\w]{32,}+"),
    ("glc_", r"[\w+/=]{32,}+"),
    ("hf_", r"[A-Za-z]{34}(?!\w)"),
    ("api_org_", r"[A-Za-z]{34}(?!\w)"),
    ("dapi", r"[0-9a-f]{32}(?:-\d)?(?!\w)"),
    ("lin_api_", r"[A-Za-z0-9]{40}"),
    ("pul-", r"[0-9a-f]{40}"),
    ("PMAK-", r"[0-9a-f-]{59}"),
    ("NRAK-", r"[A-Z0-9]{27}"),
    ("sntrys_", r"[\w+/=]{30,}+"),
    ("sntryu_", r"[0-9a-f]{64}"),
    ("dckr_pat_", r"[\w-]{20,}+"),
    ("ATATT3", r"[\w=-]{100,}+"),
    ("EAAA", r"[\w-]{56,}+"),
    ("sq0csp-", r"[\w-]{40,}+"),
    ("sq0atp-", r"[\w-]{20,}+"),
    ("AGE-SECRET-KEY-1", r"[A-Z0-9]{58}"),
    ("tskey-", r"[\w-]{20,}+"),
    ("rubygems_", r"[0-9a-f]{48}"),
    ("figd_", r"[\w-]{38,}+"),
    ("secret_", r"[A-Za-z0-9]{43}(?!\w)"),
    ("ntn_", r"[A-Za-z0-9]{40,}+"),
    ("xkeysib-", r"[0-9a-f]{64}(?:-\w{16})?"),
    ("AKCp", r"[A-Za-z0-9]{69}"),
    ("AC", r"[0-9a-f]{32}(?!\w)"),
    ("SK", r"[0-9a-f]{32}(?!\w)"),
    ("HRKU-AA", r"[\w-]{58}"),
    ("ops_eyJ", r"[\w+/=-]{40,}+"),
    ("ico-", r"[A-Za-z0-9]{32}(?!\w)"),
    ("p8e-", r"[a-z0-9]{32}(?!\w)"),
    ("CLOJARS_", r"[a-z0-9]{60}"),
    ("v1.0-", r"[0-9a-f]{24}-[0-9a-f]{146}"),
    ("ATCTT3", r"[\w=-]{100,}+"),
    ("sl.", r"[\w-]{60,}+"),
    ("EZAK", r"[A-Za-z0-9]{54}"),
    ("dt0c01.", r"[A-Z0-9]{24}\.[A-Z0-9]{64}"),
    *(
        (start, r"[A-Za-z0-9]{30,}+")
        for start in ("gsk_", "xai-", "pplx-", "r8_", "rnd_", "nfp_", "pnu_", "CCIPAT_", "CCIPRJ_")
    ),
    *((f"sb{kind}_", r"[\w-]{20,}+") for kind in ("p", "_secret")),
    *((f"pscale_{kind}_", r"[\w=.-]{30,}+") for kind in ("tkn", "pw", "oauth")),
    *((f"dp.{kind}.", r"[A-Za-z0-9.]{40,}+") for kind in ("pt", "st", "ct", "sa", "scim", "audit")),
    *((f"sq{kind}_", r"[0-9a-f]{40}") for kind in ("p", "u", "a")),
    *((f"sg{kind}_", r"[\w-]{36,}+") for kind in ("p", "d")),
    *((f"lsv2_{kind}_", r"\w{32,}+") for kind in ("pt", "sk")),
    *((f"{kind}_{stage}_", r"\w{14,}+") for kind in ("rzp", "shippo", "duffel") for stage in ("live", "test")),
    *((f"gl{kind}-", r"[\w.-]{20,}+") for kind in ("wt", "cbt64")),
    *((f"lin_{kind}_", r"[A-Za-z0-9]{40,}+") for kind in ("oauth", "wh")),
    ("napi_", r"[a-z0-9]{60,}+"),
    ("pcsk_", r"\w{40,}+"),
    ("fo1_", r"[\w-]{40,}+"),
    ("fm2_", r"[\w+/=]{60,}+"),
    ("bkua_", r"[0-9a-f]{40}"),
    ("dckr_oat_", r"[\w-]{20,}+"),
    ("hcaik_", r"[a-z0-9]{58,}+"),
    ("tfp_", r"[\w.=-]{50,}+"),
    ("perm-", r"[\w=.-]{40,}+"),
    ("CFPAT-", r"[\w-]{43}"),
    ("FLWSECK", r"(?:_TEST)?-[0-9a-hA-H]{12,}+(?:-X)?"),
    ("AKID", r"[A-Za-z0-9]{32}(?!\w)"),
    ("y0_", r"[\w-]{50,}+"),
    ("AQVN", r"[\w-]{35,38}(?!\w)"),
    ("oy2", r"[a-z0-9]{43}(?!\w)"),
    ("cio", r"[A-Za-z0-9]{32}(?!\w)"),
    ("ATBB", r"[A-Za-z0-9]{32}(?!\w)"),
    ("sk.eyJ", r"[\w.-]{40,}+"),
    ("1//0", r"[\w-]{40,}+"),
    ("xoxe.xox", r"[bp]-[\w-]{40,}+"),
    ("nvapi-", r"[\w-]{60,}+"),
    ("sk_org_", r"\w{16,}+"),
    ("A3-", r"[A-Z0-9]{6}-(?:[A-Z0-9]{5,11}-){1,4}[A-Z0-9]{5,}+"),
    ("NRAK", r"[A-Z0-9]{27}(?!\w)"),
    *((f"NR{kind}-", r"[A-Za-z0-9]{19,}+") for kind in ("JS", "II", "AL")),
)
"""Keys of makers by their beginning."""

RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "signed token",
        ("eyj",),
        Pattern(r"(?<![A-Za-z0-9])eyJ[\w-]{5,}+\.[\w-]{5,}+(?:\.[\w-]*+)?"),
        MASK,
        (("got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl ok", "got [redacted] ok"),),
    ),
    Rule(
        "access key of a known maker",
        tuple(sorted({start.lower() for start, _ in MAKERS})),
        Pattern("(?<![A-Za-z0-9])(?:" + "|".join(f"{re.escape(start)}{rest}" for start, rest in MAKERS) + ")"),
        MASK,
        (("key AKIAABCDEFGHIJKLMNOP used", "key [redacted] used"),),
    ),
    Rule(
        "token of a bot",
        (":aa", "."),
        Pattern(
            r"(?<!\d)\d{8,10}:AA[\w-]{32,34}(?![\w-])|(?<![\w.-])[MNO][\w-]{22,27}\.[\w-]{6}\.[\w-]{27,38}(?![\w.-])"
        ),
        MASK,
        (("bot 123456789:AAF0abcdefghijklmnopqrstuvwxyz01234 up", "bot [redacted] up"),),
    ),
    Rule(
        "token that names its maker within",
        ("azdo", "atlasv1", "apa91b", "+astg", "aceb"),
        Pattern(
            r"(?<!\w)(?:[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}|[A-Za-z0-9]{14}\.atlasv1\.[\w-]{60,70}"
            r"|[\w-]{7,30}:APA91b[\w-]{100,200}"
            r"|[A-Za-z0-9+/]{70,80}\+(?:ASt|ACDb|AEh|AIoT|ABa|AMC)[A-Za-z0-9+/=]{5,12}"
            r"|[A-Za-z0-9]{44}ACEB[A-Za-z0-9]{4,8})(?![\w+/=])"
        ),
        MASK,
        ((f"pat {'a1' * 38}AZDO4xyz ok", "pat [redacted] ok"),),
    ),
    Rule(
        "client secret of Entra",
        ("q~",),
        Pattern(r"(?<![\w~.-])[\w~.-]{3}\dQ~[\w~.-]{31,34}(?![\w~-])"),
        MASK,
        (("got abc8Q~abcdefghijklmnopqrstuvwxyz0123456 ok", "got [redacted] ok"),),
    ),
    Rule(
        "password hash",
        ("$",),
        Pattern(r"\$(?:1|5|6|y|2[abxy]?|argon2(?:id|i|d))\$[\w./$,=+-]{20,}+"),
        MASK,
        (("root:$6$saltsalt$0123456789abcdefghij:19000", "root:[redacted]:19000"),),
    ),
)
