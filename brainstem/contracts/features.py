"""Features: what is known of one family at one sealed tick, in integers.

A bucket makes features, the tenant's step adds what only it can see (other families, heal cycles, changes), and attention
turns them into contributions. A slot is `SLOT_SECONDS` of event time, counted from the epoch; a tick is the end of a slot.
An episode is a slot with at least one event, so chatter inside a slot counts once.
"""

from typing import Final

import numpy as np

WHOLE_CONFIGURATION, ON_HOST, ON_ENTITY, ONE_MEMBER = 0, 1, 2, 3
"""what features are about: all of a family or member, one host or one entity of a member, one member of several"""

FEATURES_DTYPE: Final = np.dtype(
    [
        ("family", "u8"),  # key of the family within the whole system: tenant, service and oldest signature
        ("facet", "u8"),  # hash of the host or entity that it is about; 0 when it is about all of the family
        ("facet_kind", "u1"),  # 0 all, 1 a host, 2 an entity; 3 one member of a family of several
        ("slot", "i4"),  # the sealed slot; the features are those at its end
        ("first_time", "i8"),  # microseconds since the epoch, UTC: the first event ever
        ("last_time", "i8"),  # the latest event
        ("count", "i8"),  # events ever
        ("episodes_24h", "i4"),  # episodes of the last 144 slots, this one included
        ("episodes_72h", "i4"),
        ("episodes_7d", "i4"),
        ("episodes", "i4"),  # ever
        ("whole_7d", "i4"),  # episodes in 7 days of all facets of the whole that a facet is part of
        ("whole_episodes", "i4"),  # ever
        ("siblings", "i4"),  # other facets of that kind of the same whole
        ("daily_mean_milli", "i4"),  # mean episodes of the previous 24 h windows (at most 14), in thousandths
        ("daily_windows", "i4"),  # how many such windows the family has lived through
        ("dispersion_milli", "i4"),  # max(1, variance / mean) of those windows, in thousandths
        ("daily_record", "i4"),  # the largest of all earlier 24 h windows
        ("active_days", "i4"),  # of the last 14 windows of 24 h, this one included, those with an episode
        ("memory_milli", "i4"),  # ACT-R base level over all episodes, natural log, in thousandths
        ("rise_milli", "i4"),  # log likelihood ratio of the present rate against the past one, decibans in thousandths
        ("rise_hours", "i4"),  # the window that gave it: 24 or 72
        ("sustained_milli", "i4"),  # log likelihood ratio of the last days but the busiest, decibans in thousandths
        ("sustained_days", "i4"),  # the days that gave it
        ("shrinking_z_milli", "i4"),  # Kendall's statistic of shrinking gaps, of the host for which it is largest
        ("trend_milli", "i4"),  # Laplace trend statistic of the episodes of the last 14 days, in thousandths
        ("growth_z_milli", "i4"),  # Kendall's trend statistic of the events of up to 14 whole days
        ("growth_permille", "i4"),  # events of the last three of these days against the first three
        ("hosts", "i4"),  # distinct hosts ever (exact below 16, then estimated)
        ("hosts_joined_7d", "i4"),  # hosts of two episodes, new in 7 days, 2 h after the first, 24 h after the service
        ("regularity_permille", "i4"),  # share of the gaps between episodes, per host, that equal that host's usual gap
        ("period_seconds", "i4"),  # the usual gap of the host with the most gaps; 0 when there is none
        ("clock_permille", "i4"),  # how much the episodes of two weeks keep to a time of day (mean resultant length)
        ("born_into_service_slots", "i4"),  # from the first event of its service (for a host: on that host) to its own
        ("service_24h_permille", "i4"),  # activity of the rest of its service in 24 h against the daily mean before
        ("service_72h_permille", "i4"),
        ("cue", "u1"),  # 0 none, 1 weak, 2 strong: words and severity of the family's events
        ("severity", "u1"),  # the highest severity number seen
        ("stateful", "u1"),  # 1 when its events say that something went down
        # known to the tenant's step only
        ("heal_cycles_7d", "i4"),  # down and up again within an hour, the same entity, in the last 7 days
        ("heal_entities", "i4"),  # entities of those cycles that healed at least twice
        ("heal_seconds", "i4"),  # the median time from down to up
        ("heal_outage", "u1"),  # 1 when words call it out of service, as "down" does, and few others have it
        ("heal_learned", "u1"),  # 1 when no words said so, but its counterpart came soon after it each time
        ("heal_counterpart", "u1"),  # 1 when it only says that another family's report is over, 2 when its words do
        ("active_families", "i4"),  # families of the tenant with an episode in the last 24 h
        ("rising_together", "i4"),  # other families of the tenant that began to rise in the last 2 h
        ("spreading_together", "i4"),  # other families of the tenant that began to spread in the last 24 h
        ("born_together", "i4"),  # other families of the tenant first seen in the same slot or a neighbouring one
        ("service_births_2d", "i4"),  # other families of its service born within two days, the most until its birth
        ("service_families", "i4"),  # families of its service ever
        ("born_after_slots", "i4"),  # from the tenant's first event to the family's
        ("tenant_age_slots", "i4"),  # from the tenant's first event to now
        # of a notice about one host or entity
        ("countdown_milli", "i8"),  # the last value of the number that falls, in thousandths
        ("countdown_falls", "i4"),  # how often in a row it fell
        ("drift_deviations_milli", "i4"),  # how far a number left its range, in deviations of its former daily means
        ("drift_days", "i4"),  # how long it has been moving
        ("drift_from_milli", "i8"),  # its former mean
        ("drift_to_milli", "i8"),  # its mean of the last day
        ("drift_pace_milli", "i8"),  # a day
        ("silence_runs", "i4"),  # how often the job that is overdue had run
        ("silence_regularity_permille", "i4"),  # share of the gaps between its runs that are its period
        ("silence_period_seconds", "i4"),
        ("silence_seconds", "i4"),  # since its last run
        ("silence_together", "i4"),  # other jobs of the tenant that became silent within the same period
        ("outcome_times", "i4"),  # how often it stood in the place of a job's usual message, of the latest runs of that
        ("outcome_runs", "i4"),  # these runs
        ("outcome_before", "i4"),  # and the runs before
        ("outcome_strength_milli", "i4"),  # how little chance does it, in decibans, in thousandths
        ("outcome_period_seconds", "i4"),  # of the job
        ("outcome_former", "i8"),  # the family of the usual message, as a signed key
        ("precursor_hits", "i4"),  # earlier incidents of one sort that it came before, once that is beyond chance
        ("precursor_incidents", "i4"),  # incidents of that sort
        ("precursor_unfollowed", "i4"),  # occurrences that no such incident followed
        ("precursor_lag_seconds", "i4"),  # the median time from it to the incident
        ("precursor_lift_milli", "i4"),  # how many times oftener before incidents than at any time, in thousandths
        ("precedent_days", "i4"),  # since the earlier incident before which a message like it was new; 0 for none
        ("precedent_permille", "i4"),  # its weight: how rarely it is seen near no incident, and how similar it is
        ("precedent_cases", "i4"),  # such cases
        ("precedent_here", "u1"),  # 1 when the case is this tenant's own
        ("feedback_useful", "i4"),  # how often people called its items useful
        ("feedback_useless", "i4"),
        ("feedback_useful_milli", "i4"),  # the same with a half-life of 90 days, in thousandths
        ("feedback_useless_milli", "i4"),
        ("succeeded_family", "i8"),  # the family that it succeeds in other words, as a signed key; 0 for none
        ("succeeded_permille", "i4"),  # Dice's coefficient of the two templates
        ("feedback_scope", "u1"),  # 1 verdicts about the family's items, 2 about its signature too
    ]
)
"""The columns of features, all integers; thousandths where a name ends in `_milli`. They are stored in waiting reports, and
those of `decision_facts.FACTS` in decisions."""
