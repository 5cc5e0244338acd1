"""Write the generated parts of the documentation, or check that they are current.

    python docs/generate.py                    write them
    python docs/generate.py --check            name those that are not current, and end with 1
    python docs/generate.py --samples FOLDER   also put real samples into README.md, from the folder of a finished demo

A generated part stands between `<!-- generated: NAME -->` and `<!-- end -->`; a sample between `<!-- sample: NAME -->`
and `<!-- end -->`. Samples need a run, so `--check` leaves them alone.
"""

import argparse
import ast
import importlib
import json
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson
import pyarrow as pa
from typer.testing import CliRunner

from brainstem.aggregate.kernels import BUCKETS
from brainstem.attention import bands
from brainstem.attention.daily_budget import ITEMS_A_DAY
from brainstem.attention.weigh import weigh
from brainstem.contracts.decision import DECISION_SCHEMA
from brainstem.contracts.event import EVIDENCE_SCHEMA
from brainstem.contracts.features import FEATURES_DTYPE
from brainstem.contracts.finding import ITEM_VERSION
from brainstem.contracts.ledger import LEDGER_VERSION
from brainstem.contracts.points import POINT_QUANTUM, PRIOR_DECIBANS
from brainstem.contracts.reject import REJECT_SCHEMA, RejectReason
from brainstem.contracts.slots import SLOT_SECONDS
from brainstem.evidence.definition import EvidenceKind, Facts
from brainstem.evidence.kinds import FACTOR_NAMED, FACTORS, ITEM_KINDS, KIND_NAMED, KINDS
from brainstem.explain.item import ITEM_TYPE
from brainstem.explain.redaction.markdown import code
from brainstem.explain.redaction.redact import RULES
from brainstem.parameters import Parameter
from brainstem.parse import field_names
from brainstem.parse.formats.definition import Format
from brainstem.parse.formats.registry import FORMATS
from brainstem.text.phrases import counted, duration
from flows.cli.commands import COMMANDS
from flows.cli.program import app
from flows.config.parameters import parameters
from flows.config.settings import PARTITIONS
from flows.process.metrics import COUNTER_END, METRICS
from flows.sinks.folder_sinks import EVIDENCE_PARTS
from state.discovery.tenant_shard import SHARDS

DOCS: Final = Path(__file__).resolve().parent
ROOT: Final = DOCS.parent
ROOTS: Final = ("brainstem", "state", "connectors", "flows")
"""packages of the product"""
SAMPLE_CHARACTERS: Final = 110
"""of a line in the table of formats"""
WIDTH: Final = 78
"""of help where standard output is no terminal"""
README: Final = ROOT / "README.md"
PROGRAM: Final = Path(sys.executable).with_name("brainstem")
SAMPLES: Final = 2
"""items shown in README.md"""
SHARED: Final = ("shared", "history.rates", "history.timing")
"""tables of parameters that several kinds of evidence rest on"""
ITEM_SCHEMA: Final = ROOT / "brainstem" / "contracts" / "item.schema.json"

STATUS_SCHEMA: Final = ROOT / "flows" / "process" / "status.schema.json"

ARROW_CONTRACTS: Final[dict[str, tuple[pa.Schema, str]]] = {
    "evidence": (EVIDENCE_SCHEMA, "brainstem/contracts/event.py"),
    "reject": (REJECT_SCHEMA, "brainstem/contracts/reject.py"),
    "decision": (DECISION_SCHEMA, "brainstem/contracts/decision.py"),
}

COLUMNS_IN_MEMORY: Final = {
    "envelope": ("Envelopes", "brainstem/contracts/envelope.py"),
    "event": ("ParsedBatch", "brainstem/parse/parser.py"),
}
"""contracts that pass between stages in memory and are never stored: a dataclass of columns, and its file"""


def command_line() -> str:
    """Return the help of the program and of each command."""
    parts = []
    for command in ((), *((each,) for each in COMMANDS)):
        # in this process, which has loaded what a process for each command would load again
        helped = CliRunner().invoke(app, [*command, "--help"], prog_name="brainstem", terminal_width=WIDTH)
        name = " ".join(("brainstem", *command))
        parts.append(f"## {name}\n\n```text\n{helped.stdout.strip()}\n```")
    return "\n\n".join(parts)


