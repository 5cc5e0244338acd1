"""The search behind `brainstem backtest --what-if`: which single number would have surfaced a family of a run, or
silenced it.

Takes the folder of a run and the name of a family; returns proposals from its recorded decisions. Whether they hold is found
by running them (`flows.runs.backtest`).
"""

import re
from collections.abc import Mapping
from typing import Final

from brainstem.contracts.finding import family_id, parse_family_id
from brainstem.explain.redaction.redact import clean
from brainstem.parameters import Number
from brainstem.signature.signing import parse_signature_id
from connectors.base import ConfigurationError, InputError
from flows.config.parameter_file import parameters_from
from flows.config.parameters import parameters
from flows.process.weigher import Weigher
from flows.reports.backtest.comparison import Shown
from flows.reports.backtest.what_if import Proposal, WhatIf, features_of, moments, proposals
from flows.reports.recorded import decisions_of, read_items, scan_decisions
from flows.sinks.output_folder import OutputFolder

WORDS_MOST: Final = 160
"""characters of a template that are shown"""


def searched(folder: OutputFolder, asked: str, base: Mapping[str, Number]) -> tuple[WhatIf, list[Proposal]]:
    """Return what is known of a family of a run, and the proposals for it, smallest change first.

    `base` are the parameters of the run that differ from the defaults. Raises `InputError` where the run knows no such
    family, or has decided nothing of it that can be weighed again.
    """
    family = _family(folder, asked)
    decisions = decisions_of(folder, [family])
    while decisions and decisions[-1].joined_family is not None:
        # what became part of another family is shown as that one
        family = decisions[-1].joined_family
        decisions = decisions_of(folder, [family])
    if not decisions:
        raise InputError(f"{asked}: nothing in {folder.decisions} goes by this name.")
    name = family_id(family)
    items = [shown for item in read_items(folder) if (shown := Shown.of(item)).family == name]
    is_missed = not items
    last = decisions[-1]
    turned = moments(decisions, is_missed)
    about = WhatIf(
        last.tenant,
        name,
        items[0].what if items else clean(last.template, WORDS_MOST),
        is_missed,
        max(decisions, key=lambda each: (each.score, -each.tick_us)) if is_missed else None,
        (),
        (),
    )
    with Weigher([features_of(each) for each in turned]) as weigher:
        same = [
            each.quarters == round(decision.score * 4)
            for each, decision in zip(weigher.weigh(base), turned, strict=True)
        ]
        if not all(same):
            raise InputError(
                f"{folder.root}: the scores of {name} are not those that this build would give, so another build has judged"
                " it. Give the logs, which are judged anew."
            )
        known = frozenset(weigher.keys)
        found = proposals(
            [each for each in parameters() if each.key in known],
            base,
            is_allowed,
            weigher.weigh,
            [each.tick_us for each in turned],
            is_missed,
        )
    return about, found


def is_allowed(values: Mapping[str, Number]) -> bool:
    """Return whether a file could hold these values."""
    table: dict[str, dict[str, Number]] = {}
    for key, value in values.items():
        section, _, name = key.rpartition(".")
        table.setdefault(section, {})[name] = value
    try:
        # sections inside sections are dotted keys here, which the reader of leaves puts together again
        parameters_from(table)
    except ConfigurationError:
        return False
    return True


def _family(folder: OutputFolder, asked: str) -> int:
    """Return the family that the name of a family, an item or a signature stands for. Raises `InputError`."""
    if re.fullmatch(r"f\d+-[0-9a-f]{16}", asked):
        return parse_family_id(asked)
    if re.fullmatch(r"i\d+-[0-9a-f]+", asked):
        for item in read_items(folder):
            if item["id"] == asked:
                return parse_family_id(item["subject"])
        raise InputError(f"{asked}: no such item in {folder.items}.")
    if re.fullmatch(r"s\d+-[0-9a-f]{16}", asked):
        import polars as pl

        rows = scan_decisions(folder).filter(pl.col("signature") == parse_signature_id(asked))
        families: list[int] = rows.select(pl.col("family").unique().sort()).collect()["family"].to_list()
        if len(families) == 1:
            return families[0]
        several = ", ".join(map(family_id, families[:10]))
        raise InputError(
            f"{asked} is the signature of several families: {several}. Give one of them."
            if families
            else f"{asked}: nothing in {folder.decisions} goes by this name."
        )
    raise ConfigurationError(
        f"--what-if {asked} is no family, item or signature. `brainstem explain WORDS --out DIR` finds its name, such as"
        " f1-0123456789abcdef."
    )
