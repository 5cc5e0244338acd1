"""The printed word lists that steer masking and decide cue and polarity.

Plain operations English, lower case, matched on whole words and on the parts of CamelCase and snake_case names. A word is
on a list because operators use it for that meaning in any product, never because one product's log has it. Cue words
mean trouble by themselves; state words mean that a thing went down or up, so that the two can be distinguished.
Neither kind is ever masked, and neither ever becomes a wildcard of a family.
"""

import re
from enum import IntFlag
from typing import Final

NO_CUE, WEAK_CUE, STRONG_CUE = 0, 1, 2
"""how strongly a word or a message reports trouble"""
OUT_OF_SERVICE, ENDED, NO_STATE, WORKING = -2, -1, 0, 1
"""polarity: which way a thing went, by a word or a message"""


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


_STRONG: Final = """
abort aborted aborting aborts assert assertion catastrophic corrupt corrupted corruption crash crashed crashes crashing
critical deadlock deadlocked denied died emerg emergency err error errors exception exceptions exhausted exhaustion fail
failed failing fails failure failures fatal fault faults fence fenced hung killed lost oom oops overflow overrun panic
panicked refused rejected segfault sigabrt sigkill sigsegv starvation stuck traceback unavailable uncorrectable
unreachable unrecoverable violation
"""
_WEAK: Final = """
bad cannot cant congested congestion couldnt degraded delayed deprecated discard discarded disconnect disconnected drop
dropped dropping drops exceed exceeded exceeding exceeds expired expiring flap flapped flapping forbidden illegal
incomplete inconsistent insufficient interrupted invalid late leak leaked leaking malformed mismatch missed missing
overdue overload overloaded pressure reset resets restart restarted restarting retransmit retried retries retry retrying
saturated saturation skew slow stale stall stalled starved suspicious throttled throttling timeout timeouts truncated
unable unauthorized undefined unexpected unhealthy unknown unresponsive unstable unsupported warn warning warnings
"""
CUE_WORDS: Final[dict[str, int]] = dict(
    sorted({**dict.fromkeys(_WEAK.split(), WEAK_CUE), **dict.fromkeys(_STRONG.split(), STRONG_CUE)}.items())
)
"""Trouble by its own word: 2 strong (something broke), 1 weak (something is not as it should be)."""

_OUT: Final = """
absent crashed dead degraded died down dropped faulted halted hung inaccessible lost off-line offline unavailable unhealthy
unplugged unreachable unresponsive
"""
_ENDED: Final = """
aborted blocked closed denied detached disabled disconnected ended exited expired failed failing failure fenced inactive
killed left missing paused quiesced refused rejected released removed revoked shutdown stopped stopping suspended terminated
unmounted
"""
_UP: Final = """
accepted accessible active alive attached available cleared connected enabled established healed healthy joined mounted
normal ok on-line online opened operational plugged reachable ready reconnected recovered reestablished registered rejoined
renewed repaired resolved responding restored resumed resynced running started succeeded success successful successfully
synced synchronized unblocked up
"""
STATE_WORDS: Final[dict[str, int]] = dict(
    sorted(
        {
            **dict.fromkeys(_OUT.split(), OUT_OF_SERVICE),
            **dict.fromkeys(_ENDED.split(), ENDED),
            **dict.fromkeys(_UP.split(), WORKING),
        }.items()
    )
)
"""Which way a thing went: -2 it is out of service, -1 it has ended or failed, as sessions and attempts do, +1 it works or
is back. "on" and "off" are left out: prepositions."""

NEGATIONS: Final = _listed("aint arent cannot cant couldnt didnt doesnt isnt never no non not wasnt without wont")
"""Reverse a state word among the next two words ("not yet ready"), and cancel a cue there ("no errors")."""

LOOKING_BACK: Final = _listed("after before formerly previous previously prior since")
"""What follows is in the past: "up after being down" is up."""

LINKING_WORDS: Final = _listed(
    "again are back became become becomes been being came comes currently gone got had has have is now still was went were"
)
"""Stand between a thing and its state: "is down", "has gone offline", "is back up"."""