def table(header: str, rows: list[tuple[object, ...]]) -> str:
    """Return a Markdown table; `header` names the columns, parted by bars."""
    columns = [each.strip() for each in header.split("|")]
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    lines += ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def band_table() -> str:
    """Return the bands with what each decides."""
    rows: list[tuple[object, ...]] = [
        (
            each.title,
            f"{each.from_decibans:g}" if each.from_decibans > float("-inf") else "anything less",
            each.evidence_days,
            each.rollup_days,
            each.compute,
            "yes" if each.records_moves else "no",
            "yes" if each.surfaces else "no",
        )
        for each in bands.BEHAVIOURS
    ]
    return table(
        "band | from, decibans | raw evidence, days | counts, days | what is worked out | moves recorded | shown", rows
    )


def rule_table() -> str:
    """Return the numbers of the rules round promotion."""
    rows: list[tuple[object, ...]] = [
        ("prior of every family", f"{PRIOR_DECIBANS:g} decibans"),
        ("a kind of evidence is a key from", f"{bands.KEY_DECIBANS:g} decibans"),
        (
            "promotion is left when the score stays below",
            f"{bands.LEAVE_PROMOTE_DECIBANS:g} decibans for {bands.LEAVE_PROMOTE_HOURS} hours",
        ),
        ("a promoted family with new events surfaces again after", f"{bands.SURFACE_AGAIN_DAYS} days"),
        (
            "or sooner, after",
            f"{bands.SURFACE_SOONER_HOURS} hours, with {bands.SURFACE_SOONER_DECIBANS:g} decibans more or a new kind of"
            " evidence",
        ),
        ("items of a tenant and UTC day, at most", ITEMS_A_DAY),
        ("a move of the score is recorded from", f"{bands.MOVE_DECIBANS:g} decibans"),
    ]
    return table("rule | value", rows)


def kind_table() -> str:
    """Return the kinds of evidence with their factors, and what each may do for promotion."""
    rows: list[tuple[object, ...]] = [
        (
            f"[{kind.name}](#{kind.name})",
            ", ".join(factor.name for factor in kind.factors),
            _promotes(kind),
            "yes" if kind.makes_items else "no",
        )
        for kind in KINDS
    ]
    return table("kind | factors | promotes | makes items", rows)


def _promotes(kind: EvidenceKind) -> str:
    if not kind.is_key:
        return "weighs only"
    return "alone" if kind.stands_alone else "with another kind"


def score_example() -> str:
    """Return how the score of one family adds up."""
    facts = {**KIND_NAMED["novelty"].example, "cue": 1}
    points = _weighed(facts)
    rows: list[tuple[object, ...]] = [("prior", f"{PRIOR_DECIBANS:g}", "1 in 100 active families deserves eyes")]
    rows += [(name, f"{points[name]:+g}", FACTOR_NAMED[name].because(facts)) for name in FACTORS if points[name]]
    total = PRIOR_DECIBANS + sum(points.values())
    return table("part | points | in words", [*rows, ("score", f"{total:g}", "")])


def kind_list() -> str:
    """Return each kind of evidence: what it means, an example weighed by the code, its formula and its parameters."""
    return "\n\n".join(_kind(kind) for kind in KINDS)


def _kind(kind: EvidenceKind) -> str:
    points = _weighed(kind.example)
    lines = [f"### {kind.name}", "", _wrapped(kind.meaning)]
    for factor in kind.factors:
        said = f"Example: \u201c{factor.because(kind.example)}\u201d: **{points[factor.name]:+g}** ({factor.name})."
        lines += ["", _wrapped(said)]
    for factor in kind.factors:
        lines += ["", _wrapped(f"`{factor.name}` = {factor.formula}")]
    if kind.parameters:
        lines += ["", parameter_table(kind.parameters)]
    return "\n".join(lines)


def _wrapped(text: str) -> str:
    return textwrap.fill(text, 120, break_long_words=False, break_on_hyphens=False)


