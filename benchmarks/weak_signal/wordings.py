"""How each kind of trouble may be worded, with and without error words; the seed picks, combines and decorates.

`{thing}` is drawn from the kind's nouns, `{ent}` is the entity, other slots are values. A pattern list may hold pairs.
"""

from dataclasses import dataclass
from typing import Final

from benchmarks.weak_signal.error_words import words


@dataclass(frozen=True, slots=True)
class Wording:
    """Patterns of one kind: each a tuple of the lines that belong together."""

    things: tuple[str, ...]
    plain: tuple[tuple[str, ...], ...]
    worded: tuple[tuple[str, ...], ...]


WORDINGS: Final = {
    "self_healing": Wording(
        words("tunnel uplink circuit trunk adjacency bridge peering association carrier mesh-leg"),
        (
            ("{thing} {ent} went idle", "{thing} {ent} resumed after {ms}"),
            ("{ent}: {thing} detached", "{ent}: {thing} attached"),
            ("{thing} {ent} left the group", "{thing} {ent} joined the group"),
            ("{thing}={ent} state=dormant prev=active", "{thing}={ent} state=active prev=dormant"),
            ("withdrawing routes via {thing} {ent}", "announcing routes via {thing} {ent}"),
            ("{thing} {ent} moved to standby path", "{thing} {ent} moved to primary path, settled in {ms}"),
            ("member {ent} parted from {thing}", "member {ent} back in {thing}"),
        ),
        (
            ("{thing} {ent} is down: keepalive timeout", "{thing} {ent} is up"),
            ("lost contact with {thing} {ent}", "contact with {thing} {ent} restored after {ms}"),
            ("{ent}: {thing} unreachable, retrying", "{ent}: {thing} reachable"),
            ("{thing} {ent} failed, standby path in use", "{thing} {ent} recovered"),
            ("heartbeat of {thing} {ent} missing", "heartbeat of {thing} {ent} received"),
        ),
    ),
    "pool": Wording(
        words("connections workers handles slots threads descriptors permits buffers licences leases"),
        (
            ("caller waited {ms} for {thing} from {ent}",),
            ("all {int} {thing} of {ent} in use, request queued",),
            ("{ent}: borrowing {thing} took {ms}",),
            ("{ent} {thing} busy={int} idle=0 waiters={small}",),
            ("growing {ent} to its ceiling of {int} {thing}",),
        ),
        (
            ("{ent}: timeout after {ms} waiting for free {thing}",),
            ("could not obtain {thing} from {ent}, {small} waiting",),
            ("warning: {ent} has no {thing} left",),
            ("{thing} limit of {ent} exceeded, caller rejected",),
        ),
    ),
    "media": Wording(
        words("sector block stripe extent page cell track segment lane"),
        (
            ("{thing} {big} on {ent} read at second attempt",),
            ("{ent}: moved {thing} {big} to spare area",),
            ("{ent} {thing} {big} rewritten from parity",),
            ("slow answer of {ent} for {thing} {big}: {ms}",),
        ),
        (
            ("{ent}: uncorrected read error at {thing} {big}",),
            ("checksum mismatch in {thing} {big} of {ent}",),
            ("I/O error, device {ent}, {thing} {big}",),
            ("warning: {ent} {thing} {big} corrupt, remapped",),
        ),
    ),
    "guessing": Wording(
        words("account user login identity principal member"),
        (
            ("password for {thing} {who} from {ip} not accepted",),
            ("{thing} {who}: second question asked, client {ip}",),
            ("sign-in of {thing} {who} at {ip} ended without session",),
            ("no match for {thing} {who} src={ip} sport={port}",),
        ),
        (
            ("Failed password for {thing} {who} from {ip} port {port}",),
            ("authentication failure; {thing}={who} rhost={ip}",),
            ("access denied for {thing} '{who}' from {ip}",),
            ("invalid credentials: {thing} {who}, client {ip}",),
        ),
    ),
    "lease": Wording(
        words("addresses leases numbers inodes licences seats ports extents serials"),
        (
            ("{ent}: {value} {thing} left to hand out",),
            ("handing out {thing} from {ent}, remaining {value}",),
            ("{ent} nearly used up, {value} {thing} free",),
            ("free {thing} in {ent}: {value}",),
        ),
        (
            ("warning: only {value} {thing} left in {ent}",),
            ("{ent}: low on {thing}, {value} free, alert sent",),
            ("{thing} of {ent} critically low: {value}",),
        ),
    ),
    "restarts": Wording(
        words("worker process helper child runner engine instance"),
        (
            ("{thing} {ent} ended with status 0", "{thing} {ent} started, generation {small}"),
            ("replacing {thing} {ent}", "{thing} {ent} ready in {ms}"),
            ("{ent}: {thing} stopped on request", "{ent}: {thing} is serving"),
            ("recycling {thing} {ent} at {size}", "{thing} {ent} took over"),
        ),
        (
            ("{thing} {ent} killed: out of memory", "{thing} {ent} started, generation {small}"),
            ("{thing} {ent} exited with error 137", "restarting {thing} {ent}"),
            ("watchdog timeout, {thing} {ent} aborted", "{ent}: {thing} is serving"),
        ),
    ),
    "countdown": Wording(
        words("certificate licence subscription key contract signature token entitlement"),
        (
            ("{thing} {ent} valid for another {value} days",),
            ("{ent}: {thing} ends in {value} days",),
            ("{thing}={ent} days_left={value}",),
            ("{value} days until renewal of {thing} {ent} is due",),
        ),
        (
            ("warning: {thing} {ent} expires in {value} days",),
            ("{ent} {thing} about to be invalid, {value} days left",),
            ("alert: {value} days until {thing} {ent} is expired",),
        ),
    ),
    "precursor": Wording(
        words("compaction election rebalance checkpoint handover resync vacuum flush"),
        (
            ("{thing} of {ent} postponed, {int} pending",),
            ("{ent}: {thing} took {ms}, longer than planned",),
            ("second {thing} requested for {ent}",),
            ("{ent} {thing} chose member {small} again",),
        ),
        (
            ("{thing} of {ent} timed out after {ms}",),
            ("warning: {thing} for {ent} aborted, will retry",),
            ("{ent}: {thing} failed with code {int}",),
        ),
    ),
    "precedent": Wording(
        words("firmware module driver plugin connector adapter controller codec"),
        (
            ("{thing} {ent} fell back to mode {small}",),
            ("{ent}: {thing} reports revision {hex}",),
            ("{thing} on {ent} renegotiated, step {small}",),
            ("{thing} {ent} re-reading its table, {int} rows",),
        ),
        (
            ("{thing} {ent}: unexpected opcode error {hex}",),
            ("{ent} {thing} rejected frame {hex}",),
            ("exception {hex} in {thing} of {ent}",),
        ),
    ),
    "nightly": Wording(
        words("export reconciliation snapshot transfer cleanup reindex digest replication"),
        (
            ("{thing} of {ent} begins", "{thing} of {ent} complete, {big} rows in {ms}"),
            ("{ent}: starting {thing}", "{ent}: {thing} wrote {size}"),
            ("{thing} run {hex} for {ent}", "{thing} run for {ent} closed after {ms}"),
        ),
        (
            ("{thing} of {ent} begins", "{thing} of {ent} done: {big} rows, 0 errors"),
            ("{ent}: starting {thing}", "{ent}: {thing} finished, {small} failed, {big} kept"),
        ),
    ),
    "drift": Wording(
        words("cache route plan index buffer hint filter"),
        (
            ("{thing} for {ent} rebuilt in {ms}",),
            ("using slow path for {thing} {ent}",),
            ("{ent}: {thing} retried, attempt 2",),
            ("{thing} {ent} refilled from origin",),
        ),
        (
            ("retry after timeout on {thing} {ent}",),
            ("{ent}: stale {thing} rejected, fetching again",),
            ("fallback used, {thing} {ent} missing",),
        ),
    ),
    "numeric": Wording(
        words("latency temperature backlog voltage offset usage depth attenuation"),
        (
            ("{thing} of {ent} is {value}",),
            ("{ent} {thing}={value}",),
            ("measured {thing} {value} at {ent}",),
            ("report for {ent}: {thing} {value}, samples {int}",),
        ),
        (
            ("{thing} of {ent} is {value}, errors 0",),
            ("{ent} {thing}={value} warn_at={limit}",),
            ("checked {ent}: {thing} {value}, failures {small}",),
        ),
    ),
}