NOUNS: Final = _listed(
    """
    account adapter agent array bridge bucket camera channel circuit client cluster connector container controller daemon
    database datastore device disk domain drive endpoint enclosure gateway group host hostname instance interface iface job
    lease link lun machine member mirror monitor mount namespace neighbor neighbour nic node partition peer pod pool
    printer probe program queue raid replica repository router segment sensor server service session shard share site slave
    slot snapshot socket standby subscription switch table target task tenant topic trunk tunnel unit user vdisk vhost vlan
    vm volume vpn zone zpool
    """
)
"""The word after one of these names a thing, unless it is one of `FUNCTION_WORDS`, a cue or a state."""

FUNCTION_WORDS: Final = _listed(
    """
    a all an and are as at be been being but by can changed changes check configuration could data did do does done
    event events failover false for from had has have id if in info information into is it its list may message messages
    mode more name new none null of off old on one or out over process request requests response servers services set
    since size space state status than that the their then there this time to too true type update used using via was
    were when which while will with within would yes you your
    """
)
"""Too common to name anything."""

NAMELESS: Final = _listed(
    """
    accepting alarm alarms alert alerts allocated applied assigned became becomes began begins binding changed changing
    check checks completed configured connecting control created deleted detected enter entered entering enters exit exiting
    exits failover finished flapping goes going initialized initializing installed layer layer2 layer3 layer4 layer7 leave
    leaves leaving listening listens loaded loading manager moved moves notification notifications notify problem problems
    processing reading received receiving recovery reported reports requested requesting resuming returned returns said says
    sending sent shall should start starting starts stayed stays stop stopping stops switch switched switching took
    transition transitioned transitioning transitions trying updated updating using waiting was went would writing
    """
)
"""Verbs and words of monitors that stand behind a noun or hold a digit and still name nothing ("service entered the stopped
state", "SERVICE ALERT", "reason: Layer4 timeout")."""

PROSE_KEYS: Final = _listed(
    """
    action alert alertname cause check class code component desc description detail details error err event func function
    info level log lvl message method metric module msg note op operation outcome phase reason result rule severity state
    status subsystem summary text title type verb
    """
)
"""Keys whose value is prose of the message: it is tokenized, not masked when quoted, and names nothing."""

CODE_KEYS: Final = _listed(
    """
    cause code codes errcode errno error errorcode event-code event-id event_id eventcode eventid exit exitcode exited exits
    exitstatus err hresult httpcode httpstatus ntstatus rc rcode reason reasoncode respcode responsecode result
    resultcode ret retcode return returncode returned returns retval signal sqlcode sqlstate status statuscode
    """
)
"""The number behind one of these is a state, and so a word of the message ("exit code 1"), not a measurement. Names such as
`http_status` or `upstream.code` count by their last part."""

COUNTING_KEYS: Final = _listed(
    "completed err error exited exits http response result ret return returned returns signal"
)
"""Words before codes behind which a count may stand as well: "returned 3 rows", but "returned 3". Those that are no key of
codes stand before a status of three digits ("HTTP 502")."""

FAILING_KEYS: Final = _listed(
    """
    err errcode errno error errorcode exit exitcode exited exiting exits exitstatus hresult ntstatus rc ret retcode return
    returncode retval sqlcode terminated
    """
)
"""A number other than 0 behind one of these, or behind a code that one of these names ("exit status 23"), means trouble."""

BEHIND_KEYS: Final = _listed("are id is of was were")
"""May stand between the key of a code and the code: "status is 3", "exit status of 3", "event id 3"."""

LAYERS: Final = _listed("layer phase tier")
"""A digit behind one of these is a part of a name that every system has: "layer 2 down", "phase 1 negotiation"."""

PLACES: Final = _listed(
    """
    anschluss bay blade camera channel controller disk drive enclosure fan festplatte fxo fxs iface interface lane laufwerk
    lun lüfter module netzteil nic node outlet pdu port psu sensor sfp slot steckplatz subslot supply switch trunk tunnel
    unit vlan zone
    """
)
"""A short number behind one of these names a thing, as in "port 12" and "fan 2", and measures nothing."""

