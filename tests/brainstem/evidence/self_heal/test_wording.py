"""What the words of a message say of a thing: out of service, failed or ended, back, or nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainstem.evidence.self_heal.wording import is_over, is_trouble, likeness, state_told

OUT, FAILED, NOTHING, BACK = -2, -1, 0, 1


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("%PM-<num>-ERR_DISABLE: link-flap error detected on Gi<num>, putting Gi<num> in err-disable state", OUT),
        ("%PM-<num>-ERR_RECOVER: Attempting to recover from link-flap err-disable state on Gi<num>", BACK),
        ("PROBLEM: Unavailable by ICMP ping on web<num>", OUT),
        ("OK: Unavailable by ICMP ping on web<num>", BACK),
        ("[FIRING:<num>] InstanceDown (web<num> critical)", OUT),
        ("[RESOLVED] InstanceDown (web<num> critical)", BACK),
        ("SERVICE ALERT: web<num>;HTTP;OK;HARD;<num>;HTTP OK", BACK),
        ("UPS ups<num>@localhost on battery", OUT),
        ("UPS ups<num>@localhost on line power", BACK),
        ("Power failure.", OUT),
        ("Power is back. UPS running on mains.", BACK),
        ("No longer on UPS batteries.", BACK),
        ("ports: port <num> is now off-line", OUT),
        ("ports: port <num> is now on-line", BACK),
        ("Process <num>, Nbr <host> on Vlan<num> from FULL to DOWN, Neighbor Down: Dead timer expired", OUT),
        ("Process <num>, Nbr <host> on Vlan<num> from LOADING to FULL, Loading Done", BACK),
        ("Vlan<num> Grp <num> state Active -> Speak", NOTHING),
        ("<num> ip sla <num> reachability Down -> Up", BACK),
        ("Health check cleared: OSD_DOWN (was: <num> osds down)", BACK),
        ("The Print Spooler service entered the stopped state.", FAILED),
        ("step dump failed", FAILED),
        ("step dump ok", BACK),
        ("recovery of volume failed", FAILED),
        ("volume could not be restored", FAILED),
        ("recovered from failure", BACK),
        ("Device <path> recovered read error", NOTHING),
        ("Verbindung zum Server NAS<num> unterbrochen", OUT),
        ("Verbindung zum Server NAS<num> wiederhergestellt", BACK),
        ("Server NAS<num> nicht erreichbar", OUT),
        ("no errors found", NOTHING),
        ("session <num> has <num> frames", NOTHING),
        ("", NOTHING),
    ],
)
def test_words_tell_the_state_of_a_thing(template: str, told: int) -> None:
    """Labels of monitors, transitions, negations, and German among them."""
    assert state_told(template) == told
    assert is_trouble(template) == (told < 0)
    assert is_over(template) == (told > 0)


@given(thing=st.sampled_from(["feed alpha", "pump 3", "Leitung Nord", "tunnel <num>", "web<num>"]))
def test_the_thing_does_not_change_what_is_told(thing: str) -> None:
    """Whatever goes down and comes back."""
    assert [state_told(f"{thing} is {state}") for state in ("down", "up", "unreachable", "reachable")] == [-2, 1, -2, 1]


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_has_a_state_and_a_likeness(one: str, other: str) -> None:
    """Nothing that a program prints is refused, and likeness knows no order."""
    assert state_told(one) in {-2, -1, 0, 1}
    assert 0.0 <= likeness(one, other) == likeness(other, one) <= 1.0
