"""Which shapes of message come seldom enough to foretell anything, from how often each came in how many days.

Takes features, one row or many; returns truth values. A message that comes all the time has come before most incidents by
chance.
"""

from typing import Any, Final

from brainstem.contracts.slots import SLOT_US
from brainstem.evidence.incidents.precedent import YOUNG_SLOTS
from brainstem.parameters import parameter

RARE_DAILY_MILLI: Final = parameter(
    "incidents.rarity.rare_daily_milli",
    1500,
    "thousandths",
    "what comes oftener than this has come before most incidents by chance, and before everything else as well",
)
YOUNG_DAILY_MILLI: Final = parameter(
    "incidents.rarity.young_daily_milli", 6000, "thousandths", "but what is young may have come to grow"
)
RARE_72H: Final = parameter(
    "incidents.rarity.rare_72h", 30, "episodes", "episodes in three days up to which a message may foretell anything"
)


def is_rare(feature_rows: Any) -> Any:
    """Return whether a family comes seldom enough to foretell anything; of one row of features or of each of many."""
    mean = feature_rows["daily_mean_milli"]
    young = feature_rows["slot"] - feature_rows["first_time"] // SLOT_US <= YOUNG_SLOTS
    few = (mean <= RARE_DAILY_MILLI) | (young & (mean <= YOUNG_DAILY_MILLI))
    return few & (feature_rows["episodes_72h"] <= RARE_72H)