def _weighed(facts: Facts) -> dict[str, float]:
    """Return the points of each factor in decibans."""
    feature_rows = np.zeros(1, FEATURES_DTYPE)
    for name, value in facts.items():
        feature_rows[name] = value
    return dict(zip(FACTORS, (weigh(feature_rows)[0] / POINT_QUANTUM).tolist(), strict=True))


def parameter_table(chosen: Sequence[Parameter]) -> str:
    """Return parameters with value, unit and meaning, as `brainstem config` prints them."""
    rows: list[tuple[object, ...]] = [(f"`{each.key}`", _value(each.value), each.unit, each.meaning) for each in chosen]
    return table("parameter | value | unit | meaning", rows)


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(_value, value))
    return f"{value:g}" if isinstance(value, float) else f"{value:,}"


def shared_parameters() -> str:
    """Return the parameters that several kinds of evidence rest on."""
    everything = parameters()
    return parameter_table([each for each in everything if each.section in SHARED])


def feature_table() -> str:
    """Return the columns of features with the comments beside them."""
    text = (ROOT / "brainstem" / "contracts" / "features.py").read_text(encoding="utf-8")
    noted = dict(re.findall(r'^ +\("(\w+)", "\w+"\),(?:  # (.*))?$', text, re.MULTILINE))
    rows: list[tuple[object, ...]] = [(f"`{name}`", noted[name]) for name in FEATURES_DTYPE.names or ()]
    return table("column | what it holds", rows)


def arrow_contract(name: str) -> Callable[[], str]:
    """Return the writer of one contract's columns."""

    def columns() -> str:
        schema, place = ARROW_CONTRACTS[name]
        metadata = schema.metadata or {}
        rows: list[tuple[object, ...]] = [
            (f"`{field.name}`", _type_name(field.type), "may be null" if field.nullable else "") for field in schema
        ]
        contract, version = metadata[b"contract"].decode(), metadata[b"version"].decode()
        return f"`{contract}`, version {version}, in `{place}`.\n\n" + table("column | type | null", rows)

    return columns


def columns_in_memory(name: str) -> Callable[[], str]:
    """Return the writer of the columns of one dataclass, each with the sentence below it."""

    def columns() -> str:
        kind, place = COLUMNS_IN_MEMORY[name]
        tree = ast.parse((ROOT / place).read_text(encoding="utf-8"))
        (found,) = (node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == kind)
        rows: list[tuple[object, ...]] = []
        for node in found.body:
            if isinstance(node, ast.AnnAssign):
                rows.append((f"`{ast.unparse(node.target)}`", f"`{ast.unparse(node.annotation)}`", ""))
            elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and rows:
                rows[-1] = (*rows[-1][:2], " ".join(str(node.value.value).split()))
        about = " ".join((ast.get_docstring(found) or "").split())
        return f"`{kind}` in `{place}`. {about}\n\n" + table("column | type | what it holds", rows)

    return columns


def _type_name(kind: Any) -> str:
    """Return an Arrow type in words; a long list of fields by its length."""
    if pa.types.is_dictionary(kind):
        return "text (dictionary)"
    if pa.types.is_struct(kind):
        return f"struct of {kind.num_fields} integers, the columns of features"
    if pa.types.is_list(kind):
        fields = ", ".join(f"{field.name}: {_type_name(field.type)}" for field in kind.value_type)
        return f"list of {{{fields}}}"
    if pa.types.is_string(kind):
        return "text"
    return "timestamp, microseconds, UTC" if pa.types.is_timestamp(kind) else str(kind)


def json_contracts() -> str:
    """Return the JSON contracts with their versions and schemas."""
    return table(
        "contract | version | schema",
        [
            ("item", f"{ITEM_VERSION} (`{ITEM_TYPE}`)", "[item.schema.json](../brainstem/contracts/item.schema.json)"),
            ("ledger", LEDGER_VERSION, "[ledger.schema.json](../brainstem/contracts/ledger.schema.json)"),
        ],
    )


def status_keys() -> str:
    """Return the keys of the status of a live run as JSON, with type and meaning, from its schema."""
    schema = json.loads(STATUS_SCHEMA.read_text(encoding="utf-8"))
    return table("key | type | what it holds", list(_keys(schema, "")))


