"""What a question is about: the families that a name stands for, or that hold some words.

Takes runs and what was asked; returns families. Words are looked for in the templates and services of all families, in what
items say, and in tickets, which stand for what was shown before them; where none of these has them, or where it is asked
for, also in every stored line.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

import polars as pl
import pyarrow.compute as pc

from brainstem.contracts.finding import parse_family_id
from brainstem.explain.answers.recollection import NEAR_US
from brainstem.signature.signing import parse_signature_id
from brainstem.text.phrases import counted, listed
from connectors.base import InputError, NothingFoundError
from flows.recall.runs import Runs
from flows.reports.recorded import NOT_JUDGED_YET, numbered_item

_FIRST: Final = ("born", "surfaced")
"""each family has a decision of one of these causes, and few more of them"""


class Asked(NamedTuple):
    """The families that were found, each by its tenant, and where."""

    families: dict[int, str]
    where: str
    """what was looked through, in words; empty for a name"""


def asked_about(runs: Runs, asked: str, service: str | None, in_lines: bool) -> Asked:
    """Return the families that a name, or words, stand for; those of one service only where it is given.

    Raises `NothingFoundError` where there is none.
    """
    named = _named(runs, asked)
    if named is None:
        found, where = _with_words(runs, asked, service, in_lines)
    else:
        found, where = named, ""
    heads = runs.heads(found)
    families = _tenants_of(runs, set(heads.values()), service)
    if not families:
        if where and (waiting := _undecided(runs, asked, service)):
            raise NothingFoundError(f"{asked!r} is in {counted(waiting, 'stored line')}, and {NOT_JUDGED_YET}")
        told = f"looked through {where}" if where else "nothing goes by this name"
        alone = _alone(runs, asked, service) if where else ""
        raise NothingFoundError(f"{asked!r} is not remembered in {runs.names}: {told}.{_scope(runs, service)}{alone}")
    return Asked(families, where)


def _alone(runs: Runs, text: str, service: str | None) -> str:
    """Return which of several words are remembered by themselves, in words; empty where none is."""
    words = list(dict.fromkeys(text.lower().split()))
    if len(words) < 2:
        return ""
    found = {word: len(_of_words(runs, [word], service)) for word in words}
    told = [
        f"{word!r} is in {counted(number, 'kind of message', 'kinds of message')}"
        for word, number in found.items()
        if number
    ]
    return f" No message has all of these words; by itself {listed(told, len(told), len(told))}." if told else ""


def _scope(runs: Runs, service: str | None) -> str:
    """Return what narrows the question, in words."""
    narrowed = [f"--tenant {runs.tenant}"] if runs.tenant else []
    narrowed += [f"--service {service}"] if service else []
    return f" It was asked with {' and '.join(narrowed)}." if narrowed else ""


def _named(runs: Runs, asked: str) -> set[int] | None:
    """Return the families of a number in the digest, an item, a family or a signature; None where it is a text."""
    if re.fullmatch(r"f\d+-[0-9a-f]{16}", asked):
        return {parse_family_id(asked)}
    if re.fullmatch(r"s\d+-[0-9a-f]{16}", asked):
        rows = runs.decisions().filter(pl.col("signature") == parse_signature_id(asked))
        return set(rows.select(pl.col("family").unique()).collect()["family"].to_list())
    if re.fullmatch(r"i\d+-[0-9a-f]+", asked):
        return {parse_family_id(item["subject"]) for item in runs.items(name=asked) if item["id"] == asked}
    if re.fullmatch(r"\d{1,4}", asked) and len(runs.folders) == 1:
        try:
            item = numbered_item(runs.folders[0], asked)
        except InputError:
            # no number of an item: then it is a word, such as a status
            return None
        if item is not None and runs.tenant in (None, item["data"]["tenant"]):
            return {parse_family_id(item["subject"])}
    return None


def _tenants_of(runs: Runs, families: set[int], service: str | None) -> dict[int, str]:
    """Return the tenants of those families that are known, and of the service where one is given."""
    rows = runs.decisions().filter(pl.col("family").is_in(sorted(families)))
    if service is not None:
        rows = rows.filter(pl.col("service") == service)
    return dict(rows.select("family", "tenant").unique().sort("family").collect().iter_rows())


def _with_words(runs: Runs, text: str, service: str | None, in_lines: bool) -> tuple[set[int], str]:
    """Return the families that hold all words of a text, in capitals or not, and what was looked through."""
    words = text.lower().split()
    if not words:
        raise InputError("Nothing was asked. Give words, a signature (s2-...), a family (f1-...) or an item (i1-...).")
    found = _of_words(runs, words, service)
    where = "templates, services, items and tickets"
    if in_lines or not found:
        found |= _in_lines(runs, words, _of_service(service))
        where += " and every stored line"
    return found, where


def _of_service(service: str | None) -> pl.Expr:
    return pl.lit(value=True) if service is None else pl.col("service") == service


def _of_words(runs: Runs, words: Sequence[str], service: str | None) -> set[int]:
    """Return the families that hold all words in their template, their service, an item or a ticket."""
    of_service = _of_service(service)
    lower = pl.concat_str([pl.col("service"), pl.lit(" "), pl.col("template")]).str.to_lowercase()
    has_all = pl.all_horizontal([lower.str.contains(word, literal=True) for word in words])
    births = runs.decisions().filter(pl.col("cause").is_in(_FIRST) & of_service)
    found = set(births.filter(has_all).select(pl.col("family").unique()).collect()["family"].to_list())
    found |= _in_items(runs, words)
    return found | _before_incidents(runs, words, of_service)


def _in_items(runs: Runs, words: Sequence[str]) -> set[int]:
    """Return the families of items that hold all words in what they say, their hosts or their entities."""
    found = set()
    for item in runs.items():
        about = item["data"]
        told = " ".join([about["what"], *about["hosts"], *about["entities"], *about["services"]]).lower()
        if all(word in told for word in words):
            found.add(parse_family_id(item["subject"]))
    return found


def _before_incidents(runs: Runs, words: Sequence[str], of_service: pl.Expr) -> set[int]:
    """Return the families that were shown within two days before an incident whose name or title holds all words."""
    found: set[int] = set()
    shown = runs.decisions().filter((pl.col("cause") == "surfaced") & of_service)
    for stated in runs.statements:
        told = f"{stated['about']} {stated['text']}".lower()
        if stated["kind"] == "incident" and all(word in told for word in words):
            tick_us = pl.col("tick").dt.epoch("us")
            before = (tick_us <= stated["time_us"]) & (tick_us >= stated["time_us"] - NEAR_US)
            rows = shown.filter(before & (pl.col("tenant") == stated["tenant"]))
            found |= set(rows.select(pl.col("family").unique()).collect()["family"].to_list())
    return found


def _undecided(runs: Runs, text: str, service: str | None) -> int:
    """Return the number of stored lines that hold all words of a text, whatever is known of them."""
    return int(_lines_with(runs, text.lower().split(), _of_service(service)).height)


def _in_lines(runs: Runs, words: Sequence[str], of_service: pl.Expr) -> set[int]:
    """Return the families of the stored lines that hold all words."""
    key = ["tenant", "service", "signature"]
    held = _lines_with(runs, words, of_service).unique()
    decided = runs.decisions().filter(pl.col("signature").is_in(held["signature"].unique().to_list()))
    known = decided.select("family", *key).unique().collect()
    return set(known.join(held, on=key, how="semi")["family"].to_list())


def _lines_with(runs: Runs, words: Sequence[str], of_service: pl.Expr) -> pl.DataFrame:
    """Return tenant, service and signature of each stored line that holds all words."""

    def holds(raw: pl.Series) -> pl.Series:
        # lines are bytes of any encoding, so they are not made text first
        lines = raw.to_arrow()
        found = pc.match_substring(lines, pattern=words[0], ignore_case=True)
        for word in words[1:]:
            found = pc.and_(found, pc.match_substring(lines, pattern=word, ignore_case=True))
        return pl.Series(found)

    key = ["tenant", "service", "signature"]
    lines = runs.lines(of_service).select(
        *key, pl.col("message_raw").map_batches(holds, return_dtype=pl.Boolean).alias("holds")
    )
    return lines.filter("holds").select(key).collect()
