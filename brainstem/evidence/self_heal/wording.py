"""What the words of a message say of a thing: that it is out of service, that it has failed or ended, or that it is back.

Takes templates, returns a state. Beside the lists that steer signatures stand words that only a reader of a whole message
needs: they decide which of two messages is the trouble and which its end, and never what is one signature.
"""

import re
from functools import lru_cache
from typing import Final

from brainstem.signature.lexicon import CUE_WORDS, ENDED, NEGATIONS, NO_STATE, OUT_OF_SERVICE, STATE_WORDS, WORKING


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


_OUT: Final = """
    alarm ausfall ausgefallen batterie batteriebetrieb batteries battery blackout brownout defekt disable
    disabling firing flap flapping getrennt gestört offline outage problem störung stromausfall unerreichbar unreached
    unterbrechung unterbrochen verloren überhitzt panne coupure perdu perdue interrompu interrompue injoignable
    caída caido caído perdida perdido interrumpida guasto persa perso interrotta interrotto irraggiungibile
    verbroken onderbroken onbereikbaar uitgevallen perdeu interrompida indisponível utracono utracona przerwane
    niedostępny lagged
"""
_ENDED: Final = """
    abgebrochen abgelehnt abgemeldet alert beendet deleting fehler fehlgeschlagen gestoppt leaving loss
"""
_BACK: Final = """
    back behoben below erreichbar full hergestellt hersteld läuft mains master optimal passed reenabled restablecida
    restablecido returned rétabli rétablie ripristinata ripristinato utility verbunden verfügbar wieder
    wiederhergestellt restabelecida restabelecido restaurada restaurado przywrócono przywrócone acquired regained
    obtained elected passing
    netzbetrieb normalbetrieb angemeldet gestartet aktiv entwarnung aufgehoben
"""
_BEGINS_OVER: Final = (
    "recover",
    "restor",
    "resolv",
    "clear",
    "reestablish",
    "repair",
    "heal",
    "normaliz",
    "normalis",
    "wiederherge",
    "deassert",
    "reinstat",
    "behoben",
    "entwarn",
)
"""how words begin that say that a trouble is over, whatever else of the trouble the message repeats"""
_BEGINS_OTHERWISE: Final = _listed(
    "clearance clearing cleartext health healthcheck healths healthy resolve resolver resolvers resolving"
)
_FAILS: Final = _listed(
    """
    aborted cannot cant couldnt fail failed failing fails fehlgeschlagen impossible kein keine never nicht no not unable
    unsuccessful without
    """
)
"""beside a word of recovery: it did not come off"""
_ERRORS: Final = frozenset({"error", "errors"})
_SHIELDS: Final = frozenset({"from", "after", "von", "nach"})
"""what follows tells what it recovered from"""
_PHRASES: Final = (
    (re.compile(r"\bon[- ]line\b"), "online"),
    (re.compile(r"\boff[- ]line\b"), "offline"),
    (
        re.compile(
            r"\b(?:on|to) (?:line|utility|mains|ac|main|grid) power\b"
            r"|\b(?:line|utility|mains|ac|main) power (?:ok|back|returned|present)\b"
        ),
        "mains",
    ),
    (re.compile(r"\bno longer (?:on |running on )?(?:ups |its )?(?:battery|batteries)(?: power)?\b"), "mains"),
    (re.compile(r"\bpower (?:failure|failed|fail|loss|lost|outage)\b"), "outage"),
    (re.compile(r"\b(?:err|error)[-_ ]disabled?\b"), "disable"),
    (re.compile(r"\bnicht (?:mehr )?(?:erreichbar|verfügbar|verbunden)\b"), "unerreichbar"),
    (re.compile(r"\b(?:not|no longer|stopped) respond(?:ed|ing)\b"), "unreachable"),
    (
        re.compile(
            r"\b(?:can'?t|cannot|could not|couldn'?t|unable to|not able to|error|failed to|failure) (?:re)?"
            r"(?:contact|reach|connect(?:ing)?|synchroni[sz]e|establish|set up a)\b(?: to (?:the )?master)?"
        ),
        "unreachable",
    ),
    (re.compile(r"\btimed[- ]out\b"), "failed"),
    (re.compile(r"\bhandshake (?:did not complete|failed)\b|\bno live upstreams\b|\bloop detected\b"), "outage"),
    (re.compile(r"\bhandshake complete\b|\binitiali[sz]ation sequence completed\b|\bconnection initiated\b"), "passed"),
    (re.compile(r"\b(?:power granted|peer detected|light detected|is now member)\b|-> member\b"), "passed"),
    (re.compile(r"\bremoved from (?:the )?(?:active )?[\w ]*\b(?:cluster|membership|bundle|pool)\b"), "outage"),
    (
        re.compile(r"\b(?:exited|left|exits) (?:the )?[\w ]*\b(?:down|failed|failure|error|degraded|critical)\b"),
        "passed",
    ),
    (re.compile(r"\bconnectivity\W{1,3}false\b"), "offline"),
    (re.compile(r"\bconnectivity\W{1,3}true\b"), "online"),
    # Redis Sentinel, Kafka, Elasticsearch
    (re.compile(r"(?<!\S)\+[so]down\b|\bshrinking isr\b"), "outage"),
    (re.compile(r"(?<!\S)-[so]down\b|\bexpanding isr\b"), "passed"),
    (re.compile(r"\bstatus\b.*\b(?:yellow|red)\b"), "outage"),
    (re.compile(r"\bstatus\b.*\bgreen\b"), "passed"),
    # a circuit breaker is closed while all is well, as an electrical one
    (re.compile(r"\bcircuit ?breaker\b.*\b(?:opened|to open|state\s+open|is (?:now )?open)\b"), "outage"),
    (re.compile(r"\bcircuit ?breaker\b.*\b(?:to )?closed\b"), "passed"),
)
_PARTS_OF_PHRASES: Final = {"set up a"} | _listed(
    """
    line power longer disable nicht respon contact reach connect synchroni establish timed handshake upstreams detected
    initiali member removed exit left down isr status circuit
    """
)
"""each phrase holds one of these, which are found in a fraction of the time that the patterns take"""
_NEGATIONS: Final = NEGATIONS | {"nicht", "kein", "keine", "ohne"}
_REACH_WORDS: Final = 2
_ARROW: Final = re.compile(r"(?:->|=>|→|⇒)")
_FROM_TO: Final = re.compile(r"\bfrom\s+\S+\s+(?:state\s+)?to\b", re.IGNORECASE)
_AROUND: Final = ",;:.()[]{}\"'"
_MASK: Final = re.compile(r"<[^<>]*>")
_WORD: Final = re.compile(r"[A-Z]{2,}(?![a-z])|[A-Z]?[^\W\d_A-Z]+|[A-Z]+")
_LABEL: Final = re.compile(r"\s*(?:\[\s*)?([A-Za-z]+)\s*(?:\]|:|\[|-\s)")
_LABELS: Final = {
    "ok": WORKING,
    "up": WORKING,
    "recovery": WORKING,
    "recovered": WORKING,
    "resolved": WORKING,
    "cleared": WORKING,
    "clear": WORKING,
    "problem": OUT_OF_SERVICE,
    "firing": OUT_OF_SERVICE,
    "alerting": OUT_OF_SERVICE,
    "triggered": OUT_OF_SERVICE,
    "down": OUT_OF_SERVICE,
}
"""what opens a message of a monitor and stands for its state, whatever the check is called"""