def _keys(schema: dict[str, Any], path: str) -> Iterator[tuple[object, ...]]:
    for name, value in schema["properties"].items():
        key = f"{path}{name}"
        kind = value.get("type", "")
        kinds = kind if isinstance(kind, list) else [kind]
        inner, suffix = value, "."
        if "array" in kinds:
            inner, suffix = value["items"], "[]."
        elif isinstance(value.get("additionalProperties"), dict):
            inner, suffix = value["additionalProperties"], ".NAME."
        shown = "records and bytes" if "$ref" in value else "text" if "enum" in value else " or ".join(kinds)
        if suffix == ".NAME." and "properties" not in inner:
            shown = f"object: {'records and bytes' if '$ref' in inner else inner['type']} by name"
        elif suffix == "[].":
            shown = f"array of {inner['type']}"
        yield f"`{key}`", shown.replace("string", "text"), value["description"]
        if "properties" in inner:
            yield from _keys(inner, f"{key}{suffix}")


def metric_table() -> str:
    """Return the metrics of a live run with their labels."""
    rows: list[tuple[object, ...]] = [
        (
            f"`{each.name}`",
            "counter" if each.name.endswith(COUNTER_END) else "gauge",
            ", ".join(each.labels),
            each.meaning,
        )
        for each in METRICS
    ]
    return table("metric | type | labels | what it holds", rows)


def reject_reasons() -> str:
    """Return the closed list of reasons, with the sentence below each."""
    tree = ast.parse((ROOT / "brainstem" / "contracts" / "reject.py").read_text(encoding="utf-8"))
    (reasons,) = (node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == RejectReason.__name__)
    told: dict[str, str] = {}
    last = ""
    for node in reasons.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            last = node.targets[0].id
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and last:
            told[last] = " ".join(str(node.value.value).split())
    rows = [(f"`{each.name.lower()}`", told[each.name]) for each in RejectReason if each is not RejectReason.ACCEPTED]
    return table("reason | when", [*rows])


def format_table() -> str:
    """Return the formats of records in the order of their numbers, each with a line and what is read from it."""
    rows: list[tuple[object, ...]] = []
    for entry in FORMATS:
        sample = entry.samples[0]
        read = {"time": sample.time, "host": sample.host, "service": sample.service}
        fields = [f"{name} `{value}`" for name, value in read.items() if value]
        fields += [f"severity {sample.severity}"] if sample.severity else []
        line = sample.line.decode("utf-8", "backslashreplace")
        shown = line if len(line) <= SAMPLE_CHARACTERS else f"{line[: SAMPLE_CHARACTERS - 1]}…"
        rows.append((f"`{entry.name}`", _linked(entry), code(shown), ", ".join(fields) or "the text"))
    return table("name | what | a line | what is read from it, beside the message", rows)


def _linked(entry: Format) -> str:
    first = entry.specification.split()[0].rstrip(";,")
    return f"[{entry.title}]({first})" if first.startswith("https://") else entry.title


def field_table() -> str:
    """Return the names of fields in records of keys and values by what they hold, the best one first."""
    rows: list[tuple[object, ...]] = [
        (
            name.removesuffix("_FIELDS").replace("_", " ").lower(),
            ", ".join(f"`{field}`" for field in getattr(field_names, name)),
        )
        for name in vars(field_names)
        if name.endswith("_FIELDS")
    ]
    return table("field | keys", rows)


def redaction_table() -> str:
    """Return what is masked, each with an example before and after."""
    rows: list[tuple[object, ...]] = []
    for rule in RULES:
        before, after = rule.samples[0]
        rows.append((rule.name, code(before), code(after)))
    return table("what | a line | what is shown of it", rows)


def history_table() -> str:
    """Return how much history kinds of evidence need, from their parameters."""
    known = {each.key: each for each in parameters()}
    rows: list[tuple[object, ...]] = []
    for kind, wants in HISTORY.items():
        if kind not in KIND_NAMED:
            raise ValueError(f"there is no kind {kind}")
        said = "; ".join(_with_values(text, known) for text in wants)
        rows.append((f"[{kind}](attention.md#{kind})", said))
    return table("kind | what it needs before it can speak", rows)


