"""The layout of a notice: a sparse fact about one facet of a family member that needs a state of its own; columns and their
units.

A kernel with its own table (schedules of jobs, numbers that messages report) makes rows of `NOTICE_DTYPE`. Each falls on a
slot in which its family has features; the tenant's step weighs a copy of these with the notice's columns filled in.
"""

from typing import Final

import numpy as np

SILENCE: Final = 1
"""a regular job has not run although it was due"""
DRIFT: Final = 2
"""a number leaves its own former range at a steady pace"""
COUNTDOWN: Final = 3
"""a number falls again and again and is nearly used up"""
OUTCOME: Final = 4
"""another message stands where a job's usual one stood"""
GROWTH: Final = 5
"""a count that never falls has doubled"""
FALL: Final = 6
"""a number that a job reports has fallen to a fraction of what it was"""

NOTICE_DTYPE: Final = np.dtype(
    [
        ("slot", "i4"),
        ("member", "u8"),
        ("kind", "u1"),
        ("facet", "u8"),  # hash of the entity, or of the host when the message names none
        ("facet_kind", "u1"),  # ON_HOST or ON_ENTITY
        ("host", "u8"),
        ("source", "u8"),  # the source that its last event came from
        ("program", "u8"),  # tenant and service
        # of a silence
        ("due_minute", "i4"),  # when the first run that is missing was due, minutes since the epoch, UTC
        ("last_minute", "i4"),  # the beginning of the last run
        ("period_minutes", "i4"),
        ("tolerance_minutes", "i4"),  # how far from its time a run may begin
        ("runs", "i4"),
        ("regularity_permille", "i4"),
        # of a number
        ("first_milli", "i8"),  # its former level
        ("last_milli", "i8"),
        ("pace_milli", "i8"),  # a day
        ("days", "i4"),  # how long it has been moving
        ("strength_milli", "i4"),  # the distance moved, in standard deviations of its former daily means
        ("falls", "i4"),  # how often in a row it fell
        # of an outcome; `runs` is then how often the job ran before, `strength_milli` how little chance does it, decibans
        ("instead_of", "u8"),  # the member whose place it takes
        ("instead_times", "i4"),  # how often it did of the latest `instead_runs` due times
        ("instead_runs", "i4"),
        ("is_worse", "u1"),  # 1 when its words or severity hint at trouble more than those of the job
    ]
)