MONTHS: Final = _listed(
    """
    jan feb mar apr may jun jul aug sep sept oct nov dec
    january february march april june july august september october november december
    """
)
WEEKDAYS: Final = _listed(
    "mon tue tues wed thu thur thurs fri sat sun monday tuesday wednesday thursday friday saturday sunday"
)
ZONES: Final = _listed(
    """
    acst aedt aest am awst bst cdt cest cet cst eastern eat edt eest eet est gmt hkt ist jst kst mdt msk mst nzdt
    nzst pdt pm pst sast sgt utc west wet
    """
)
"""Time zone names and halves of the day; masked only beside a time."""

TIME_UNITS: Final = _listed(
    """
    day days h hour hours hr hrs min mins minute minutes ms msec ns nsec s sec second seconds secs us usec w week weeks µs
    """
)
"""Units of a duration; a number with one reads `<time>`. "m" and "d" are left out: they are as often mega and a hexadecimal
digit."""

FREE_UNITS: Final = TIME_UNITS - {"w"} | _listed("b gb gib kb kib mb mib tb tib pb pib gbps kbps mbps bps")
"""Units that change with the size of the number before them; taken into the number when they stand right after one."""

UNITS: Final = (
    TIME_UNITS
    | FREE_UNITS
    | _listed(
        "bytes c d db dbm f g gbit ghz gi hz k kbit khz ki kw m ma mbit mhz mi mv mw p pct ppm ps px rpm t ti u v x y"
    )
)
"""Units that stand glued to a number."""

NUMBERED_WORDS: Final = _listed(
    """
    amd64 arm64 base64 dhcpv6 e2fsck ec2 ed25519 ext2 ext3 ext4 h2 http2 http3 i2c i386 i686 icmpv6 iec61850 ikev1 ikev2 ipv4
    ipv6 k8s l1 l2 l2tp l3 l4 l5 l6 l7 layer1 layer2 layer3 layer4 layer5 layer6 layer7 log4j md5 nfsv3 nfsv4 oauth2 ospfv2
    ospfv3 p2p phase1 phase2 raid0 raid1 raid10 raid5 raid6 s3 saml2 sha1 sha256 sha384 sha512 smbv1 smbv2 smbv3 snmpv1
    snmpv2 snmpv3 socks4 socks5 ssh1 ssh2 sslv2 sslv3 tlsv1 utf16 utf8 v4 v6 win32 wpa2 wpa3 x509 x64 x86
    """
)
"""Names of protocols, layers and formats that merely contain a digit; it stays, and they name no thing."""

GENERIC_DOMAINS: Final = _listed(
    """
    arpa biz cloud cluster com corp dev domain edu example gov home info int internal intra intranet invalid io lan local
    localdomain localhost mil net org private svc test
    """
)
"""Last labels that make a dotted name a host name (RFC 2606, RFC 6762 appendix G, and the old generic domains)."""

COUNTRY_DOMAINS: Final = _listed(
    """
    ac ad ae af ag al am ao ar asia at au az ba bd be bg bh bn bo br bw by bz ca cat cd ch ci ck cl club cm cn co cr cu cy cz
    de dk dm dz ec ee eg es et eu fi fj fr ga ge gg gh gl gr gt gy hk hn hr ht hu id ie il im in ir is it je jo jp ke kg kh
    kr kw kz la lb li lk lt lu lv ly ma mc me mk mm mn mt mu mv mw mx my mz na ng ni nl no np nu nz om online pa pe pg ph pk
    pl pr pt py qa ro ru rw sa sc sd se sg shop si site sk sl sm sn store su sv sy th tj tm tn top tr tt tv tw tz ua ug uk us
    uy uz va ve vg vn xyz ye za zm zw
    """
) - {"id", "is", "py"}
"""Country domains (ISO 3166) and newer generic ones; a host name ends in one only behind two other labels or before a port.

"id" and "is" end as many property names as host names, and "py" ends files."""

PACKAGE_ROOTS: Final = _listed("android com edu gov io java javax net org sun system")
"""First labels of reversed domain names: `org.example.net` names code, not a machine."""