def _with_values(text: str, known: dict[str, Parameter]) -> str:
    """Return a text with the parameters that it names in braces as numbers with units of people."""

    def value(match: re.Match[str]) -> str:
        chosen = known[match[1]]
        number = min(chosen.value) if isinstance(chosen.value, tuple) else chosen.value
        seconds = {"slots of ten minutes": SLOT_SECONDS, "minutes": 60, "hours": 3600, "days": 86_400}.get(chosen.unit)
        if seconds is None:
            return f"{number:g}"
        return counted(int(number), "day") if chosen.unit == "days" else duration(int(number * seconds))

    return re.sub(r"\{([a-z0-9_.]+)\}", value, text)


HISTORY: Final[dict[str, tuple[str, ...]]] = {
    "novelty": (
        "the first {shared.learning_slots} of a tenant only teach what is usual there",
        "the longer the silence before, up to {novelty.silence_days}, the stronger",
    ),
    "recurrence": (
        "events on {recurrence.from_days} of a family",
        "or {recurrence.brisk_episodes} episodes over {recurrence.brisk_hours} of one day",
    ),
    "burst": ("two days to hold the last day against, and {history.rates.long_rise_windows} for the last three days",),
    "acceleration": (
        "{history.rates.trend_episodes} episodes in 14 days, and {history.rates.trend_windows} lived through",
        "of a rise that lasts, {history.rates.sustained_least} of it and {history.rates.sustained_past} before",
        "of growth day by day, {history.timing.growth_days}",
    ),
    "spread": (
        "the first {shared.learning_slots} of a tenant do not count, and it weighs in full {spread.window_slots} later",
    ),
    "self_heal": (
        "{self_heal.cycles_least} outages of the same thing that ended by themselves",
        "of messages that are paired by their times alone, {self_heal.by_timing.meetings_least} meetings",
    ),
    "silence": (
        "{silence.schedule.runs_least} runs of a job, followed for {silence.schedule.known_minutes}",
        "it is told {silence.overdue.wait_least} to {silence.overdue.wait_most} after the run was due",
    ),
    "countdown": ("a number that fell for {countdown.least_slots}; one a day for {countdown.clock_slots}",),
    "numeric_drift": (
        "{numeric_drift.former_least} values of its former range, from {numeric_drift.base_windows_least} days",
        "and {numeric_drift.drift_days_least} the same way",
    ),
    "precursor": ("{precursor.hits_least} incidents of a sort that were filed, each with the message before it",),
    "precedent": ("an incident that was filed, here or at another tenant, with something new before it",),
}
"""what each kind needs; a name in braces is a parameter"""


def graph_numbers() -> str:
    """Return the fixed numbers of the graph."""
    return table(
        "number | value | where",
        [
            ("partitions of the input", PARTITIONS, "`flows/config/settings.py`"),
            ("buckets: keys of the attention step", BUCKETS, "`brainstem/aggregate/kernels.py`"),
            ("tenant shards: keys of the discovery step", SHARDS, "`state/discovery/tenant_shard.py`"),
            ("writers of each Parquet store", EVIDENCE_PARTS, "`flows/sinks/folder_sinks.py`"),
            ("slot of event time, seconds", SLOT_SECONDS, "`brainstem/contracts/slots.py`"),
        ],
    )


NAMES_MOST: Final = 14
"""names that the page lists of one module"""

