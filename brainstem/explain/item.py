"""Items: a finding as a person or a topic receives it, CloudEvents 1.0 JSON (`item.schema.json`).

Takes a finding and the tenant's zone; returns five answers: what is happening, why it matters, how often and where, have we
seen it before, what to check next. What comes from the log passes `redact`. One finding makes one item.
https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
"""

from collections.abc import Sequence
from datetime import UTC, tzinfo
from typing import Final, TypedDict

from brainstem.aggregate.deltas import RAW_BYTES
from brainstem.contracts.decision import Decision
from brainstem.contracts.finding import Contribution, Earlier, EvidenceLine, Finding, family_id, item_id
from brainstem.contracts.ledger_json import rfc3339
from brainstem.evidence.definition import Facts
from brainstem.evidence.feedback import SURFACED
from brainstem.evidence.kinds import ITEM_KINDS, KIND_NAMED, KIND_OF_FACTOR
from brainstem.explain.advice import NO_ADVICE, Advice, check_next
from brainstem.explain.elsewhere import NOTHING_ELSEWHERE, Elsewhere
from brainstem.explain.headline import headline, reasons, why_now, with_times
from brainstem.explain.quote import quote
from brainstem.explain.redaction.redact import MASK, clean, display, hidden_names, line_of
from brainstem.explain.run_out import runs_out_us
from brainstem.explain.sentences import because
from brainstem.parameters import DEFAULT_VERSION
from brainstem.signature.signing import signature_id

ITEM_TYPE: Final = "io.brainstem.item.v3"
EVIDENCE_MOST: Final = 10
NAME_CHARACTERS: Final = 120
ANOTHER_TENANT: Final = "another tenant"
"""what stands in place of the name of another tenant"""
TEMPLATE_CHARACTERS: Final = 600


class ContributionJson(TypedDict):
    """One kind of evidence: decibans and the sentence for it."""

    factor: str
    points: float
    because: str


class SeenBeforeJson(TypedDict):
    """An earlier surfacing of the family, or something like it; `similarity` is 0 to 1."""

    when: str
    tenant: str
    outcome: str
    similarity: float


class EvidenceJson(TypedDict):
    """One record, cleaned for show; source and position are its id."""

    source: str
    position: int
    event_time: str
    host: str
    raw: str


class ItemData(TypedDict):
    """The `data` of an item."""

    tenant: str
    kind: str
    kinds: list[str]
    band: str
    score: float
    prior: float
    contributions: list[ContributionJson]
    signatures: list[str]
    template: str
    hosts: list[str]
    services: list[str]
    entities: list[str]
    count: int
    first_seen: str
    last_seen: str
    what: str
    why: str
    why_now: str
    seen_before: list[SeenBeforeJson]
    check_next: list[str]
    evidence: list[EvidenceJson]
    parameters: str


class Item(TypedDict):
    """An item as published."""

    specversion: str
    id: str
    source: str
    type: str
    subject: str
    time: str
    datacontenttype: str
    data: ItemData


def compose(
    finding: Finding,
    zone: tzinfo,
    advice: Advice = NO_ADVICE,
    parameter_version: str = DEFAULT_VERSION,
    elsewhere: Elsewhere = NOTHING_ELSEWHERE,
) -> Item:
    """Return the item of a finding, with times for people in `zone` and the steps of `advice`.

    `parameter_version` says with which parameters it was judged (`brainstem.parameters.version_of`), `elsewhere` what other
    customers have shared.
    Raises ValueError when the contributions and the prior do not add up to the score.
    """
    if sum(each.points for each in finding.contributions) + finding.prior != finding.score:
        raise ValueError(
            f"contributions and prior do not sum to the score {finding.score} of {family_id(finding.family)}"
        )
    return {
        "specversion": "1.0",
        "id": item_id(finding.tenant, finding.family, finding.tick_us),
        "source": "brainstem",
        "type": ITEM_TYPE,
        "subject": family_id(finding.family),
        "time": rfc3339(finding.tick_us),
        "datacontenttype": "application/json",
        "data": _data(finding, zone, advice, parameter_version, elsewhere),
    }


def kinds_of(finding: Finding) -> list[str]:
    """Return the kinds of a finding; without any key, that of its strongest factor.

    Kinds that say what is going on stand before kinds that only say that something is new, or frequent; within both the
    strongest first.
    """
    points = _points_of_kinds(finding.contributions)
    named = set(finding.kinds) & set(ITEM_KINDS)
    ranked = sorted(named, key=lambda kind: (not KIND_NAMED[kind].says_what_is_going_on, -points.get(kind, 0.0), kind))
    return ranked or [_strongest(points)]


def headline_of(decision: Decision, zone: tzinfo = UTC) -> str:
    """Return what is happening, for a family that was not shown; a decision keeps no hosts and no lines."""
    template = clean(quote(clean(decision.template, TEMPLATE_CHARACTERS), []), TEMPLATE_CHARACTERS)
    service = clean(decision.service, NAME_CHARACTERS)
    points = _points_of_kinds([Contribution(*each) for each in decision.contributions])
    return headline(_strongest(points), decision.facts, template, service, zone=zone)


