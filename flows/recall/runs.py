"""Queries over several output folders as one, for recall and queue: decisions, items, statements and counts of evidence, of
a tenant and up to a time.

Takes folders of runs; returns lazy frames and records. Where the logs of several runs overlap, what both have counts once.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import orjson
import polars as pl

from brainstem.contracts.decision import DECISION_SCHEMA, Decision
from brainstem.contracts.event import EVIDENCE_SCHEMA, Kind
from brainstem.contracts.finding import family_id
from brainstem.contracts.statement import kind_of, stated_by
from brainstem.explain.item import Item
from brainstem.text.phrases import microseconds
from connectors.base import InputError
from flows.reports.recorded import to_decisions
from flows.sinks.output_folder import FEEDBACK_NAME, OutputFolder
from state.store.layouts import DECISIONS
from state.store.parquet_store import files_of, scan_files
from state.store.rollups import NO_FILE, Rollups, day_rows, rollups_of

DAY_US: Final = 86_400_000_000
ALWAYS_US: Final = 40_000_000 * DAY_US
"""a moment behind all events"""
_SUBJECT: Final = re.compile(rb'"subject": ?"(f\d+-[0-9a-f]{16})"')
_KEYS: Final = ("tenant", "service", "signature", "host", "day")
_FAMILY_OF: Final = ("tenant", "service", "signature")
_STATED: Final = ("tenant", "time_us", "kind", "about", "service", "text", "verdict", "by", "until_us")


class UnknownTenantError(InputError):
    """Nothing of a tenant is stored. The message names those of whom something is: it is for the operator alone."""


@dataclass(frozen=True)
class Runs:
    """Some output folders, of one tenant or all, from a moment on until another one (microseconds since the epoch, UTC).

    Nothing of another tenant is read, and nothing at or after `until_us`.
    """

    folders: tuple[OutputFolder, ...]
    tenant: str | None = None
    since_us: int = 0
    until_us: int = ALWAYS_US
    _rollups: dict[Path, Rollups] = field(default_factory=dict, repr=False)

    @classmethod
    def of(
        cls,
        folders: Iterable[Path],
        tenant: str | None = None,
        since_us: int | None = None,
        until_us: int | None = None,
    ) -> "Runs":
        """Return the runs in some folders. Raises `InputError` for a folder that holds none, or no such tenant."""
        found = tuple(OutputFolder(folder) for folder in dict.fromkeys(folders))
        for folder in found:
            if not folder.decisions.is_dir():
                raise InputError(f"{folder.root} holds no decisions. Give the --out folder of a run.")
        runs = cls(found, tenant, since_us or 0, ALWAYS_US if until_us is None else until_us)
        if tenant is not None and tenant not in (known := cls(found).tenants):
            raise UnknownTenantError(
                f"--tenant {tenant}: nothing of it is stored. There is {', '.join(known) or 'nobody'}."
            )
        return runs

    @property
    def names(self) -> str:
        """Return the folders in words."""
        return ", ".join(str(folder.root) for folder in self.folders)

    @property
    def _wanted(self) -> list[str] | None:
        return None if self.tenant is None else [self.tenant]

    @cached_property
    def tenants(self) -> list[str]:
        """Return the tenants of whom something is stored, in order."""
        found: set[str] = set()
        for folder in self.folders:
            found |= set(self._of(folder).days.select(pl.col("tenant").unique()).collect()["tenant"].to_list())
        return sorted(found)

    def _of(self, folder: OutputFolder) -> Rollups:
        """Return the rollups of a folder, which are looked up once."""
        if folder.root not in self._rollups:
            self._rollups[folder.root] = rollups_of(folder.root, self._wanted)
        return self._rollups[folder.root]

    @cached_property
    def _decided(self) -> dict[Path, list[Path]]:
        """Return the files of decisions of each folder, which are listed once, so that an answer is of one moment."""
        return {
            folder.root: [path for path, _ in files_of(folder.root, DECISIONS, self._wanted)] for folder in self.folders
        }

    def decisions(self) -> pl.LazyFrame:
        """Return all decisions by then, with the number of their folder as `run`. Only files of the tenant are opened."""
        parts = []
        for number, folder in enumerate(self.folders):
            rows = scan_files(self._decided[folder.root], DECISION_SCHEMA)
            if self._wanted is not None:
                rows = rows.filter(pl.col("tenant").is_in(self._wanted))
            if self.until_us != ALWAYS_US:
                rows = rows.filter(pl.col("tick") <= pl.lit(self.until_us).cast(pl.Datetime("us", "UTC")))
            parts.append(rows.with_columns(pl.lit(number).alias("run")))
        return pl.concat(parts)

    def history(self, families: Sequence[int]) -> dict[int, list[Decision]]:
        """Return the decisions about each of some families, in order of time."""
        rows = self.decisions().filter(pl.col("family").is_in(families))
        # where runs overlap both have decided the same
        once = rows.unique(["family", "tick", "cause"], keep="first", maintain_order=True).drop("run")
        found: dict[int, list[Decision]] = {family: [] for family in families}
        for decision in to_decisions(once):
            found[decision.family].append(decision)
        return found

    def latest(self, decided: pl.DataFrame) -> dict[int, Decision]:
        """Return of each family and tick in two columns the decision of that tick; of several the last that was made."""
        once = decided.lazy().select("family", "tick")
        rows = self.decisions().filter(pl.col("family").is_in(decided["family"].to_list()))
        held = rows.join(once, on=["family", "tick"], how="semi", maintain_order="left")
        first = held.unique(["family", "tick", "cause"], keep="first", maintain_order=True).drop("run")
        # they come in the order in which they were made
        return {decision.family: decision for decision in to_decisions(first)}

    def members(self, families: Iterable[int]) -> dict[int, set[tuple[str, str, int]]]:
        """Return the tenant, service and signature of all members of each family, of those too that joined it."""
        into = {family: family for family in families}
        members: dict[int, set[tuple[str, str, int]]] = {family: set() for family in into}
        own = self.decisions().filter(pl.col("family").is_in(sorted(into))).select("family", *_FAMILY_OF)
        for family, *key in own.unique().collect().iter_rows():
            members[family].add((key[0], key[1], key[2]))
        joined = self.decisions().filter(pl.col("joined_family").is_not_null())
        reached = sorted(into)
        while reached:
            rows = joined.filter(pl.col("joined_family").is_in(reached))
            reached = []
            for member, family, *key in (
                rows.select("family", "joined_family", *_FAMILY_OF).unique().collect().iter_rows()
            ):
                members[into[family]].add((key[0], key[1], key[2]))
                if member not in into:
                    into[member] = into[family]
                    reached.append(member)
        return members

    def heads(self, families: Iterable[int]) -> dict[int, int]:
        """Return for each of some families the one that it has become part of by then: itself where it has not."""
        head = {family: family for family in families}
        joined = self.decisions().filter(pl.col("joined_family").is_not_null()).select("family", "joined_family")
        reached = sorted(head)
        while reached:
            rows = joined.filter(pl.col("family").is_in(reached)).unique().collect()
            into = dict(rows.iter_rows())
            head = {family: into.get(last, last) for family, last in head.items()}
            reached = sorted(set(into.values()))
        return head

    def days(self, wanted: pl.Expr) -> pl.DataFrame:
        """Return the counts of evidence that meet an expression over tenant, service, signature and host, by these and the
        UTC day, with the numbers of the folders as `runs`; days that are asked for in part are counted from the events.
        """
        parts = []
        first, last = self.since_us // DAY_US, self.until_us // DAY_US
        edges = [day for day, of_it in ((first, self.since_us % DAY_US), (last, self.until_us % DAY_US)) if of_it]
        partial = edges if self.until_us % DAY_US else [*edges, last]
        time_us = pl.col("event_time").dt.epoch("us")
        for number, folder in enumerate(self.folders):
            known = self._of(folder)
            rows = known.days.filter(wanted & (pl.col("day") >= first) & (pl.col("day") <= last))
            # a day that begins at the moment asked about counts for nothing
            counted = [rows.filter(~pl.col("day").is_in(partial)).collect()]
            is_inside = (pl.col("first_us") >= self.since_us) & (pl.col("last_us") < self.until_us)
            # of a day that a bound divides only events can tell what is inside, or that all of it is
            counted.append(rows.filter(pl.col("day").is_in(edges) & (pl.col("file") == NO_FILE) & is_inside).collect())
            if names := self._files_with(rows, edges):
                events = scan_files([known.files[name] for name in names], EVIDENCE_SCHEMA)
                on_edge = events.filter(wanted & self._in_time() & (time_us // DAY_US).is_in(edges))
                counted.append(day_rows(on_edge).collect(engine="streaming"))
            parts.append(pl.concat(counted).with_columns(pl.lit(number).alias("run")))
        summed = (
            pl.concat(parts)
            .group_by(*_KEYS, "run")
            .agg(
                pl.col("events").sum(), pl.col("first_us").min(), pl.col("last_us").max(), pl.col("hours").bitwise_or()
            )
        )
        if len(self.folders) == 1:
            return summed.drop("run").with_columns(pl.lit([0]).alias("runs")).sort(_KEYS)
        return _once(summed.sort(*_KEYS, "first_us", "run"))

    def _files_with(self, rows: pl.LazyFrame, days: Sequence[int]) -> list[str]:
        """Return the files of which some rows of some days are."""
        return _files_in(rows.filter(pl.col("day").is_in(days)))

    def _in_time(self) -> pl.Expr:
        """Return the condition that an event is in the time asked about, as the statistics of row groups can prove it."""
        kind = pl.Datetime("us", "UTC")
        return (pl.col("event_time") >= pl.lit(self.since_us).cast(kind)) & (
            pl.col("event_time") < pl.lit(self.until_us).cast(kind)
        )

    def lines(self, wanted: pl.Expr) -> pl.LazyFrame:
        """Return the events that meet an expression over tenant, service, signature and host, with the run's number.

        Only files that hold such events in the time asked about are opened.
        """
        first, last = self.since_us // DAY_US, self.until_us // DAY_US
        parts = []
        for number, folder in enumerate(self.folders):
            known = self._of(folder)
            rows = known.days.filter(wanted & (pl.col("day") >= first) & (pl.col("day") <= last))
            names = _files_in(rows)
            events = scan_files([known.files[name] for name in names], EVIDENCE_SCHEMA)
            parts.append(events.filter(wanted & self._in_time()).with_columns(pl.lit(number).alias("run")))
        return pl.concat(parts)

    def forgotten(self, wanted: pl.Expr) -> tuple[int, int]:
        """Return how many events that meet an expression are known by their counts only, in the time asked about, and when
        the latest of them came; 0 for none."""
        first, last = self.since_us // DAY_US, self.until_us // DAY_US
        events = latest_us = 0
        for folder in self.folders:
            rows = self._of(folder).days.filter(
                wanted & (pl.col("file") == NO_FILE) & (pl.col("day") >= first) & (pl.col("day") <= last)
            )
            summed = rows.select(pl.col("events").sum(), pl.col("last_us").max().fill_null(0)).collect()
            events, latest_us = max(events, summed["events"].item()), max(latest_us, summed["last_us"].item())
        return events, latest_us

    def end_us(self) -> dict[str, int]:
        """Return until when each tenant is looked at: the moment asked about, without one its last stored event."""
        ends: dict[str, int] = {}
        for folder in self.folders:
            rows = self._of(folder).days.group_by("tenant").agg(pl.col("last_us").max()).collect()
            for tenant, last_us in rows.iter_rows():
                ends[tenant] = max(ends.get(tenant, 0), last_us)
        return ends if self.until_us == ALWAYS_US else dict.fromkeys(ends, self.until_us)

    def last_event_us(self) -> int:
        """Return the last stored event before the moment asked about (microseconds since the epoch, UTC); 0 for none."""
        last_us = 0
        for folder in self.folders:
            known = self._of(folder)
            began = known.days.filter(pl.col("first_us") < self.until_us)
            is_over = pl.col("last_us") < self.until_us
            ended = began.filter(is_over).select(pl.col("last_us").max().fill_null(0)).collect().item()
            # of a file that the moment divides only its events can tell
            events = scan_files([known.files[name] for name in _files_in(began.filter(~is_over))], EVIDENCE_SCHEMA)
            inside = events.filter(self._in_time()).select(pl.col("event_time").max().dt.epoch("us").fill_null(0))
            last_us = max(last_us, ended, inside.collect().item())
        return last_us

    def items(self, families: Iterable[int] | None = None, name: str = "") -> Iterator[Item]:
        """Yield the items by then, each once, in order of time: those of some families, or of a name, or all."""
        wanted = None if families is None else {family_id(family).encode() for family in families}
        found: dict[str, Item] = {}
        for folder in self.folders:
            if not folder.items.is_file():
                continue
            with folder.items.open("rb") as lines:
                for line in lines:
                    # the last line of a live run may be written in part
                    if not line.endswith(b"\n") or name.encode() not in line:
                        continue
                    if wanted is not None and wanted.isdisjoint(_SUBJECT.findall(line)):
                        continue
                    item: Item = orjson.loads(line)
                    if self._counts(item["data"]["tenant"], microseconds(item["time"])):
                        found.setdefault(item["id"], item)
        yield from sorted(found.values(), key=lambda item: (item["time"], item["id"]))

    def _counts(self, tenant: str, time_us: int) -> bool:
        return time_us <= self.until_us and self.tenant in (None, tenant)

    @cached_property
    def statements(self) -> list[dict[str, Any]]:
        """Return tickets and verdicts by then, as rows of tenant, time, kind, name, service, text, verdict, who says so
        and until when.

        Those that a run has read count, and those that `feedback` has appended to the file in a run's folder.
        """
        parts = []
        for folder in self.folders:
            rows = self._of(folder).stated.filter(pl.col("time_us") <= self.until_us).collect()
            keys = ["tenant", "event_service", "signature"]
            unnamed = rows.filter(~pl.col("named"))
            if len(unnamed):
                # a log whose records look like tickets has families, a file of tickets has none
                signatures = unnamed["signature"].unique().to_list()
                judged = scan_files(
                    [path for path, _ in files_of(folder.root, DECISIONS, self._wanted)], DECISION_SCHEMA
                )
                known = judged.filter(pl.col("signature").is_in(signatures)).select(_FAMILY_OF).unique().collect()
                unnamed = unnamed.join(known, left_on=keys, right_on=list(_FAMILY_OF), how="anti")
            parts.append(pl.concat([rows.filter(pl.col("named")), unnamed]).select(_STATED))
        read = pl.concat(parts).rows(named=True)
        given = [each for folder in self.folders for each in self._given(folder.root / FEEDBACK_NAME)]
        unique = {tuple(each[name] for name in _STATED): each for each in (*read, *given)}
        return [unique[key] for key in sorted(unique, key=lambda key: (key[1], key))]

    def _given(self, path: Path) -> Iterator[dict[str, Any]]:
        """Yield the verdicts in the file of a run's folder; what is no verdict is left out, as its reader says so."""
        if not path.is_file():
            return
        for line in path.read_bytes().splitlines():
            try:
                members = orjson.loads(line)
                stated = stated_by(members, kind_of(members, Kind.FEEDBACK))
                time_us = microseconds(members["time"])
            except (ValueError, KeyError, AttributeError, TypeError):
                continue
            if stated is not None and self._counts(stated.tenant, time_us):
                yield {
                    "tenant": stated.tenant,
                    "time_us": time_us,
                    "kind": Kind(stated.kind).name.lower(),
                    "about": stated.name,
                    "service": stated.service,
                    "text": stated.text,
                    "verdict": stated.verdict,
                    "by": stated.by,
                    "until_us": stated.until_us,
                }


def _files_in(rows: pl.LazyFrame) -> list[str]:
    """Return the files of some counts, in order; forgotten lines are in none."""
    names: list[str] = rows.select(pl.col("file").unique().sort()).collect()["file"].to_list()
    return [name for name in names if name != NO_FILE]


def _once(rows: pl.DataFrame) -> pl.DataFrame:
    """Return counts by key where several runs may have counted the same, with the numbers of the `runs` that did.

    Runs whose events of a day overlap in time have read the same log, so the higher count stands; runs one behind the other
    add up.
    """
    started = pl.col("first_us") > pl.col("last_us").cum_max().shift(1).over(_KEYS)
    spans = rows.with_columns(started.fill_null(value=True).cum_sum().over(_KEYS).alias("span"))
    bounds = (pl.col("first_us").min(), pl.col("last_us").max(), pl.col("hours").bitwise_or())
    read = spans.group_by(*_KEYS, "span").agg(pl.col("events").max(), *bounds, pl.col("run").alias("runs"))
    return read.group_by(_KEYS).agg(pl.col("events").sum(), *bounds, pl.col("runs").list.explode()).sort(_KEYS)