LOOKED_FOR: Final = (
    ("cutting a file or stream into records", "brainstem.parse.boundaries.framing"),
    ("where one JSON object ends", "brainstem.parse.boundaries.json_object"),
    (
        "a list of records wrapped in one JSON object: the hash of its key, its members",
        "brainstem.parse.boundaries.json_list",
    ),
    ("lines that belong to the record above", "brainstem.parse.boundaries.stack_trace"),
    ("whether a line *begins* with a stamp, while records are cut", "brainstem.parse.boundaries.line_stamp"),
    ("*reading* the stamp of a record: dates in numbers and words, zones", "brainstem.parse.scan.timestamp"),
    ("stamps of one vendor's own form", "brainstem.parse.scan.vendor_stamps"),
    ("years, zones and order of times that a record does not print", "brainstem.parse.event_time"),
    ("bytes that are replaced before parsing (containers, journal, list elements)", "brainstem.parse.record_text"),
    ("records decoded one by one in Python", "brainstem.parse.documents"),
    ("JSON records of a batch read together, and when they are not", "brainstem.parse.plain_objects"),
    (
        "the columns of a batch: offsets of message, host, service, time, and those of decoded records laid over them",
        "brainstem.parse.parser",
    ),
    ("which field is the time, the host, the message", "brainstem.parse.field_names"),
    ("pairs `key=value`: finding them", "brainstem.parse.scan.key_value"),
    ("the severity of a record: which reader is asked", "brainstem.parse.scan.severity.severities"),
    ("the hash and meaning of a listed word", "brainstem.signature.tokenizer.word_table"),
    ("what stands behind a word such as `user`: is it a name?", "brainstem.signature.tokenizer.words"),
    ("a name kept as an entity", "brainstem.signature.tokenizer.entities"),
    ("adding up one batch of events", "brainstem.aggregate.kernels"),
    ("one kind of evidence: weight, parameters, sentences", "brainstem.evidence"),
    ("the formula of a rate, a regularity, a surprise that kinds share", "brainstem.evidence.statistics"),
    (
        "pairs of messages learned from their times (how often one follows another)",
        "brainstem.evidence.self_heal.by_timing",
    ),
    (
        "another message in a job's place: the hypergeometric tail over its last runs",
        "brainstem.evidence.silence.substitutes",
    ),
    ("whether the words of that message are another ending of the job", "brainstem.discovery.job_endings"),
    ("weight and words of a job that ends otherwise", "brainstem.evidence.silence.changed_outcome"),
    ("adding up the points of all kinds", "brainstem.attention.weigh"),
    ("the best score that features can reach", "brainstem.attention.bounds"),
    ("the bucket's choice of what it reports, by that bound", "state.attention.reported_features"),
    ("a family's band from tick to tick: promotion, decay, last rise", "brainstem.attention.state"),
    ("columns that only the whole tenant knows, of families", "brainstem.discovery.family_columns"),
    ("the same of members, hosts and entities", "brainstem.discovery.enrichment"),
    ("the same of notices: silence, numbers, outcomes", "brainstem.discovery.notice_columns"),
    ("finding numbers that run down or drift, in a bucket", "brainstem.evidence.numbers.number_notices"),
    ("which rows of lines and hosts may be shown, before text is decoded", "state.attention.snippet_rows"),
    ("the decoded text of what is shown", "brainstem.discovery.snippet_texts"),
    ("the order of work of a tenant's step", "brainstem.discovery.tenant"),
    ("sealing slots in a bucket, its snapshot and its report", "state.attention.bucket"),
    ("the check sum of a snapshot, and one that is damaged", "flows.graph.checked_snapshots"),
    ("past incidents looked up for a feature", "brainstem.discovery.incident_memory"),
    ("joining stored files to fewer", "state.store.compaction"),
    ("removing raw lines that are old enough", "state.store.forgetting"),
    ("what stays of lines that were removed: counts, and where they stood", "state.store.forgotten_counts"),
    ("stored rows read again by the engine, to replay them", "flows.sources.stored_records"),
    ("polars queries over what a run has stored, such as records by source and tenant", "flows.reports.recorded"),
    ("how sources did in a period: silences, records without a time", "flows.reports.source_health"),
    ("what became of an item after it was shown, from the event store", "flows.reports.courses"),
    ("statements of people that were refused, and why", "flows.reports.refused_statements"),
    ("one question over several runs: which rows of which run count", "flows.recall.runs"),
    ("an answer to `recall` or `queue` as table, lines or JSON", "flows.recall.output"),
    ("ranking of a queue, and what each entry waits for", "brainstem.explain.answers.waiting"),
    ("sinks of a live run: topics, and the stores beside them", "flows.sinks.topic_sinks"),
    ("the life of a live run: prepare, run, stop, finish", "flows.runs.live"),
    ("reading a spool as partitions: its partitions and offsets", "connectors.spool.reader"),
    ("appending to a spool and syncing it", "connectors.spool.writer"),
    ("what becomes of a followed file: begun, cut, sought, given up", "connectors.tail.lifecycle"),
)
"""what people look for in the wrong place, and the module where it stands"""


