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
import inspect
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import orjson
import pyarrow as pa

from brainstem.aggregate.kernels import BUCKETS
from brainstem.attention import bands, weigh
from brainstem.attention.daily_budget import ITEMS_A_DAY
from brainstem.contracts import features
from brainstem.contracts.decision import DECISION_SCHEMA
from brainstem.contracts.envelope import ENVELOPE_SCHEMA
from brainstem.contracts.event import EVENT_SCHEMA, EVIDENCE_SCHEMA
from brainstem.contracts.finding import ITEM_VERSION
from brainstem.contracts.ledger import LEDGER_VERSION
from brainstem.contracts.points import PRIOR_DECIBANS
from brainstem.contracts.reject import REJECT_SCHEMA, RejectReason
from brainstem.contracts.slots import SLOT_SECONDS
from brainstem.evidence import factors, statistics
from brainstem.explain.item import ITEM_TYPE
from flows.config.settings import PARTITIONS
from flows.sinks.folder_sinks import EVIDENCE_PARTS
from state.discovery.tenant_shard import SHARDS

DOCS: Final = Path(__file__).resolve().parent
ROOT: Final = DOCS.parent
README: Final = ROOT / "README.md"
PROGRAM: Final = Path(sys.executable).with_name("brainstem")
SAMPLES: Final = 2
"""items shown in README.md"""
WEIGHING: Final = (statistics, weigh)
"""modules whose functions and constants weigh a reading"""
COMMANDS: Final = ("demo", "replay", "run", "status", "digest", "explain", "feedback", "config", "audit")

ARROW_CONTRACTS: Final[dict[str, tuple[pa.Schema, str]]] = {
    "envelope": (ENVELOPE_SCHEMA, "brainstem/contracts/envelope.py"),
    "event": (EVENT_SCHEMA, "brainstem/contracts/event.py"),
    "evidence": (EVIDENCE_SCHEMA, "brainstem/contracts/event.py"),
    "reject": (REJECT_SCHEMA, "brainstem/contracts/reject.py"),
    "decision": (DECISION_SCHEMA, "brainstem/contracts/decision.py"),
}


def command_line() -> str:
    """Return the help of the program and of each command."""
    parts = []
    for command in ((), *((each,) for each in COMMANDS)):
        helped = subprocess.run([PROGRAM, *command, "--help"], capture_output=True, check=True, text=True)  # noqa: S603 - our own program
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
            each.compute,
            "yes" if each.records_moves else "no",
            "yes" if each.surfaces else "no",
        )
        for each in bands.BEHAVIOURS
    ]
    return table("band | from, decibans | raw evidence, days | what is worked out | moves recorded | shown", rows)


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
    """Return the kinds of evidence that can be keys."""
    rows: list[tuple[object, ...]] = [
        (
            kind.name,
            ", ".join(factors.FACTORS[factor] for factor in kind.factors),
            "alone" if kind.stands_alone else "with another kind",
        )
        for kind in factors.KINDS
    ]
    return table("kind | factors | promotes", rows)


def weighing() -> str:
    """Return the code that weighs a reading, as it stands, with the functions and constants it names."""
    functions: dict[str, ast.FunctionDef] = {}
    for module in WEIGHING:
        body = ast.parse(inspect.getsource(module)).body
        functions |= {node.name: node for node in body if isinstance(node, ast.FunctionDef)}
    function = functions["weigh_one"]
    reached, found = {"weigh_one"}, {"weigh_one"}
    while found:
        named = {node.id for name in found for node in ast.walk(functions[name]) if isinstance(node, ast.Name)}
        found = named & functions.keys() - reached
        reached |= found
    helpers = [node for name, node in functions.items() if name in reached - {"weigh_one"}]
    lines = inspect.getsource(weigh).splitlines()[_without_docstring(function)[0].lineno - 1 : function.end_lineno]
    used = {node.id for each in (function, *helpers) for node in ast.walk(each) if isinstance(node, ast.Name)}
    columns = {each.name for each in factors.Factor}
    values = {name: value for module in WEIGHING for name, value in vars(module).items()}
    constants = [f"{name} = {values[name]}" for name in sorted(used - columns) if name.isupper()]
    told = [part for node in helpers for part in ("", "", *_undecorated(node).splitlines())]
    return "\n".join(
        ["```python", *constants, *told, "", "", *inspect.cleandoc("\n" + "\n".join(lines)).splitlines(), "```"]
    )


