"""What a person should check next, by the service that speaks and the kind of evidence.

The table is code rather than a file: the core reads nothing, and mypy and the tests see every entry. Steps are written
for the technician on call; `{entity}` and `{host}` stand for what the finding names, and stay placeholders in angle
brackets when that would not be safe to paste into a shell.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

STEPS_MOST: Final = 4


@dataclass(frozen=True, slots=True)
class Topic:
    """A recognizable kind of service: words that name it (lower case, whole), and what to check.

    `sample` is a line of service and message that must be recognized as this topic.
    """

    name: str
    words: frozenset[str]
    steps: tuple[str, ...]
    sample: str


def _topic(name: str, words: str, sample: str, *steps: str) -> Topic:
    return Topic(name, frozenset(words.split()), steps, sample)


TOPICS: Final[tuple[Topic, ...]] = (
    _topic(
        "vpn",
        "vpn ipsec tunnel ike ikev1 ikev2 charon strongswan openvpn wireguard wg wg0 crypto isakmp l2tp gre peer rekey",
        "charon: CHILD_SA site-a closed, rekey",
        "Look at the tunnel's state and last change on {host}: `show interface {entity}` or `ipsec statusall`",
        "Compare the times with the provider's line: packet loss to the far end, `ping -c 100 -i 0.2 <peer>`",
        "Compare rekey and dead-peer-detection timers on both ends; unequal ones drop a tunnel at each rekey",
    ),
    _topic(
        "disk",
        "disk sd sda sdb sdc sdd nvme ata scsi sector sense smart smartd media raid mdadm drive hdd ssd reallocated",
        "kernel: sd 0:0:0:0: [sdz] sense data",
        "Read the drive's own counters on {host}: `smartctl -a /dev/<disk>` (reallocated, pending, error log)",
        "Look at the array or pool: `cat /proc/mdstat`, `zpool status -v` or the controller's tool",
        "Make sure that last night's backup of {host} can be read before anything is replaced",
    ),
    _topic(
        "storage path",
        "multipath multipathd path lun san iscsi iscsid fc hba nfs mount target initiator fabric",
        "multipathd: lun 3 path removed",
        "List the paths and their states on {host}: `multipath -ll` or `iscsiadm -m session -P 3`",
        "Look at the switch ports and optics of the failing path for errors",
        "Check that mounts still answer: `df -h` and `mount | grep nfs`",
    ),
    _topic(
        "certificate",
        "certificate certificates cert certs tls ssl x509 acme certbot letsencrypt expiry expires certmonger",
        "certmonger: certificate of www valid",
        "See what is really served: `openssl s_client -connect <name>:443 -servername <name> </dev/null "
        "| openssl x509 -noout -enddate -issuer`",
        "Look at why it was not renewed: `certbot renew --dry-run`, or the log of the tool that renews it",
        "List what else uses the same certificate before it is replaced (proxies, mail, VPN)",
    ),
    _topic(
        "dhcp",
        "dhcp dhcpd dnsmasq lease leases scope dhcpdiscover dhcpoffer dhcprequest dhcpack kea",
        "dhcpd: scope has few leases left",
        "Count free leases of the scope on {host}: `dhcp-lease-list` or the scope's statistics",
        "Look for one client or segment that takes many leases, and for a second DHCP server",
        "Shorten the lease time or widen the scope before it runs out",
    ),
    _topic(
        "login",
        "login logon sshd ssh pam auth authentication password kerberos ldap radius sudo account invalid lockout",
        "sshd: invalid account",
        "Group by origin on {host}: `journalctl -u ssh --since -7d | grep -oE 'from [0-9a-f.:]+' | sort | uniq -c`",
        "Check whether one of these accounts ever got in: `last -n 50` and the accepted logins of the same origins",
        "If it comes from outside, limit who can reach the port; if from inside, find the job with an old password",
    ),
    _topic(
        "database pool",
        "database db sql postgres postgresql mysql mariadb mongodb oracle pool connection connections pgbouncer jdbc",
        "pgbouncer: connections to database",
        "Count sessions by state: `SELECT state, count(*) FROM pg_stat_activity GROUP BY 1` or `SHOW PROCESSLIST`",
        "Compare the pool's limit with the server's, and look for sessions idle in a transaction",
        "Look at what was deployed or scheduled on {host} when it began",
    ),
    _topic(
        "backup",
        "backup backups backupd restic borg veeam bacula rsnapshot snapshot replication rsync archive vzdump",
        "restic: backup of share",
        "Read the last good run and its size: did it really write what it should?",
        "Restore one file from it now; that is the only proof",
        "Check free space and time window of the target",
    ),
    _topic(
        "interface",
        "bgp ospf bfd neighbor neighbour interface port link lacp bond lineproto eth gigabitethernet ethernet carrier"
        " updown routing adjacency optic sfp",
        "routed: bgp neighbor adjacency lost",
        "Look at the counters of {entity} on {host}: `show interface {entity}` or `ethtool -S <port>` (CRC, drops)",
        "Check optics, cable and the far end's log at the same times",
        "Look at whether routes moved with it: `show bgp summary`, `show ip ospf neighbor`",
    ),
    _topic(
        "memory",
        "memory oom swap heap gc kswapd allocation rss malloc outofmemoryerror cgroup",
        "kernel: page allocation, memory low",
        "See who holds it on {host}: `ps aux --sort=-rss | head`, and the trend over days rather than now",
        "Look for what was killed: `journalctl -k | grep -i 'killed process'`",
        "Check the limits of the unit or container: `systemctl show <unit> -p MemoryMax,MemoryCurrent`",
    ),
    _topic(
        "time sync",
        "ntp ntpd chrony chronyd timesyncd clock stratum ptp drift offset",
        "chronyd: clock offset",
        "Look at offset and sources on {host}: `chronyc tracking` and `chronyc sources -v`",
        "On a guest, check that only one of host tools and NTP sets the clock",
        "Check that UDP port 123 to the time servers is open",
    ),
    _topic(
        "dns",
        "dns named bind unbound resolver resolved nxdomain servfail zone systemd-resolved",
        "named: resolver answered servfail",
        "Ask each server in turn: `dig @<server> <name> +tries=1 +time=2`",
        "Look at what the failing names have in common: zone, forwarder, DNSSEC (`dig +cd`)",
        "Check the forwarders' reachability from {host} at the listed times",
    ),
    _topic(
        "mail",
        "mail smtp smtpd postfix exim sendmail dovecot imap queue deferred bounce dkim spf relay qmgr mailbox",
        "exim: mail queue grows",
        "Look at the queue and its oldest entry on {host}: `mailq | tail -1` and `postqueue -p | head`",
        "Group the answers of the far ends; one domain or all of them?",
        "Check whether the sending address is on a block list and its reverse name resolves",
    ),
    _topic(
        "web",
        "web http https nginx apache httpd haproxy envoy traefik upstream proxy gateway backend request php-fpm tomcat",
        "haproxy: backend request queue",
        "Split by status and backend on {host} at the listed times: which path, which upstream?",
        "Ask the upstream past the proxy: `curl -o /dev/null -s -w '%{{http_code}} %{{time_total}}' <address>`",
        "Look at pool and worker limits of the upstream and at its last deploy",
    ),
    _topic(
        "wireless",
        "wlan wifi wireless hostapd sta ssid radio associated roam eapol wpa capwap",
        "hostapd: sta roam",
        "See whether one access point, one client or one radio stands out",
        "Look at channel load and retries on {host}: `iw dev <wlan> survey dump`, `iw dev <wlan> station dump`",
        "Check power and uplink of the access point at the listed times",
    ),
    _topic(
        "service restart",
        "restart restarts restarted restarting respawn respawned recycled started stopped systemd supervisor service"
        " watchdog worker exited crashloop",
        "supervisor: worker restarted",
        "Read what it said just before each stop: `journalctl -u {entity} --since -7d`",
        "See how and how often it ended: `systemctl show {entity} -p NRestarts,ExecMainStatus,Result`",
        "Compare the gaps: shrinking ones speak of a leak, equal ones of a timer",
    ),
)
"""Topics in order; of two that fit equally well the earlier one counts."""

KIND_STEPS: Final[dict[str, tuple[str, ...]]] = {
    "recurrence": ("Lay the listed times beside backups, jobs and shifts: what else happens then?",),
    "burst": ("Find what changed on {host} shortly before it rose: update, deploy, new device, new job",),
    "self_heal": ("Ask users and the far end about the listed minutes; each drop may be a cut call or a lost session",),
    "spread": ("Find what the hosts share: model, firmware, age, switch, rack, image, last update",),
    "acceleration": ("Estimate from the shrinking gaps when it becomes constant, and act before that",),
    "novelty": ("Look at what was installed, plugged in or changed on {host} at the first time listed",),
    "countdown": ("Work out the day on which it reaches zero, and put a person's name and a date to it",),
    "concentration": ("Compare {entity} on {host} with one of its kind that is quiet: what differs?",),
    "silence": (
        "See whether it still runs on {host}: its timer or crontab, and the exit of its last run; then start it by hand",
    ),
    "numeric_drift": ("Find the limit of this number and work out from its pace the day on which it gets there",),
    "precursor": ("Open the earlier incidents it came before and look for the same order of events",),
    "precedent": ("Open the earlier incident's notes: what helped then?",),
}
"""The step each kind of evidence adds."""

ANY_SERVICE: Final = (
    "Read the lines around the listed ones on {host}: five minutes before and after",
    "Ask whoever runs the service whether the first time listed means something to them",
)

_WORD: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@-]{0,63}")


def topic_of(service: str, template: str, entities: Sequence[str] = ()) -> Topic | None:
    """Give the topic that most words speak for.

    A word of the service's name counts twice as much as one of the message, a word of an entity's name twice again: it
    names the very thing.
    """
    weighted = ((4, _words(" ".join(entities))), (2, _words(service)), (1, _words(template)))
    ranked = [(sum(weight * len(topic.words & words) for weight, words in weighted), topic) for topic in TOPICS]
    best = max(ranked, key=lambda pair: pair[0])
    return best[1] if best[0] else None


def check_next(
    kind: str, service: str, template: str, hosts: Sequence[str] = (), entities: Sequence[str] = ()
) -> tuple[str, ...]:
    """Give two to four steps: the service's, then the one of the kind of evidence."""
    topic = topic_of(service, template, entities)
    steps = topic.steps if topic else ANY_SERVICE
    steps = (*steps[: STEPS_MOST - 1], *KIND_STEPS.get(kind, ()))
    host, entity = _safe_name(hosts, "host"), _safe_name(entities, "name")
    return tuple(step.format(host=host, entity=entity) for step in steps)


def _words(text: str) -> set[str]:
    folded = text.lower()
    return {part for word in _WORD.findall(folded) for part in (word, *word.split("-"), word.rstrip("0123456789"))}


def _safe_name(names: Sequence[str], placeholder: str) -> str:
    """Give the first name when it can be pasted into a shell, else a placeholder: names come from the log."""
    return names[0] if names and _PLAIN_NAME.fullmatch(names[0]) else f"<{placeholder}>"
