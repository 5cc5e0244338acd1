"""The parameters of judgement: every constant of the core that steers what surfaces, with unit and meaning.

Values are read from the modules that use them; meanings stand below a constant there, or here where it has none.
"""

import ast
import importlib
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeGuard

from brainstem.bands import BEHAVIOURS

Number = int | float | tuple[float, ...]

MODULES: Final = (
    *(
        "finding",
        "reading",
        "bands",
        "likelihood",
        "attention",
        "companions",
        "standing",
        "births",
        "cycles",
        "telling",
        "episodes",
        "rates",
        "rhythm",
        "advance",
        "admission",
        "family",
        "family_state",
        "healing",
        "pairing",
    ),
    *("runs", "schedule", "silence", "gauges", "drift", "gauge_notices", "liveness", "noticing"),
    *("occasions", "precursor", "precedent", "opinion", "outcomes"),
    *("lineage", "discovery", "context", "ordering", "state.forgetting"),
)
"""modules, of the core where no other folder is named, whose constants steer judgement"""

NO_PARAMETERS: Final[dict[str, str]] = {
    "finding": "ITEM_VERSION",
    "reading": "SLOT_US SLOTS_PER_HOUR SLOTS_PER_DAY WHOLE ON_HOST ON_ENTITY ONE_MEMBER",
    "likelihood": "DAY_US DECIBANS_PER_NAT",
    "attention": "HOUR_US PRIOR_QUARTERS MEMORY RECURRENCE RISE ACCELERATION SPREAD SELF_HEAL NOVELTY CUE COUNTDOWN"
    " PERIOD HABITUATION CHANGE_EVENT CONCENTRATION CLOCK CROWD SILENCE DRIFT PRECURSOR PRECEDENT FEEDBACK"
    " LINEAGE",
    "standing": "NEVER KEY_QUARTERS MOVE_QUARTERS LEAVE_QUARTERS LEAVE_SLOTS AGAIN_SLOTS SOONER_SLOTS"
    " SOONER_QUARTERS FLOORS RECORDS_MOVES_FROM IGNORE BACKGROUND WATCH INVESTIGATE PROMOTE NO_BLOCK TWO_KEYS COOLDOWN"
    " SILENT BUDGET TOLD_ALREADY SHOWN FOR_LATER TOLD_OF NO_CAUSE BORN EVIDENCE DECAY MOVED HELD SURFACED",
    "births": "NO_DAY",
    "cycles": "ENTITIES_SHOWN",
    "telling": "CHANGES_SHOWN",
    "episodes": "SLOT_MINUTES",
    "rates": "DECIBANS_PER_NAT",
    "family": "FAMILIES_VERSION",
    "family_state": "FAMILY_STATE_VERSION NONE WORDS",
    "healing": "HEALING_STATE_VERSION",
    "runs": "MEMBER SLOT_MINUTES DAY WEEK",
    "schedule": "DUE PERIOD TOLERANCE REGULARITY CLEAR TIGHT PLAN_COLUMNS",
    "silence": "NOTICES_PER_REVIEW",
    "gauges": "MEMBER",
    "drift": "WINDOW_BLOCKS WINDOWS EMPTY",
    "liveness": "LIVENESS_STATE_VERSION SLOT_MINUTES WORDS",
    "occasions": "NEVER",
    "opinion": "FAMILY_SCOPE SIGNATURE_SCOPE",
    "discovery": "DISCOVERY_STATE_VERSION COUNTED_DOWN",
    "outcomes": "EARLIER_SHOWN",
    "context": "CONTEXT_VERSION",
    "state.forgetting": "FORGETTING_STATE_VERSION TRACES_AT_ONCE",
    "ordering": "NEVER LAST_TIME ANCHOR FRONTIER RECENT_COUNT RECENT STATE_LENGTH",
}
"""Numbers of these modules that steer nothing: versions, places, codes, and what follows from a parameter."""

