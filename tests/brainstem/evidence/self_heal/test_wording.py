"""What the words of a message say of a thing: out of service, failed or ended, back, or nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainstem.evidence.self_heal.wording import (
    _PARTS_OF_PHRASES,
    _PHRASES,
    is_over,
    is_trouble,
    likeness,
    state_told,
)
from tests.support.examples import examples

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


@pytest.mark.parametrize(
    ("trouble", "recovery"),
    [
        ("%BGP-<num>-ADJCHANGE: neighbor <ip> Down Interface flap", "%BGP-<num>-ADJCHANGE: neighbor <ip> Up"),
        ("%BFDFSM-<num>-BFD_SESS_DOWN: session destroyed", "%BFDFSM-<num>-BFD_SESS_UP: session created"),
        ("Port <num> PoE power denied", "Port <num> PoE Power granted"),
        ("Power Supply AC lost | Asserted", "Power Supply AC lost | Deasserted"),
        ("Connection reset, restarting [<num>]", "Initialization Sequence Completed"),
        ("Peer hq handshake did not complete, retrying", "Peer hq handshake complete, keypair created"),
        ("peer hq connectivity=false", "peer hq connectivity=true"),
        ("peer_ident='ab' connectivity='false'", "peer_ident='ab' connectivity='true'"),
        ("<num>:<num>: mark as failed", "<num>:<num>: reinstated"),
        ("CIFS: VFS: nas<num> has not responded in <num> seconds. Reconnecting...", "CIFS: VFS: nas<num> reconnected"),
        ("Node db<num> state is now lost", "Node db<num> state is now member"),
        ("Quorum lost", "Quorum acquired"),
        ("Replica I/O: error reconnecting to master", "Replica I/O: connected to master, replication resumed"),
        ("+sdown slave <ip>:<num>", "-sdown slave <ip>:<num>"),
        ("Shrinking ISR from <num>,<num> to <num>", "Expanding ISR from <num> to <num>,<num>"),
        ("health status changed from [GREEN] to [YELLOW]", "health status changed from [YELLOW] to [GREEN]"),
        ("Check is now critical: check=web", "Check is now passing: check=web"),
        ("Registration for '<email>' timed out, trying again", "Registration for '<email>' succeeded"),
        ("Peer 'trunk<num>' is now Lagged", "Peer 'trunk<num>' is now Reachable"),
        (
            "Device naa.<num> has entered the All Paths Down state",
            "Device naa.<num> has exited the All Paths Down state",
        ),
        (
            "Cluster node N<num> was removed from the active failover cluster membership",
            "Cluster node N<num> joined the cluster",
        ),
        ("not able to set up a secure session with a domain controller", "The secure session was established"),
        ("PING CRITICAL - Packet loss = <num>%", "PING OK - Packet loss = <num>%"),
        ("[Alerting] Disk", "[OK] Disk"),
        ("[Triggered] High CPU", "[Recovered] High CPU"),
        ("loop detected on port <num>", "loop cleared on port <num>"),
        ("Can't contact LDAP server", "Connected to LDAP server"),
        ("circuit breaker opened for payments", "circuit breaker closed for payments"),
        (
            "CircuitBreaker 'pay' changed state from CLOSED to OPEN",
            "CircuitBreaker 'pay' changed state from HALF_OPEN to CLOSED",
        ),
        ("HA peer lost", "HA peer detected"),
        ("Liaison perdue sur le port <num>", "Liaison rétablie sur le port <num>"),
        ("Connexion interrompue avec le serveur", "Connexion rétablie avec le serveur"),
        ("Conexión perdida con el servidor", "Conexión restablecida con el servidor"),
        ("Connessione persa", "Connessione ripristinata"),
        ("Verbinding verbroken", "Verbinding hersteld"),
        ("Conexão interrompida", "Conexão restabelecida"),
        ("Utracono połączenie", "Przywrócono połączenie"),
    ],
)
def test_of_two_messages_one_is_the_trouble_and_the_other_its_end(trouble: str, recovery: str) -> None:
    """As routers, clusters, databases and monitors print them, in the languages of Western and Central Europe."""
    assert state_told(trouble) < 0
    assert state_told(recovery) == 1


@given(thing=st.sampled_from(["feed alpha", "pump 3", "Leitung Nord", "tunnel <num>", "web<num>"]))
def test_the_thing_does_not_change_what_is_told(thing: str) -> None:
    """Whatever goes down and comes back."""
    assert [state_told(f"{thing} is {state}") for state in ("down", "up", "unreachable", "reachable")] == [-2, 1, -2, 1]


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_has_a_state_and_a_likeness(one: str, other: str) -> None:
    """Nothing that a program prints is refused, and likeness knows no order."""
    assert state_told(one) in {-2, -1, 0, 1}
    assert 0.0 <= likeness(one, other) == likeness(other, one) <= 1.0


@settings(max_examples=examples(60))
@given(st.sampled_from([pattern for pattern, _ in _PHRASES]).flatmap(st.from_regex))
def test_each_phrase_holds_one_of_the_parts_that_are_looked_for_first(text: str) -> None:
    """Otherwise a phrase would be passed over."""
    assert any(part in text for part in _PARTS_OF_PHRASES)
