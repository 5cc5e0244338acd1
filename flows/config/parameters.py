"""The parameters of judgement: every constant of the core that steers what surfaces, with unit and meaning.

Takes the modules of the core that judge; gives their constants in order. Values are read from the modules that use them;
meanings stand below a constant there, or in `meanings` where it has none.
"""

import ast
import importlib
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeGuard

from brainstem.attention.bands import BEHAVIOURS
from flows.config.meanings import MEANINGS

Number = int | float | tuple[float, ...]

MODULES: Final = (
    "contracts.points",
    "contracts.slots",
    "attention.bands",
    "evidence.statistics",
    "attention.weigh",
    "attention.co_occurrence",
    "attention.state",
    "evidence.discounts.change_event",
    "evidence.self_heal.log",
    "discovery.surfacing",
    "evidence.history.episodes",
    "evidence.history.rates",
    "evidence.history.timing",
    "evidence.history.advance",
    "attention.facet_features",
    "evidence.history.facet_admission",
    "signature.families",
    "evidence.history.state",
    "evidence.self_heal.by_words",
    "evidence.self_heal.by_timing",
    "attention.bounds",
    "evidence.silence.job_runs",
    "evidence.silence.schedule",
    "evidence.silence.overdue",
    "evidence.numbers.gauges",
    "evidence.numbers.drift",
    "evidence.numbers.notices",
    "evidence.silence.liveness",
    "discovery.notices",
    "evidence.incidents.occurrences",
    "evidence.incidents.precursor",
    "evidence.incidents.precedent",
    "evidence.incidents.rarity",
    "evidence.feedback",
    "discovery.incident_memory",
    "evidence.discounts.lineage",
    "discovery.tenant",
    "parse.source_context",
    "parse.event_time",
    "state.attention.eviction",
)
"""modules, of the core where no other folder is named, whose constants steer judgement"""

NO_PARAMETERS: Final[dict[str, str]] = {
    "contracts.points": "PRIOR_QUARTERS",
    "contracts.slots": "SLOT_US SLOTS_PER_HOUR SLOTS_PER_DAY",
    "evidence.statistics": "DAY_US DECIBANS_PER_NAT SCATTERED_PERMILLE",
    "attention.weigh": "HOUR_US PRIOR_QUARTERS MEMORY RECURRENCE RISE ACCELERATION SPREAD SELF_HEAL NOVELTY CUE COUNTDOWN"
    " PERIOD HABITUATION CHANGE_EVENT CONCENTRATION CLOCK CROWD SILENCE DRIFT PRECURSOR PRECEDENT FEEDBACK"
    " LINEAGE",
    "attention.state": "NEVER KEY_QUARTERS MOVE_QUARTERS LEAVE_QUARTERS LEAVE_SLOTS AGAIN_SLOTS SOONER_SLOTS"
    " SOONER_QUARTERS FLOORS RECORDS_MOVES_FROM IGNORE BACKGROUND WATCH INVESTIGATE PROMOTE NO_BLOCK TWO_KEYS COOLDOWN"
    " SILENT BUDGET TOLD_ALREADY SHOWN FOR_LATER TOLD_OF NO_CAUSE BORN EVIDENCE DECAY MOVED HELD SURFACED",
    "attention.facet_features": "COLUMNS",
    "attention.bounds": "NEVER_YET ROUNDING_QUARTERS WORTH_READING_QUARTERS PROMOTED_QUARTERS HEALED_QUARTERS"
    " PRAISED_QUARTERS COLUMNS",
    "evidence.discounts.change_event": "NO_DAY",
    "evidence.self_heal.log": "ENTITIES_SHOWN",
    "discovery.surfacing": "CHANGES_SHOWN",
    "evidence.history.episodes": "SLOT_MINUTES",
    "evidence.history.rates": "DECIBANS_PER_NAT COUNTS",
    "signature.families": "FAMILIES_VERSION",
    "evidence.history.state": "FAMILY_STATE_VERSION NONE WORDS",
    "evidence.self_heal.by_words": "HEAL_TRACKER_STATE_VERSION",
    "evidence.self_heal.by_timing": "YOUNG_SLOTS",
    "evidence.silence.job_runs": "MEMBER SLOT_MINUTES DAY WEEK",
    "evidence.silence.schedule": "DUE PERIOD TOLERANCE REGULARITY CLEAR TIGHT PLAN_COLUMNS",
    "evidence.silence.overdue": "NOTICES_PER_REVIEW",
    "evidence.numbers.gauges": "MEMBER",
    "evidence.numbers.drift": "WINDOW_BLOCKS WINDOWS EMPTY",
    "evidence.silence.liveness": "LIVENESS_STATE_VERSION SLOT_MINUTES WORDS",
    "evidence.incidents.occurrences": "NEVER",
    "evidence.feedback": "FAMILY_SCOPE SIGNATURE_SCOPE",
    "discovery.tenant": "DISCOVERY_STATE_VERSION",
    "discovery.incident_memory": "EARLIER_SHOWN",
    "parse.source_context": "CONTEXT_VERSION",
    "state.attention.eviction": "FORGETTING_STATE_VERSION TRACES_AT_ONCE",
    "parse.event_time": "NEVER LAST_TIME ANCHOR FRONTIER RECENT_COUNT RECENT STATE_LENGTH",
}
"""Numbers of these modules that steer nothing: versions, places, codes, and what follows from a parameter."""