MEANINGS: Final[dict[str, dict[str, str]]] = {
    "reading": {"SLOT_SECONDS": "length of a slot; a slot with an event is an episode, and its end is a tick"},
    "bands": {
        "LEAVE_PROMOTE_DECIBANS": "a promoted family stays promoted until its score has stayed below this",
        "LEAVE_PROMOTE_HOURS": "for this long",
        "SURFACE_SOONER_HOURS": "or after this many hours when it is stronger or of a new kind",
        "SURFACE_SOONER_DECIBANS": "how much stronger",
    },
    "likelihood": {
        "KNOWN_FROM_SLOTS": "until then what is new is new to us only, and from then on ever less so",
        "LEARNING_SLOTS": "after so long a tenant is known: before, what is new is new to us only",
        "SILENCE_DAYS": "longest silence before a first event that still adds to novelty",
        "AGE_LEAST_DAYS": "age that the youngest family is taken to have",
        "NEWS_AT_ONCE": "episodes that count towards novelty, however they come",
        "NEWS_A_DAY": "and so many more for each active day",
        "FADE_FROM_DAYS": "age from which novelty fades",
        "FADE_DAYS": "how fast: to a third in so many days",
        "WHOLE_EPISODES": "episodes a day of a whole at which its facets weigh half",
        "OTHER_LEAST_EPISODES": "episodes in 7 days that an average other has at the least",
        "OTHER_ADDED_EPISODES": "episodes that are added to those of the others",
        "OUTSTANDING_DOUBLINGS": "doublings of an average other at which the novelty of one of many counts whole",
        "CLOCK_CONCENTRATION": "von Mises concentration of what people do: four fifths of it in eight hours of the day",
        "CLOCK_EPISODES_MOST": "episodes from which keeping to a time of day weighs no more",
        "GROWTH_PERMILLE": "the last days against the first from which it may be growing day by day",
        "GROWTH_FROM": "deviations from which growing day by day counts",
        "GROWTH_RANGE": "so many more and it is sure",
    },
    "attention": {
        "SPREAD_WINDOW_SLOTS": "after learning, how long until spreading weighs in full",
        "ERROR_SEVERITY": "from which it counts as an error",
        "WARNING_SEVERITY": "and from which as a warning",
        "STRONG_CUE_POINTS": "what a strong word, or an error, is worth",
        "WEAK_CUE_POINTS": "what a weak word, or a warning, is worth",
        "MEMORY_SHARE": "decibans that each unit of the base level, a natural logarithm, gives",
        "MEMORY_MAX": "most that memory gives",
        "SILENT_TROUBLE": "share of its points that the silence of an old trouble keeps",
        "DRIFT_POINTS": "the least that a drift gives",
        "DRIFT_DOUBLING_POINTS": "what each doubling of its distance gives beside that",
        "DRIFT_DOUBLINGS_MAX": "most that these give",
        "RECURRENCE_POINTS": "most that the share of its active days gives",
        "RECURRENCE_DAYS": "days without it that are assumed beside those counted",
        "RECURRENCE_FROM_DAYS": "active days from which it recurs",
        "RECURRENCE_MOST_DAYS": "latest days whose share of active ones counts, at the most",
        "RECURRENCE_DOUBLING_POINTS": "what each doubling of one more than the active days gives beside that",
        "BRISK_EPISODES": "episodes that make a recurrence within the first day",
        "BRISK_HOURS": "from the first to the last of them",
        "BRISK_POINTS": "what that is worth",
        "NOVELTY_POINTS": "most that novelty gives",
        "NOVELTY_SCALE": "news that gives 63 % of it",
        "HABIT_DAYS": "age from which having been there for long weighs against a family",
        "HABIT_DOUBLING_POINTS": "what each doubling of the age beyond that takes off",
        "HABIT_SUSTAINED_SHARE": "share of its habit that coming more often for days takes away at the most",
        "YOUNG_DAYS": "age up to which births beside it weigh against a family",
        "ROUTINE_TROUBLE": "share of the points against what comes by the clock that a new trouble is spared",
        "JOB_SECONDS": "which comes no more often than that",
        "FLEET_HOSTS": "hosts from which what is new and comes once on each counts as a roll-out",
        "FLEET_EPISODES": "episodes on each host from which it is no roll-out; one or less is surely one",
        "FLEET_SHARE": "share of its novelty that this takes away",
        "BUSY_EPISODES": "episodes a day from which they weigh as routine",
        "BUSY_DOUBLING_POINTS": "what each doubling of the episodes a day beyond that takes off",
        "BUSY_ADDED_EPISODES": "episodes a day that are added to those counted",
        "PERIOD_POINTS": "most that coming like clockwork takes off",
        "PERIOD_REGULARITY": "regularity from which it comes like clockwork",
        "PAST_WINDOWS": "days lived through until a rise or a trend weighs in full",
        "COMPANY": "so many others that rise, spread or stop with it halve what it is worth",
        "CROWD_FAMILIES": "active families of a tenant from which their number weighs against each",
        "CROWD_POINTS": "what ten times as many take off",
        "CROWD_RISING_POINTS": "what each doubling of those that rise with it takes off",
        "CROWD_SIBLING_POINTS": "what ten times as many others of its kind take off a host or a name",
        "CROWD_MEMBER_POINTS": "what they take off one member of several",
        "CROWD_HOST_POINTS": "what it takes off that it is about one host",
        "CROWD_ENTITY_POINTS": "what it takes off that it is about one name",
        "CHANGE_POINTS": "what each doubling of the births beside it takes off",
        "CHANGE_DOUBLING_POINTS": "what each doubling of the tenant's families born beside it takes off",
        "CHANGE_MAX": "most that an update takes off",
        "CLOCK_MAX": "most that keeping to a time of day takes off",
        "HEAL_CYCLES_LEAST": "heal cycles of one thing from which they count",
        "HEAL_DOUBLING_POINTS": "what each doubling of them gives",
        "HEAL_POINTS_MAX": "most that self_heal gives",
        "HEAL_NEWS": "news at which they count in full",
        "HEAL_TOLD_SHARE": "share of that which an outage in words gives where it is not new",
        "RISE_SHARE": "what each deciban of a rise gives",
        "RISE_MAX": "most that a rise gives",
        "SPREAD_DOUBLING_POINTS": "what each doubling of one more than the hosts that joined gives",
        "SPREAD_MAX": "most that spreading gives",
        "TREND_POINTS": "what each deviation of the trend over 14 days gives",
        "TREND_FROM": "deviations from which the trend counts",
        "TREND_MAX": "most that the trend gives",
        "GROWTH_POINTS": "most that growing day by day gives",
        "SUSTAINED_SHARE": "what each deciban of coming more often for days gives",
        "SUSTAINED_KNOWN_FROM_DAYS": "age from which what is usual begins to be known",
        "SUSTAINED_KNOWN_DAYS": "and so many days later it is known well enough",
        "SUSTAINED_FROM": "decibans from which coming more often for days counts",
        "SUSTAINED_MAX": "most that coming more often for days gives",
        "SHRINKING_POINTS": "what each deviation of shrinking gaps gives",
        "SHRINKING_FROM": "deviations from which shrinking gaps count",
        "SHRINKING_MAX": "most that shrinking gaps give",
        "CONCENTRATION_SHARE": "what each deciban by which a facet is unlike the others of its kind gives",
        "CONCENTRATION_POINTS_MAX": "most that concentration gives",
        "COUNTDOWN_POINTS": "what a countdown gives",
        "SILENCE_POINTS": "most that the silence of a job gives",
        "SILENCE_RUNS": "runs after which the silence of a job weighs in full",
        "SILENCE_REGULARITY": "regularity at which the silence of a job weighs nothing",
        "DRIFT_DEVIATIONS": "deviations at which a drift gives its least",
        "PRECURSOR_EVEN": "what a precursor gives at even odds",
        "PRECURSOR_ADDED": "occasions that are added to both sides of the odds",
        "PRECURSOR_MAX": "most that a precursor gives",
        "PRECEDENT_EXPONENT": "power of the days since a precedent by which it fades",
        "PRECEDENT_MAX": "most that a precedent gives",
        "FEEDBACK_ADDED_MILLI": "verdicts that are added to both sides, in thousandths",
        "FEEDBACK_MAX": "most that verdicts give or take",
    },
    "standing": {"RISING_MILLI": "rise from which a family counts as rising"},
    "rates": {
        "WINDOWS": "days of the past that rates and trends are taken from",
        "SERVICE_AT_LEAST": "events added to both sides when a service is held against its past",
        "SUSTAINED_LEAST": "days, at the least, of coming more often",
        "SUSTAINED_MOST": "days, at the most",
        "SUSTAINED_PAST": "windows before them, at the least",
        "SUSTAINED_EPISODES": "episodes on these days, without the busiest, at the least",
        "SUSTAINED_TIMES": "times what is usual, at the least",
        "USUAL_AT_LEAST": "episodes a day that are taken for usual at the least",
        "PAST_DAYS": "whole days before the 15 windows that tell what is usual",
    },
    "rhythm": {
        "SPREAD_DELAY_SLOTS": "later than this after the first host a host has joined",
        "SPREAD_SLOTS": "how long a host that joined is new",
        "JOINED_EPISODES": "episodes after which a host has joined",
        "FOUNDED_EPISODES": "episodes that the first hosts must have had",
        "GROWTH_DAYS": "whole days from which growth is told",
        "SHRINKING_GAPS": "gaps from which they are held against each other",
        "SHRINKING_MINUTES": "minutes that these gaps must span",
        "CLOCK_EPISODES": "most episodes that tell the time of day",
    },
    "advance": {
        "FACET_EPISODES": "episodes from which a facet is read",
        "FACET_EPISODES_24H": "episodes in 24 h up to which a facet is read; more is chatter",
        "REVIEW_SLOTS": "how often families that say nothing are read again",
        "WARM_SLOTS": "silence up to which; after that once a day",
    },
    "admission": {
        "PROBATION_SLOTS": "within so long a facet must come a second time",
    },
    "family_state": {
        "HOSTS_EXACT": "hosts of a family that are followed one by one",
        "HOST_TIMES": "latest episodes of a host that tell its gaps",
    },
    "healing": {
        "OUTAGE_MAX_SECONDS": "what is out of service for longer has not healed by itself",
        "PAUSE_MAX_SECONDS": "and what has ended for longer has begun anew",
        "UP_TO_DOWN_RATIO": "how many times longer it must have been up than down",
        "UP_AT_LEAST_SECONDS": "and how long at the least",
        "FORGET_US": "what was not heard of for so long is forgotten",
    },
    "pairing": {
        "APART_SECONDS": "what comes sooner after another message is part of the same report",
        "MEETINGS_LEAST": "meetings that make a pair",
        "FAITHFUL_SHARE": "share of the second message's events that must follow the first",
        "EPISODES_MOST": "episodes in 7 days up to which a message is followed",
        "TOGETHER_SECONDS": "what comes later than that after another message has met it by chance",
        "TOGETHER_MOST": "young messages of a service at once up to which they are held against each other",
        "PAIRS_MOST": "pairs of a tenant; beyond it those are forgotten that met seldom and long ago",
        "GAPS_KEPT": "latest gaps that tell the usual one",
        "FORGET_US": "a pair that did not meet for so long is forgotten",
    },
    "runs": {
        "JOIN_MINUTES": "events closer than this are one run, at the least",
        "JOIN_MOST": "longest silence within a run",
        "JOIN_SHARE": "and what part of the usual gap (1 / n)",
        "ENTITIES_MOST": "entities of a member and host that are followed",
        "SPORADIC_RUNS": "with fewer runs it is sporadic",
        "FORGET_SPORADIC_MINUTES": "silence after which a sporadic one is forgotten",
        "FORGET_MINUTES": "silence after which any job is forgotten",
    },
    "schedule": {
        "RUNS_LEAST": "runs from which it is a job",
        "STREAM_MINUTES": "how long something heard in every slot must last to be a job",
        "REGULAR_PERMILLE": "share of its gaps that must be its period, or two or three of them",
        "TOLERANCE_SHARE": "a gap is the period give or take this part of it (1 / n)",
        "TOLERANCE_LEAST": "at the least",
        "TOLERANCE_MOST": "at the most",
        "TIGHT_SHARE": "a job keeps its time almost to the minute within this part of that (1 / n)",
        "MISSES_MOST": "runs that must be missing until a job is overdue, at the most",
        "CHANCE_MOST": "a job is overdue when chance would leave out so many runs less often than this",
        "CHANCE_MOST_OF_SPORADIC": "the same for one that had left out runs before",
        "EVEN_DISPERSION": "variance over mean of a run's lines up to which they are even",
    },
    "silence": {
        "REVIEW_SLOTS": "how often jobs are looked through for silence",
        "WARM_MINUTES": "silence after which that is done once a day",
        "LOOSE_PERMILLE": "what does not keep its time almost to the minute is taken for no more regular than this",
        "TELL_MINUTES": "how long a silence is told",
        "WAIT_LEAST": "after the time a run was due, how long is waited at the least",
        "WAIT_MOST": "and at the most",
        "QUIET_LEAST": "how long something heard in every slot must be silent",
        "EXPECTED_OTHERS": "other words of its program that are expected while it is silent",
    },
    "gauges": {
        "BLOCK_SLOTS": "length of the stretches that means are kept of",
        "GAUGES_MOST": "numbers of a member and host that are followed",
        "STEPS_MOST": "steps that are counted before the counts are halved",
        "FORGET_SPORADIC_SLOTS": "silence after which a number with few values is forgotten",
        "SPORADIC_VALUES": "so few",
        "FORGET_SLOTS": "silence after which any number is forgotten",
    },
    "drift": {
        "DRIFT_DAYS_LEAST": "days that a number must have moved the same way",
        "DRIFT_DAYS_MOST": "and may have",
        "BASE_WINDOWS_LEAST": "daily means that its former range is taken from, at the least",
        "BASE_WINDOWS_MOST": "and at the most",
        "DRIFT_DEVIATIONS": "deviations of the former daily means that it must have come",
        "STEP_SHARE": "most of the way that one step may be",
        "STEP_SHARE_OF_TWO": "the same of two steps",
        "BASE_RANGE_SHARE": "part of the way that it may have moved before",
        "BEYOND_SHARE": "part of the former range that all latest values must lie beyond it",
        "NEWEST_LEAST": "latest values at the least",
        "FORMER_LEAST": "former values at the least",
        "COUNTER_SHARE": "what went only one way in so many steps to one is a counter",
        "RELATIVE_NOISE": "least deviation of the means, as part of the level",
        "WHOLE_NOISE_MILLI": "least deviation of whole numbers",
        "FRACTION_NOISE_MILLI": "least deviation of fractions",
        "TOGETHER_LEAST": "siblings that drift along from which it is a drift of all",
        "TOGETHER_SHARE": "or the part of all siblings (1 / n)",
    },
    "gauge_notices": {
        "COUNTDOWN_FALLS": "falls by similar steps that make a countdown",
        "COUNTDOWN_ONLY_FALLS": "the same of a number that never rose",
        "COUNTDOWN_CLOCK_FALLS": "the same of one that never rose and falls by one a day",
        "COUNTDOWN_LONG_FALLS": "or falls of any size",
        "COUNTDOWN_EVENNESS": "largest step over the smallest for them to be similar",
        "COUNTDOWN_MAX_MILLI": "a countdown is told below this number",
        "COUNTDOWN_DAYS_MOST": "or, of a number that never rose, from so many days before it runs out",
    },
    "liveness": {
        "DAYS_COMPARED": "days before that tell what is usual at a time",
        "FORGET_SLOTS": "what a source did not hear for so long is forgotten",
        "SOURCE_SLOTS_KNOWN": "slots that a source must usually fill to tell anything",
    },
    "precursor": {
        "FALSE_DISCOVERIES": "share of learned precursors that may be chance",
        "HITS_LEAST": "incidents that a precursor must have come before",
        "KEPT_SLOTS": "how long incidents are remembered",
        "GROUPS_KEPT": "sorts of incidents that are remembered",
    },
    "precedent": {
        "CASES_PER_INCIDENT": "shapes kept of an incident",
        "KEPT_SLOTS": "how long they are remembered",
    },
    "opinion": {
        "HALF_LIFE_SLOTS": "after so long a verdict weighs half",
        "VERDICTS_KEPT": "verdicts kept of a family",
    },
    "outcomes": {
        "RARE_72H": "episodes in three days up to which a message may foretell anything",
        "ITEMS_KEPT": "latest items that a verdict can be about",
    },
    "discovery": {
        "RISEN_SLOTS": "how long a family counts as rising with others",
    },
    "births": {"BIRTH_DAYS": "days for which births of a service are counted"},
    "cycles": {
        "HEAL_SLOTS": "how long heal cycles count",
        "CYCLES_OF_A_FLAP": "cycles of one thing from which it is named",
    },
    "telling": {"SURFACINGS_KEPT": "earlier surfacings of a family that are remembered"},
    "state.forgetting": {
        "FAMILIES_MOST": "families that a bucket (one of 16) holds at the end of a slot",
        "FAMILIES_LEFT": "how many are left when there were more; those heard once and longest ago go first",
    },
    "context": {"DEFAULT_LATENESS_US": "how far out of order a source may be; lateness_minutes sets it for a live run"},
}