_PLUGIN: Final = re.compile(r"\s*(?:[A-Z][A-Z0-9_]+ ){1,3}(OK|WARNING|CRITICAL|UNKNOWN)\b\s*[-:;|]")
"""the first words that a check prints (guidelines of the Monitoring Plugins project)"""


def _words() -> dict[str, int]:
    words = dict.fromkeys(CUE_WORDS, ENDED)
    words.update(dict.fromkeys(_ENDED.split(), ENDED))
    words.update(dict.fromkeys(_OUT.split(), OUT_OF_SERVICE))
    words.update(STATE_WORDS)
    words.update(dict.fromkeys(_BACK.split(), WORKING))
    return words


_STATES: Final = _words()


@lru_cache(maxsize=65536)
def state_told(template: str) -> int:
    """Return what a message says: -2 out of service, -1 failed or ended, 1 works or is back, 0 nothing of that sort.

    The label that a monitor puts in front decides; then a word of recovery that did not fail; then the last word of a state,
    of "from up to down" and "up -> down" what follows.
    """
    label = _LABEL.match(_MASK.sub("", template))
    if label and label[1].lower() in _LABELS:
        return _LABELS[label[1].lower()]
    check = _PLUGIN.match(template)
    if check:
        return WORKING if check[1] == "OK" else OUT_OF_SERVICE if check[1] == "CRITICAL" else ENDED
    text = _ARROW.split(_FROM_TO.sub(" ", _MASK.sub(" ", template)))[-1]
    # "can't" is looked up as "cant"
    text = text.replace("'", "").replace("’", "")
    words = [part.lower() for part in _WORD.findall(_replaced(text))]
    is_over = [word.startswith(_BEGINS_OVER) and word not in _BEGINS_OTHERWISE for word in words]
    for place in range(len(words)):
        if is_over[place]:
            before = words[max(0, place - _REACH_WORDS - 1) : place]
            behind = words[place + 1 : place + 1 + _REACH_WORDS + 1]
            shielded = next((index for index, word in enumerate(behind) if word in _SHIELDS), len(behind))
            if _FAILS.intersection([*before, *behind[:shielded]]):
                return ENDED
            # a disk's "recovered read error" was one all the same
            recovered = words[place].startswith("recover") and _ERRORS.intersection(behind[:_REACH_WORDS][:shielded])
            return NO_STATE if recovered else WORKING
    return _last_state(words)