class WordCode(IntFlag):
    """The listed meaning of one word, as bits; a word may be on several lists."""

    WEAK = 1
    STRONG = 2
    DOWN = 4
    UP = 8
    NEGATION = 16
    LOOKS_BACK = 32
    NOUN = 64
    FUNCTION = 128
    PROSE_KEY = 256
    MONTH = 512
    WEEKDAY = 1024
    ZONE = 2048
    UNIT = 4096
    FREE_UNIT = 8192
    NUMBERED = 16384
    DOMAIN = 32768
    COUNTRY = 65536
    PACKAGE = 131072
    HTTP_METHOD = 262144
    TIME_UNIT = 524288
    LINKING = 1048576
    OUTAGE = 2097152
    THREAD = 4194304
    CODE_KEY = 8388608
    COUNTING_KEY = 16777216
    FAILING_KEY = 33554432
    PLACE = 67108864
    LAYER = 134217728
    BEHIND_KEY = 268435456
    NAMELESS = 536870912


PROTECTED: Final = WordCode.WEAK | WordCode.STRONG | WordCode.DOWN | WordCode.UP
THREAD_WORDS: Final = _listed(
    "dispatcher epolleventloopgroup eventexecutorgroup eventloop eventloopgroup exec executor fiber goroutine"
    " nioeventloopgroup scheduling thread threadpool"
)
"""Parts of the names of threads, as runtimes make them ("pool-3-thread-2", "http-nio-8080-exec-5"): they name no thing."""

HTTP_METHODS: Final = _listed("get head post put delete connect options trace patch")
"""RFC 9110 section 9 and RFC 5789; a quoted request line is tokenized, not masked."""


def _collect() -> dict[str, int]:
    codes: dict[str, int] = {}
    for word, strength in CUE_WORDS.items():
        codes[word] = codes.get(word, 0) | (WordCode.STRONG if strength == STRONG_CUE else WordCode.WEAK)
    for word, polarity in STATE_WORDS.items():
        code = WordCode.UP if polarity == WORKING else WordCode.DOWN
        codes[word] = codes.get(word, 0) | (code | WordCode.OUTAGE if polarity == OUT_OF_SERVICE else code)
    for listed, code in (
        (NEGATIONS, WordCode.NEGATION),
        (LOOKING_BACK, WordCode.LOOKS_BACK),
        (NOUNS, WordCode.NOUN),
        (FUNCTION_WORDS, WordCode.FUNCTION),
        (PROSE_KEYS, WordCode.PROSE_KEY),
        (MONTHS, WordCode.MONTH),
        (WEEKDAYS, WordCode.WEEKDAY),
        (ZONES, WordCode.ZONE),
        (UNITS, WordCode.UNIT),
        (FREE_UNITS, WordCode.FREE_UNIT),
        (NUMBERED_WORDS, WordCode.NUMBERED),
        (GENERIC_DOMAINS, WordCode.DOMAIN),
        (COUNTRY_DOMAINS, WordCode.COUNTRY),
        (PACKAGE_ROOTS, WordCode.PACKAGE),
        (HTTP_METHODS, WordCode.HTTP_METHOD),
        (TIME_UNITS, WordCode.TIME_UNIT),
        (LINKING_WORDS, WordCode.LINKING),
        (THREAD_WORDS, WordCode.THREAD),
        (CODE_KEYS, WordCode.CODE_KEY),
        (COUNTING_KEYS, WordCode.COUNTING_KEY),
        (FAILING_KEYS, WordCode.FAILING_KEY),
        (PLACES, WordCode.PLACE),
        (LAYERS, WordCode.LAYER),
        (BEHIND_KEYS, WordCode.BEHIND_KEY),
        (NAMELESS, WordCode.NAMELESS),
    ):
        for word in listed:
            codes[word] = codes.get(word, 0) | code
    return dict(sorted(codes.items()))


WORD_CODES: Final[dict[str, int]] = _collect()

_PART: Final = re.compile(r"[A-Z]*[a-z']+|[A-Z]+")


def is_protected(text: str) -> bool:
    """Return whether `text` holds a cue or a state word, whole or as a part of a CamelCase or snake_case name."""
    parts = (text, *_PART.findall(text))
    return any(WORD_CODES.get(part.lower().replace("'", ""), 0) & PROTECTED for part in parts)
