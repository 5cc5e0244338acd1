"""The product knows nothing of the bench that measures it: no text, name or entity of it stands in the model.

What is compared are distinctive things. A text counts by runs of three words that stand together in a wording of the bench;
single words such as "failed" or "tunnel" are common operations English, which both sides must share. Names of services,
hosts, tenants and entities count whole, over many seeds.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from benchmarks.weak_signal.texts import TITLES, TROUBLES
from benchmarks.weak_signal.wordings import WORDINGS
from benchmarks.weak_signal.world import World, found
from brainstem.signature.lexicon import WORD_CODES

ROOT = Path(__file__).resolve().parents[2]
MODEL = sorted([*(ROOT / "brainstem").rglob("*.py"), *(ROOT / "state").rglob("*.py")])
SEEDS = range(1, 41)
RUN = 3
_WORD = re.compile(r"[a-z]+")
_SLOT = re.compile(r"\{\w+\}|[^\w\s'-]")


def literals(path: Path) -> Iterator[str]:
    """Return the texts of a module that its code can act upon: all but docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    told = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in told and isinstance(node.value, str | bytes):
            yield node.value if isinstance(node.value, str) else node.value.decode("utf-8", "replace")


def runs_of(text: str) -> set[tuple[str, ...]]:
    """Return all runs of words that stand together in a text."""
    words = _WORD.findall(text.lower())
    return {tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1)}


def wordings() -> Iterator[str]:
    """Return the pieces of the bench's wordings that are the same in every seed."""
    patterns = [*TITLES, *TROUBLES]
    for wording in WORDINGS.values():
        lines = [line for lines in (*wording.plain, *wording.worded) for line in lines]
        patterns += [line.replace("{thing}", thing) for line in lines for thing in wording.things]
    for name in ("background", "decoys", "scenarios", "writing"):
        patterns += literals(ROOT / "benchmarks" / "weak_signal" / f"{name}.py")
    for pattern in patterns:
        yield from _SLOT.split(pattern)


def names(world: World) -> Iterator[str]:
    """Return every name that a seed invents for its things."""
    for tenant in world.tenants:
        yield tenant.name
        yield from tenant.hosts
        yield from tenant.entities
    yield from (product.name for product in world.products)


def test_no_text_of_the_bench_stands_in_the_model() -> None:
    """Not in a list, not in a mask, not in a constant, not in a sentence."""
    model = {run: path.name for path in MODEL for text in literals(path) for run in runs_of(text)}
    bench = {run for piece in wordings() for run in runs_of(piece)}
    assert len(bench) > 100
    assert {" ".join(run): model[run] for run in bench & model.keys()} == {}


def test_no_name_of_the_bench_stands_in_the_model() -> None:
    """Forty seeds invent some thousand names; none of them is a word of a list or of any text of the model."""
    model = {word for path in MODEL for text in literals(path) for word in re.findall(r"[\w./-]+", text.lower())}
    assert len(WORD_CODES) > 500
    assert set(WORD_CODES) <= model | set(WORD_CODES)
    invented = {name.lower() for seed in SEEDS for name in names(found(seed, 0, 0.01))}
    assert len(invented) > 5000
    assert invented & (model | set(WORD_CODES)) == set()


def test_the_comparison_would_find_a_text() -> None:
    """A wording that somebody had copied into a list of words would be a run of its own."""
    copied = "deadlock went idle moved to standby path exhausted"
    assert runs_of(copied) & {run for piece in wordings() for run in runs_of(piece)} == {
        ("to", "standby", "path"),
        ("moved", "to", "standby"),
    }