def headline_with_lines(
    kind: str,
    facts: Facts,
    template: str,
    lines: Sequence[tuple[int, str]],
    service: str,
    hosts: Sequence[str],
    entities: Sequence[str],
    zone: tzinfo,
    ended_us: int = 0,
) -> str:
    """Return the headline of an item with its message as far as `lines` agree on it, and when its number runs out.

    `lines` are pairs of event time in microseconds and text, in order of time; all text is clean to show. Of what counts
    down the latest line is quoted, for its number is what matters.
    """
    quoted = [text for _, text in (lines[-1:] if kind == "countdown" else lines)]
    message = clean(quote(template, quoted), TEMPLATE_CHARACTERS)
    end_us = runs_out_us(lines, facts.get("countdown_milli", 0)) if kind == "countdown" else 0
    return headline(kind, facts, message, service, hosts, entities, zone=zone, runs_out_us=end_us, ended_us=ended_us)


def _points_of_kinds(contributions: Sequence[Contribution]) -> dict[str, float]:
    points: dict[str, float] = {}
    for each in contributions:
        # a factor that is not known is of an older version
        kind = KIND_OF_FACTOR.get(each.factor)
        if kind and kind.makes_items:
            points[kind.name] = points.get(kind.name, 0.0) + each.points
    return points


def _strongest(points: dict[str, float]) -> str:
    return min(points, key=lambda kind: (-points[kind], kind), default="recurrence")


def _data(finding: Finding, zone: tzinfo, advice: Advice, parameter_version: str, elsewhere: Elsewhere) -> ItemData:
    kinds = kinds_of(finding)
    template = clean(finding.template, TEMPLATE_CHARACTERS)
    chosen = choose_evidence(finding.evidence)
    evidence = [_evidence(line) for line in chosen]
    shown = [(line.event_time_us, line_shown["raw"]) for line, line_shown in zip(chosen, evidence, strict=True)]
    hidden = hidden_names(finding.entities, [finding.template, *(line_of(line.raw, RAW_BYTES) for line in chosen)])
    entities = [MASK if name in hidden else clean(name, NAME_CHARACTERS) for name in finding.entities]
    hosts, service = _names(finding.hosts), clean(finding.service, NAME_CHARACTERS)
    points = [(each.factor, each.points) for each in finding.contributions]
    what = headline_with_lines(kinds[0], finding.facts, template, shown, service, hosts, entities, zone)
    return {
        "tenant": clean(finding.tenant, NAME_CHARACTERS),
        "kind": kinds[0],
        "kinds": kinds,
        "band": finding.band,
        "score": finding.score,
        "prior": finding.prior,
        "contributions": [
            {"factor": each.factor, "points": each.points, "because": because(each.factor, finding.facts, zone)}
            for each in finding.contributions
        ],
        "signatures": [signature_id(signature) for signature in finding.signatures],
        "template": template,
        "hosts": hosts,
        "services": [service] if service else [],
        "entities": entities,
        "count": finding.facts["count"],
        "first_seen": rfc3339(finding.facts["first_time"]),
        "last_seen": rfc3339(finding.facts["last_time"]),
        "what": with_times(what, finding.facts, zone),
        "why": reasons(kinds[0], points, finding.facts, zone),
        "why_now": why_now(finding),
        "seen_before": [
            {
                "when": rfc3339(each.when_us),
                "tenant": clean(each.tenant, NAME_CHARACTERS) if each.tenant else ANOTHER_TENANT,
                "outcome": clean(each.outcome, TEMPLATE_CHARACTERS),
                "similarity": each.similarity_permille / 1000,
            }
            for each in _earlier(finding, elsewhere)
        ],
        "check_next": list(check_next(advice, kinds[0], service, template, hosts, entities)),
        "evidence": evidence,
        "parameters": parameter_version,
    }


def choose_evidence(lines: Sequence[EvidenceLine], most: int = EVIDENCE_MOST) -> list[EvidenceLine]:
    """Return at most `most` lines in order of time: the first, the last and others spread evenly between them."""
    ordered = sorted(set(lines), key=lambda line: (line.event_time_us, line.source, line.position))
    if len(ordered) <= most:
        return ordered
    return [ordered[index * (len(ordered) - 1) // (most - 1)] for index in range(most)]


def _earlier(finding: Finding, elsewhere: Elsewhere) -> list[Earlier]:
    """Return what came before, oldest first: incidents, earlier items of the family with what became of them, and what
    others have shared of the same shape.
    """
    told = {(each.when_us, each.tenant) for each in finding.earlier}
    items = [Earlier(when_us, finding.tenant, SURFACED, 1000) for when_us in finding.surfaced_before_us]
    items = [each for each in items if (each.when_us, each.tenant) not in told]
    shared = elsewhere.earlier(finding.tenant, finding.template)
    return sorted([*finding.earlier, *items, *shared], key=lambda each: each.when_us)


def _evidence(line: EvidenceLine) -> EvidenceJson:
    return {
        "source": clean(line.source, TEMPLATE_CHARACTERS),
        "position": line.position,
        "event_time": rfc3339(line.event_time_us),
        "host": clean(line.host, NAME_CHARACTERS),
        "raw": display(line.raw, cut_bytes=RAW_BYTES),
    }


def _names(names: Sequence[str]) -> list[str]:
    return [clean(name, NAME_CHARACTERS) for name in names]