def _without_docstring(function: ast.FunctionDef) -> list[ast.stmt]:
    return [node for node in function.body if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))]


def _undecorated(function: ast.FunctionDef) -> str:
    """Return a function without its decorators and its docstring."""
    function.decorator_list, function.body = [], _without_docstring(function)
    return ast.unparse(function)


def reading_table() -> str:
    """Return the columns of a reading with the comments beside them."""
    text = (ROOT / "brainstem" / "contracts" / "features.py").read_text(encoding="utf-8")
    noted = dict(re.findall(r'^ +\("(\w+)", "\w+"\),(?:  # (.*))?$', text, re.MULTILINE))
    rows: list[tuple[object, ...]] = [(f"`{name}`", noted[name]) for name in features.FEATURES_DTYPE.names or ()]
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


def _type_name(kind: Any) -> str:
    """Return an Arrow type in words; a long list of fields by its length."""
    if pa.types.is_dictionary(kind):
        return "text (dictionary)"
    if pa.types.is_struct(kind):
        return f"struct of {kind.num_fields} integers, the columns of a reading"
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


def module_list() -> str:
    """Return the packages of the core in order, each with its modules and the first sentence each says of itself."""
    return "\n\n".join(_package_table(package) for package in _packages("brainstem"))


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
        path = ROOT / package.replace(".", "/") / name
        file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        told = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
        sentence = " ".join(re.split(r"(?<=\.)\s", told, maxsplit=1)[0].split())
        rows.append((f"`{name}/`" if path.is_dir() else f"`{name}`", sentence))
    about = " ".join((loaded.__doc__ or "").split())
    return f"### {package}\n\n{about}\n\n" + table("module | what it says of itself", rows)


GENERATED: Final[dict[str, dict[str, Callable[[], str]]]] = {
    "cli.md": {"help": command_line},
    "attention.md": {
        "bands": band_table,
        "rules": rule_table,
        "kinds": kind_table,
        "weighing": weighing,
        "reading": reading_table,
    },
    "contracts.md": {
        **{name: arrow_contract(name) for name in ARROW_CONTRACTS},
        "json": json_contracts,
        "reasons": reject_reasons,
    },
    "architecture.md": {"numbers": graph_numbers, "modules": module_list},
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


def take_samples(demo: Path) -> None:
    """Put items of two planted troubles that the digest tells, and the explanation of the first, into README.md."""
    run = demo / "run"
    digest = (run / "digest.md").read_text(encoding="utf-8").replace(str(run), "var/demo/run")
    items = [orjson.loads(line) for line in (run / "items.jsonl").read_bytes().splitlines()]
    truth = json.loads((demo / "input" / "truth.json").read_bytes())
    blocks, names = [], []
    for trouble in truth["troubles"]:
        planted = {(place["file"], place["position"]) for place in trouble["planted"]}
        for item in items:
            # a digest tells a family once, and its block ends with the family's name
            block = re.search(rf"^### \d+\. (?:(?!^###).)*{item['subject']}[^\n]*", digest, re.MULTILINE | re.DOTALL)
            if block and _is_about(item, planted):
                blocks.append("\n".join(f"> {line}".rstrip() for line in block[0].splitlines()))
                names.append(item["subject"])
                break
    if not names:
        raise ValueError(f"{demo}: the digest tells of no planted trouble")
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
    stale = [name for name in GENERATED if current(name) != (DOCS / name).read_text(encoding="utf-8")]
    if arguments.check:
        sys.exit("".join(f"docs/{name} is not current: run `make docs`\n" for name in stale).strip() or 0)
    for name in stale:
        (DOCS / name).write_text(current(name), encoding="utf-8")
    if arguments.samples:
        take_samples(arguments.samples)


if __name__ == "__main__":
    main()