def module_list() -> str:
    """Return the packages of the product in the order of imports, with their modules and the first sentence of each."""
    return "\n\n".join(_package_table(package) for root in ROOTS for package in _packages(root))


def _packages(package: str) -> Iterator[str]:
    """Return a package and those inside it, in the order in which they list their modules."""
    yield package
    for name in importlib.import_module(package).MODULES:
        if (ROOT / package.replace(".", "/") / name).is_dir():
            yield from _packages(f"{package}.{name}")


def _package_table(package: str) -> str:
    loaded = importlib.import_module(package)
    rows: list[tuple[object, ...]] = []
    for name in loaded.MODULES:
        is_package = (ROOT / package.replace(".", "/") / name).is_dir()
        sentence, defined = _told_by(f"{package}.{name}")
        rows.append((f"`{name}/`" if is_package else f"`{name}`", sentence, defined))
    about = " ".join((loaded.__doc__ or "").split())
    return f"### {package}\n\n{about}\n\n" + table("module | what it says of itself | defines", rows)


def _told_by(module: str) -> tuple[str, str]:
    """Return the first sentence of the docstring of a module or package, and the first public names that it defines."""
    path = ROOT / module.replace(".", "/")
    tree = ast.parse((path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text(encoding="utf-8"))
    sentence = " ".join(re.split(r"(?<=\.)\s", ast.get_docstring(tree) or "", maxsplit=1)[0].split())
    names = [
        node.name for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name[0] != "_"
    ]
    more = ", ..." if len(names) > NAMES_MOST else ""
    return sentence, ", ".join(f"`{name}`" for name in names[:NAMES_MOST]) + more


def where_table() -> str:
    """Return where to look for what, for modules that are easily taken for each other; one that is gone is an error."""
    rows: list[tuple[object, ...]] = []
    for looked_for, module in LOOKED_FOR:
        path = f"{module.replace('.', '/')}.py"
        if not (ROOT / path).exists():
            path = path.removesuffix(".py") + "/"
        rows.append((looked_for, f"`{path}`", _told_by(module)[0]))
    return table("what you look for | where | what it says of itself", rows)


EXAMPLES: Final = ("kind", "format", "connector", "command")
"""the diffs of docs/contributing/"""


def example(name: str) -> Callable[[], str]:
    """Return the writer of one example of docs/contributing.md."""
    return lambda: f"```diff\n{(DOCS / 'contributing' / f'{name}.diff').read_text(encoding='utf-8').rstrip()}\n```"


def example_files() -> str:
    """Return how many files each example touches."""
    rows: list[tuple[object, ...]] = []
    for name in EXAMPLES:
        text = (DOCS / "contributing" / f"{name}.diff").read_text(encoding="utf-8")
        touched = re.findall(r"^\+\+\+ b/(.+)$", text, re.MULTILINE)
        product = [f"`{path}`" for path in touched if not path.startswith("tests/")]
        tests = [f"`{path}`" for path in touched if path.startswith("tests/")]
        rows.append((name, len(product), ", ".join(product), ", ".join(tests)))
    return table("example | files of the product | which | of the tests", rows)


GENERATED: Final[dict[str, dict[str, Callable[[], str]]]] = {
    "cli.md": {"help": command_line},
    "attention.md": {
        "score": score_example,
        "bands": band_table,
        "rules": rule_table,
        "kinds": kind_table,
        "each kind": kind_list,
        "shared": shared_parameters,
        "features": feature_table,
    },
    "contracts.md": {
        **{name: arrow_contract(name) for name in ARROW_CONTRACTS},
        **{name: columns_in_memory(name) for name in COLUMNS_IN_MEMORY},
        "json": json_contracts,
        "reasons": reject_reasons,
    },
    "contributing.md": {"files": example_files, **{name: example(name) for name in EXAMPLES}},
    "formats.md": {"formats": format_table, "fields": field_table},
    "status.md": {"metrics": metric_table, "status": status_keys},
    "daily.md": {"history": history_table, "redaction": redaction_table},
    "architecture.md": {"numbers": graph_numbers, "where": where_table, "modules": module_list},
}


def replace_part(text: str, mark: str, part: str) -> str:
    """Put a part between its mark and the next end mark. Raises `ValueError` when the mark stands nowhere or twice."""
    pattern = re.compile(rf"(<!-- {re.escape(mark)} -->\n).*?(<!-- end -->)", re.DOTALL)
    replaced, count = pattern.subn(lambda match: f"{match[1]}\n{part}\n\n{match[2]}", text)
    if count != 1:
        raise ValueError(f"<!-- {mark} --> stands {count} times, and must stand once")
    return replaced


def current(name: str) -> str:
    """Return a page with its generated parts as they must be now."""
    text = (DOCS / name).read_text(encoding="utf-8")
    for part, write in GENERATED[name].items():
        text = replace_part(text, f"generated: {part}", write())
    return text


def item_schema() -> str:
    """Return the schema of items with the kinds that there are now."""
    schema = json.loads(ITEM_SCHEMA.read_text(encoding="utf-8"))
    about = schema["properties"]["data"]["properties"]
    about["kind"]["enum"] = about["kinds"]["items"]["enum"] = list(ITEM_KINDS)
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def take_samples(demo: Path) -> None:
    """Put items of two planted troubles that are in the digest, and the explanation of the first, into README.md."""
    run = demo / "run"
    digest = (run / "digest.md").read_text(encoding="utf-8").replace(str(run), "var/demo/run")
    items = [orjson.loads(line) for line in (run / "items.jsonl").read_bytes().splitlines()]
    truth = json.loads((demo / "input" / "truth.json").read_bytes())
    blocks, names = [], []
    for trouble in truth["troubles"]:
        planted = {(place["file"], place["position"]) for place in trouble["planted"]}
        for item in items:
            # a digest shows a family once, and its block ends with the family's name
            block = re.search(rf"^### \d+\. (?:(?!^###).)*{item['subject']}[^\n]*", digest, re.MULTILINE | re.DOTALL)
            if block and _is_about(item, planted):
                blocks.append("\n".join(f"> {line}".rstrip() for line in block[0].splitlines()))
                names.append(item["subject"])
                break
    if not names:
        raise ValueError(f"{demo}: the digest shows no planted trouble")
    command = [PROGRAM, "explain", names[0], "--out", run]
    told = subprocess.run(command, capture_output=True, check=True, text=True).stdout  # noqa: S603 - our own program
    text = replace_part(README.read_text(encoding="utf-8"), "sample: items", "\n>\n".join(blocks[:SAMPLES]))
    text = replace_part(text, "sample: explain", f"```text\n{told.strip()}\n```")
    README.write_text(text, encoding="utf-8")


def _is_about(item: dict[str, Any], planted: set[tuple[str, int]]) -> bool:
    """Return whether most evidence lines of an item are planted ones; a source ends in the path below the input."""
    lines = [(each["source"].partition("/input/")[2], each["position"]) in planted for each in item["data"]["evidence"]]
    return 2 * sum(lines) > len(lines)


def main() -> None:
    """Write or check."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing; end with 1 when a part is not current")
    parser.add_argument("--samples", type=Path, metavar="FOLDER", help="the folder of a finished demo")
    arguments = parser.parse_args()
    wanted = {DOCS / name: current(name) for name in GENERATED} | {ITEM_SCHEMA: item_schema()}
    stale = {path: text for path, text in wanted.items() if text != path.read_text(encoding="utf-8")}
    if arguments.check:
        told = (f"{path.relative_to(ROOT)} is not current: run `make docs`\n" for path in stale)
        sys.exit("".join(told).strip() or 0)
    for path, text in stale.items():
        path.write_text(text, encoding="utf-8")
    if arguments.samples:
        take_samples(arguments.samples)


if __name__ == "__main__":
    main()