UNITS: Final = (
    ("_SLOTS", "slots of ten minutes"),
    ("_72H", "evidence.history.episodes"),
    ("_24H", "evidence.history.episodes"),
    ("EPISODES", "evidence.history.episodes"),
    ("_DAYS", "days"),
    ("_HOURS", "hours"),
    ("_MINUTES", "minutes"),
    ("_SECONDS", "seconds"),
    ("_US", "microseconds"),
    ("_DECIBANS", "decibans"),
    ("_PERMILLE", "thousandths"),
    ("_MILLI", "thousandths"),
    ("_WORDS", "signature.lexicon"),
    ("_RUNS", "evidence.silence.job_runs"),
    ("_FALLS", "falls"),
    ("_SHARE", "share"),
    ("_POINTS", "decibans"),
    ("_POINTS_MAX", "decibans"),
)
"""The unit that the end of a name, or of its first part, stands for."""

OTHER_UNITS: Final = {
    **dict.fromkeys(("PRECURSOR_EVEN", "PRECURSOR_MAX", "PRECEDENT_MAX", "FEEDBACK_MAX", "NOVELTY_SCALE"), "decibans"),
    **dict.fromkeys(("MEMORY_MAX", "RISE_MAX", "SPREAD_MAX", "TREND_MAX", "SUSTAINED_MAX", "SHRINKING_MAX"), "decibans"),
    **dict.fromkeys(("CHANGE_MAX", "CLOCK_MAX", "DRIFT_DOUBLINGS_MAX", "HEAL_NEWS", "SUSTAINED_FROM"), "decibans"),
    **dict.fromkeys(("ERROR_SEVERITY", "WARNING_SEVERITY"), "severity number (OpenTelemetry)"),
    **dict.fromkeys(("TOLERANCE_LEAST", "TOLERANCE_MOST", "WAIT_LEAST", "WAIT_MOST", "QUIET_LEAST", "JOIN_MOST"), "minutes"),
    **dict.fromkeys(("TOLERANCE_SHARE", "TIGHT_SHARE", "JOIN_SHARE", "COUNTER_SHARE", "TOGETHER_SHARE"), "parts"),
    **dict.fromkeys(("CONSTANT_SHARE", "SAME_NAMES_SHARE", "EVEN_SHARE", "FREE_DAY_SHARE", "WAIT_SHARE"), "parts"),
    **dict.fromkeys(("LONG_TOLERANCE_SHARE", "TOGETHER_WAY_SHARE"), "parts"),
    **dict.fromkeys(("WINDOWS", "DAYS", "EVENT_DAYS"), "days"),
    **dict.fromkeys(("DISPERSION_WINDOWS", "LONG_RISE_WINDOWS", "TREND_WINDOWS", "SUSTAINED_LEAST"), "days"),
    **dict.fromkeys(("SUSTAINED_MOST", "SUSTAINED_PAST", "PAST_WINDOWS"), "days"),
    **dict.fromkeys(("NEWS_AT_ONCE", "NEWS_A_DAY", "USUAL_AT_LEAST", "DISPERSION_MEAN_LEAST"), "evidence.history.episodes"),
    **dict.fromkeys(("DRIFT_DEVIATIONS", "DISTANCE_MOST", "TREND_FROM", "GROWTH_FROM", "GROWTH_RANGE"), "deviations"),
    **dict.fromkeys(("SHRINKING_FROM",), "deviations"),
    **dict.fromkeys(("PERIOD_REGULARITY", "SILENCE_REGULARITY", "ROUTINE_TROUBLE", "SILENT_TROUBLE"), "share"),
    **dict.fromkeys(("TOGETHER_OF_MOMENTS",), "share"),
    **dict.fromkeys(("RATIO_MOST",), "decibans"),
    **dict.fromkeys(("EQUAL_GAP_TENTHS",), "tenths"),
    **dict.fromkeys(("KEPT_THIRDS",), "thirds"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Parameter:
    """One number that steers judgement, as it stands in a module."""

    module: str
    name: str
    value: Number
    unit: str
    meaning: str


def parameters() -> Iterator[Parameter]:
    """Return all parameters, module by module, each in the order in which it stands there."""
    for module in MODULES:
        for name, value, told in constants_of(module):
            if name not in NO_PARAMETERS.get(module, "").split():
                meaning = MEANINGS.get(module, {}).get(name, told)
                yield Parameter(module, name.lower(), value, unit_of(module, name), meaning)
        if module == "attention.bands":
            for band in BEHAVIOURS:
                title = band.title.replace("-", "_")
                told = "least score of the band"
                yield Parameter(module, f"{title}_from_decibans", band.from_decibans, "decibans", told)
                told = "how long its raw evidence is worth keeping"
                yield Parameter(module, f"{title}_evidence_days", band.evidence_days, "days", told)


def constants_of(module: str) -> Iterator[tuple[str, Number, str]]:
    """Return the public numbers that a module of the core defines, and the text below each, in one line."""
    loaded = importlib.import_module(module if module.startswith("state.") else f"brainstem.{module}")
    body = ast.parse(inspect.getsource(loaded)).body
    for node, following in zip(body, [*body[1:], None], strict=True):
        if not isinstance(node, ast.Assign | ast.AnnAssign):
            continue
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        told = ""
        if isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant):
            told = " ".join(str(following.value.value).split()).rstrip(".")
        for each in target.elts if isinstance(target, ast.Tuple) else [target]:
            name = each.id if isinstance(each, ast.Name) else ""
            value = getattr(loaded, name, None) if name.isupper() and not name.startswith("_") else None
            if _is_parameter(value):
                yield name, value, told


def _is_parameter(value: object) -> TypeGuard[Number]:
    """Tell a number, or several, from what else a constant may hold."""
    numbers = value if isinstance(value, tuple) else (value,)
    return bool(numbers) and all(isinstance(each, int | float) and not isinstance(each, bool) for each in numbers)


def unit_of(module: str, name: str) -> str:
    """Return the unit of a constant; "number" for what is counted in nothing else."""
    if name == "WINDOWS" and module == "evidence.incidents.precursor":
        return "slots of ten minutes"
    ends = {end: unit for end, unit in UNITS if name.endswith(end) or f"{end}_" in f"{name}_"}
    return OTHER_UNITS.get(name) or next(iter(ends.values()), "number")