def _replaced(text: str) -> str:
    """Return a text in which phrases that stand for a state are one word."""
    lower = text.lower()
    if any(part in lower for part in _PARTS_OF_PHRASES) and any(pattern.search(lower) for pattern, _ in _PHRASES):
        for pattern, word in _PHRASES:
            lower = pattern.sub(word, lower)
        return lower
    return text


def _last_state(words: list[str]) -> int:
    """Return the last state that words tell; a negation turns one of the next two words round."""
    told, reach = NO_STATE, 0
    for word in words:
        if word in _NEGATIONS:
            reach = _REACH_WORDS
            continue
        state = _STATES.get(word, NO_STATE)
        if state != NO_STATE:
            if reach > 0:
                state = OUT_OF_SERVICE if state == WORKING else NO_STATE
            # a plain failure does not undo that words say what is out of service
            if state != NO_STATE and not (state == ENDED and told == OUT_OF_SERVICE):
                told = state
        reach -= 1
    return told


@lru_cache(maxsize=65536)
def likeness(one: str, other: str) -> float:
    """Return Dice's coefficient of the words of two templates, states included; 0 where one has none."""
    words, others = _plain_words(one), _plain_words(other)
    return 2.0 * len(words & others) / (len(words) + len(others)) if words and others else 0.0


@lru_cache(maxsize=65536)
def _plain_words(template: str) -> frozenset[str]:
    """Return the words of a template without the punctuation around them; what holds a mask is none."""
    return frozenset(word for word in (part.strip(_AROUND) for part in template.split()) if word and "<" not in word)


def is_trouble(template: str) -> bool:
    """Return whether the words of a message say that something went down, failed or ended."""
    return state_told(template) < NO_STATE


def is_over(template: str) -> bool:
    """Return whether the words of a message say that something works, or is back."""
    return state_told(template) == WORKING
