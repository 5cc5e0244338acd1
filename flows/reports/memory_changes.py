"""What has changed in memory in a period: families that faded, and families that were heard for the first time.

Takes decisions up to the end of a window; returns records for the digest.
"""

from typing import Final

import polars as pl

from brainstem.attention.bands import BEHAVIOURS, Band
from brainstem.explain.answers.period import Faded, Newcomer, News
from flows.reports.recorded import DAY_US, scan_decisions
from flows.reports.window import Window
from flows.sinks.output_folder import OutputFolder

FIRST_DAYS_US: Final = 3 * DAY_US
"""after a tenant was first heard: what is new then only teaches what is usual there"""
STRONGEST: Final = 10
_WATCHED: Final = [each.title for each in BEHAVIOURS if each.band >= Band.WATCH]


def faded_in(folder: OutputFolder, window: Window) -> tuple[Faded, ...]:
    """Return the families that left the watched bands in a window and are below them at its end; first what was shown."""
    rank = {each.title: each.band.value for each in BEHAVIOURS}
    rows = scan_decisions(folder, window).select(
        "family",
        pl.col("tick").dt.epoch("us").alias("tick_us"),
        *(pl.col(name).cast(pl.String) for name in ("tenant", "service", "template", "from_band", "to_band", "cause")),
    )
    left = pl.col("from_band").is_in(_WATCHED) & ~pl.col("to_band").is_in(_WATCHED)
    of_family = (
        rows.with_columns(
            pl.col("from_band").replace_strict(rank, return_dtype=pl.Int8).alias("rank"), left.alias("left")
        )
        .group_by("family")
        .agg(
            pl.col("tenant", "service", "template", "to_band", "cause").sort_by("tick_us").last(),
            pl.col("tick_us").filter("left").max().alias("faded_us"),
            pl.col("tick_us").filter(pl.col("cause") == "surfaced").max().fill_null(0).alias("shown_us"),
            pl.col("rank").max(),
        )
        .filter(
            (pl.col("faded_us") >= window.from_us) & ~pl.col("to_band").is_in(_WATCHED) & (pl.col("cause") != "joined")
        )
        .collect()
    )
    found = [
        Faded(
            row["tenant"],
            row["service"],
            row["template"],
            row["family"],
            BEHAVIOURS[row["rank"]].title,
            row["faded_us"],
            row["shown_us"],
        )
        for row in of_family.iter_rows(named=True)
    ]
    return tuple(
        sorted(
            found, key=lambda each: (not each.shown_us, -rank[each.from_band], -each.faded_us, each.tenant, each.family)
        )
    )


def news_of(folder: OutputFolder, window: Window) -> tuple[News, ...]:
    """Return what each tenant said for the first time in a window, the tenant with the strongest first.

    What has joined another family is none of its own. A tenant of which nothing was new is left out.
    """
    rows = scan_decisions(folder, window).select(
        "family",
        "score",
        pl.col("tick").dt.epoch("us").alias("tick_us"),
        *(pl.col(name).cast(pl.String) for name in ("tenant", "service", "template", "cause")),
    )
    families = (
        rows.group_by("tenant", "family")
        .agg(
            pl.col("service", "template", "score", "cause").sort_by("tick_us").last(),
            pl.col("tick_us").min().alias("first_us"),
            (pl.col("cause") == "joined").any().alias("joined"),
        )
        .with_columns(pl.col("first_us").min().over("tenant").alias("tenant_us"))
        .filter(~pl.col("joined") & (pl.col("first_us") >= window.from_us))
        .with_columns((pl.col("first_us") < pl.col("tenant_us") + FIRST_DAYS_US).alias("learned"))
        .collect()
    )
    news = []
    for (tenant,), part in families.partition_by("tenant", as_dict=True).items():
        new = part.filter(~pl.col("learned")).sort("score", "first_us", "family", descending=[True, False, False])
        strongest = tuple(
            Newcomer(*row)
            for row in new.head(STRONGEST).select("service", "template", "family", "first_us", "score").iter_rows()
        )
        news.append(News(str(tenant), len(new), strongest, len(part) - len(new)))

    def place(each: News) -> tuple[float, str]:
        return -each.strongest[0].score if each.strongest else float("inf"), each.tenant

    return tuple(sorted(news, key=place))
