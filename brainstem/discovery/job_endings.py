"""Decides whether a message that stands in the place of a job's usual one is another ending of the same job.

Takes notices of a slot with what the tenant's families say; returns those that hold, each with the family whose place it
took. How often that happened, and how little chance does it, stands in `evidence.silence.substitutes`; here only words are
held against each other, as shares of equal words. Lists of words only tell a job that works again from one that fails.
"""

import math
from collections import Counter
from collections.abc import Mapping
from typing import Final

import numpy as np

from brainstem.arrays.aliases import Row, Rows
from brainstem.contracts.notice import OUTCOME
from brainstem.contracts.tenant_report import Label
from brainstem.discovery.family_map import FamilyMap
from brainstem.evidence.discounts.lineage import words_of
from brainstem.evidence.self_heal.wording import is_over
from brainstem.evidence.silence.job_runs import DAY
from brainstem.evidence.silence.substitutes import CHANCE_MOST_OF_OTHERS
from brainstem.parameters import parameter
from brainstem.signature.lexicon import CUE_WORDS, STATE_WORDS, WORKING

RELATED_LEAST: Final = parameter(
    "same_job.related_least",
    0.2,
    "number",
    "Dice's coefficient of the words from which trouble is another ending of a job; for less its place must be surer",
)
ALIKE_LEAST: Final = parameter(
    "same_job.alike_least",
    0.5,
    "number",
    "Dice's coefficient of the words from which a message that hints at nothing may be another ending of a job",
)
CHANCE_MOST_OF_UNLIKE: Final = parameter(
    "same_job.chance_most_of_unlike",
    0.0001,
    "number",
    "the bound of chance for a message that hints at nothing and has fewer words in common",
)
PERIOD_LEAST: Final = parameter(
    "same_job.period_least",
    720,
    "minutes",
    "period of a job, at the least, whose other endings are told though they hint at nothing",
)
_QUOTES: Final = "'\"`“”‘’«»„"
_PUNCTUATION: Final = ",;:.()[]{}"
NONE: Final = "0"
"""the code of what ended well"""


def confirmed_outcomes(notices: Rows, family_map: FamilyMap, labels: Mapping[int, Label]) -> Rows:
    """Return the notices that hold, other kinds as they are; `instead_of` is then the family of the usual message."""
    places = np.flatnonzero(notices["kind"] == OUTCOME).tolist()
    if not places:
        return notices
    notices = notices.copy()
    kept = np.ones(len(notices), bool)
    for place in places:
        notice = notices[place]
        former, family = family_map.family(int(notice["instead_of"])), family_map.family(int(notice["member"]))
        notices["instead_of"][place] = np.uint64(former)
        if former == family or former not in labels or family not in labels:
            kept[place] = False
            continue
        one, other = labels[former].template, labels[family].template
        notices["is_worse"][place] &= not hints_alike(one, other)
        kept[place] = is_other_ending(notices[place], one, other)
    holding = [place for place in places if kept[place]]
    for place in holding:
        if not notices["is_worse"][place]:
            kept[place] = not is_reworded(notices[place], notices[holding])
    return notices[kept]


def is_other_ending(notice: Row, former: str, template: str) -> bool:
    """Return whether a template tells another ending of the job that usually says `former`, and not a better one."""
    common = 2.0 * len(list(_common(former, template).elements()))
    share = common / max(1, len(words_of(former)[0]) + len(words_of(template)[0]))
    if is_better(former, template):
        return False
    if notice["is_worse"]:
        return share >= RELATED_LEAST or is_rarer(notice, CHANCE_MOST_OF_OTHERS)
    if int(notice["period_minutes"]) < PERIOD_LEAST or differs_in_names(former, template):
        return False
    if is_over(former) and is_over(template):
        # another message that something works, be it in other words or of another thing, is no other ending
        return False
    return is_rarer(notice, CHANCE_MOST_OF_OTHERS if share >= ALIKE_LEAST else CHANCE_MOST_OF_UNLIKE) and (
        share >= RELATED_LEAST
    )


def is_rarer(notice: Row, chance: float) -> bool:
    """Return whether chance would put an outcome so late less often than that; a shorter period takes its part."""
    part = min(1.0, int(notice["period_minutes"]) / DAY)
    return int(notice["strength_milli"]) >= -10_000.0 * math.log10(chance * part)


def is_better(former: str, template: str) -> bool:
    """Return whether what is said now, and was not before, says that it works, and nothing of it hints at trouble."""
    gained = [word.lower() for word in (Counter(words_of(template)[0]) - _common(former, template)).elements()]
    lost = [word.lower() for word in (Counter(words_of(former)[0]) - _common(former, template)).elements()]
    if any(word in CUE_WORDS or STATE_WORDS.get(word, WORKING) != WORKING for word in gained):
        return False
    works = any(word == NONE or word in STATE_WORDS for word in gained)
    return works and not any(word == NONE or STATE_WORDS.get(word) == WORKING for word in lost)


def hints_alike(former: str, template: str) -> bool:
    """Return whether what hints at trouble in a template stands in the usual one as well, as in a report of "0 failed"."""
    common = {word.lower() for word in _common(former, template)}
    gained = {word.lower() for word in Counter(words_of(template)[0]) - _common(former, template)}
    return bool(common & CUE_WORDS.keys()) and not gained & (CUE_WORDS.keys() | STATE_WORDS.keys())


def differs_in_names(former: str, template: str) -> bool:
    """Return whether all words that differ stand in quotes, as the names of jobs do."""
    one, other = (Counter(part.strip(_PUNCTUATION) for part in text.split()) for text in (former, template))
    differing = [*(one - other).elements(), *(other - one).elements()]
    return all(word[:1] in _QUOTES or word[-1:] in _QUOTES for word in differing if word)


def is_reworded(notice: Row, others: Rows) -> bool:
    """Return whether other messages changed likewise, as after an update: the same one on another host, or another one of
    its program there."""
    for other in others:
        same = other["instead_of"] == notice["instead_of"] and other["member"] == notice["member"]
        if same and other["host"] != notice["host"]:
            return True
        beside = other["program"] == notice["program"] and other["host"] == notice["host"]
        if beside and other["instead_of"] != notice["instead_of"] and other["member"] != notice["member"]:
            return True
    return False


def _common(former: str, template: str) -> Counter[str]:
    return Counter(words_of(former)[0]) & Counter(words_of(template)[0])
