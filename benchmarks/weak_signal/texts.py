"""Words to compose log lines of: a seed draws from these and adds words of its own invention."""

from typing import Final

from benchmarks.weak_signal.error_words import words

ONSETS: Final = words("b br c cl d dr f g gl h j k kr l m n p pl qu r s sk st t tr v w z")
VOWELS: Final = words("a e i o u ae ia ou")
CODAS: Final = (*words("l n r s t x ck nd rn st"), "", "", "", "")

SERVICE_ENDINGS: Final = (
    "d",
    "d",
    "d",
    "-agent",
    "ctl",
    "-sync",
    "-worker",
    "-gateway",
    "",
    "",
    "-proxy",
    "-mgr",
    "fs",
    "db",
)
APP_ENDINGS: Final = ("-api", "-app", "-portal", "-jobs", "-web")

NOUNS: Final = words(
    "session segment replica shard cursor ledger packet snapshot volume bucket route cache index worker thread "
    "request document invoice message mailbox folder package policy profile record queue channel stream socket "
    "buffer frame token key grant lock watch schedule task batch chunk archive journal manifest catalog schema "
    "table row page view report label sensor meter relay badge printer terminal door order basket shipment sample "
    "recipe contract ticket survey image layer artifact feature flag counter gauge probe map zone region rack "
    "tray port peer node pod slot lane ring tree leaf branch"
)
VERBS: Final = words(
    "accepted queued rotated synced loaded flushed matched served probed mounted opened closed stored fetched "
    "merged split copied moved renamed signed sealed issued renewed granted assigned released scanned parsed "
    "indexed packed shipped printed rendered resized trimmed sorted counted polled refreshed announced elected "
    "compacted rebalanced forwarded mirrored imported exported archived restored verified measured applied "
    "prepared committed drained resumed scheduled started finished created updated removed added skipped kept "
    "reused"
)
PREPOSITIONS: Final = words("for from in on to by at with via of under after before")
ADVERBS: Final = words("again early locally lazily partly quietly remotely twice fully in.order on.request as.planned")
TROUBLES: Final = (
    "error while reading {noun}",
    "{noun} failed, will retry",
    "timeout waiting for {noun}",
    "warning: {noun} is not up to date",
    "invalid {noun} ignored",
    "cannot open {noun}, using default",
    "{noun} rejected by policy",
    "permission denied for {noun}",
    "exception in {noun} handler caught",
    "unable to resolve {noun}, cached answer used",
    "connection refused by {noun}",
    "{noun} missing, created",
)
KEYS: Final = words("id n took size code count depth age user host rev ref len pos rate ttl lag seq try ms total")
VALUE_SLOTS: Final = words("int big hex ip path user ms size uuid host ver pct mac ent ent ent")

USERS: Final = words(
    "anna bert carla deniz emil fatma georg hanna ivan jana karl lena marek nora otto pia quirin rosa stefan tom "
    "ulla vera wim xenia yusuf zoe svc-backup svc-scan svc-mail svc-deploy admin root operator"
)
GUESSED_USERS: Final = words(
    "admin root test oracle postgres ubuntu guest user ftp git pi support deploy jenkins mysql www backup info "
    "sales demo hadoop minecraft steam teamspeak nagios zabbix tomcat ansible vagrant"
)
ROLES: Final = words("web app db mail file gw fw sw ap hv build mon print auth proxy edge nas cam")
PLACES: Final = words("ams ber cph dub edi fra gva hel ist kra lis mad nap osl par rig sof tal vie war zrh")
TITLES: Final = (
    "{service} not available for users at {place}",
    "Users report slow {service}",
    "{service}: outage, restarted by on-call",
    "Complaints about {service} ({place})",
    "{service} stopped answering",
    "Escalation: {service} on {host}",
)
UNFORETOLD: Final = (
    "Coffee machine network socket in {place} has no link",
    "New colleague needs access to {service}",
    "Provider maintenance at {place} cut the line",
    "Power cut in {place}",
    "Laptop of a visitor was blocked",
    "{service}: wrong figures in a report",
    "Excavator hit the fibre at {place}",
    "Question about {service}",
)