UNITS: Final = (
    ("_SLOTS", "slots of ten minutes"),
    ("_72H", "episodes"),
    ("_24H", "episodes"),
    ("EPISODES", "episodes"),
    ("_DAYS", "days"),
    ("_HOURS", "hours"),
    ("_MINUTES", "minutes"),
    ("_SECONDS", "seconds"),
    ("_US", "microseconds"),
    ("_DECIBANS", "decibans"),
    ("_PERMILLE", "thousandths"),
    ("_MILLI", "thousandths"),
    ("_WORDS", "words"),
    ("_RUNS", "runs"),
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
    **dict.fromkeys(("NEWS_AT_ONCE", "NEWS_A_DAY", "USUAL_AT_LEAST", "DISPERSION_MEAN_LEAST"), "episodes"),
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
    """Give all parameters, module by module, each in the order in which it stands there."""
    for module in MODULES:
        for name, value, told in constants_of(module):
            if name not in NO_PARAMETERS.get(module, "").split():
                meaning = MEANINGS.get(module, {}).get(name, told)
                yield Parameter(module, name.lower(), value, unit_of(module, name), meaning)
        if module == "bands":
            for band in BEHAVIOURS:
                title = band.title.replace("-", "_")
                told = "least score of the band"
                yield Parameter(module, f"{title}_from_decibans", band.from_decibans, "decibans", told)
                told = "how long its raw evidence is worth keeping"
                yield Parameter(module, f"{title}_evidence_days", band.evidence_days, "days", told)


def constants_of(module: str) -> Iterator[tuple[str, Number, str]]:
    """Give the public numbers that a module of the core defines, and the text below each, in one line."""
    loaded = importlib.import_module(module if "." in module else f"brainstem.{module}")
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
    """Give the unit of a constant; "number" for what is counted in nothing else."""
    if name == "WINDOWS" and module == "precursor":
        return "slots of ten minutes"
    ends = {end: unit for end, unit in UNITS if name.endswith(end) or f"{end}_" in f"{name}_"}
    return OTHER_UNITS.get(name) or next(iter(ends.values()), "number")
