"""No shape in the table of secrets, nor a neighbour of one, leaves a secret readable: in lines and in every output."""

import random
import string
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC

import orjson
import pyarrow as pa
import pytest

from brainstem.contracts.decision import Decision, decisions_to_arrow
from brainstem.contracts.finding import Finding
from brainstem.contracts.reject import REJECT_SCHEMA
from brainstem.explain.answers.explanation import explain_family
from brainstem.explain.digest import Summary, digest
from brainstem.explain.item import compose, headline_of
from brainstem.explain.redaction.redact import MASK, display
from brainstem.text.phrases import Zones
from flows.process.record_failures import cause_of
from flows.sinks.messages import decision_events, item_events, reject_events
from tests.brainstem.explain.secret_shapes import ANY_LOOK, CODES, PREFIXED, PREFIXED_LINES, digits, prefixed, word
from tests.support.examples import examples
from tests.support.findings import ADVICE, NOON_US, evidence, finding

AROUND = (
    "{line}",
    "Jun  1 12:00:00 host1 app[12]: {line}",
    '{{"level":"warn","n":3,"msg":"{line}"}}',
    "{line}; n=1",
    "<30>{line} (3)",
)
"""what a line may stand in"""
LETTERS_ONLY_SURE = (
    "login password={s} ok",
    "Password: {s}",
    '{{"password": "{s}"}}',
    "<password>{s}</password>",
    "postgres://app:{s}@db1/shop",
    "Server=db1;User Id=a;Password={s};",
    "COMMAND=/usr/bin/mysql -u root -p{s}",
    "mysqldump --password {s} shop",
    "net use z: \\\\srv\\x /user:adm {s}",
    "curl -u admin:{s} https://h/x",
    "jdbc:oracle:thin:app/{s}@db1:1521:ORCL",
    "ALTER USER a IDENTIFIED BY '{s}'",
    "snmp-server community {s} RO",
    "password is {s}",
    "das Passwort lautet {s}",
    "le mot de passe est {s}",
    "la contraseña es {s}",
    "community string is {s}",
    "Authorization: Bearer {s}",
    "X-Api-Key: {s}",
)
"""shapes that are sure without any look at the secret: small letters alone are masked too"""


@pytest.mark.parametrize("shape", ANY_LOOK)
def test_a_secret_of_any_look_is_masked_in_its_shape(shape: str) -> None:
    """Whatever characters a secret is made of, nothing of it is shown; what stands around it stays."""
    chance = random.Random(shape)
    for number in range(examples(40)):
        secret = word(chance)
        shown = display(AROUND[number % len(AROUND)].format(line=shape.format(s=secret)).encode())
        assert secret not in shown
        assert MASK in shown


@pytest.mark.parametrize("shape", LETTERS_ONLY_SURE)
def test_small_letters_are_masked_where_the_shape_is_sure(shape: str) -> None:
    """A secret that looks like a word is one all the same behind a key that names it."""
    assert "hunterfox" not in display(shape.format(s="hunterfox").encode())


@pytest.mark.parametrize("shape", CODES)
def test_a_code_is_masked_in_its_shape(shape: str) -> None:
    """One-time codes and PINs are masked beside their names."""
    chance = random.Random(shape)
    for _ in range(20):
        code = digits(chance)
        assert code not in display(shape.format(s=code).encode())


@pytest.mark.parametrize("number", range(len(PREFIXED)), ids=[start for start, _, _ in PREFIXED])
def test_a_key_of_a_known_maker_is_masked_anywhere(number: int) -> None:
    """Keys that are known by how they begin need no name beside them."""
    chance = random.Random(number)
    for line in PREFIXED_LINES:
        key = prefixed(chance, number)
        shown = display(line.format(s=key).encode())
        assert key not in shown
        assert key[len(PREFIXED[number][0]) :] not in shown


def planted(chance: random.Random, number: int) -> tuple[str, str]:
    """Return a secret and a line that holds it, of the shape with that number."""
    shapes = len(ANY_LOOK) + len(CODES) + len(PREFIXED)
    which = number % shapes
    if which < len(ANY_LOOK):
        secret, shape = word(chance), ANY_LOOK[which]
    elif which < len(ANY_LOOK) + len(CODES):
        # a number of its own length that no count and no time holds
        secret = "".join(chance.choice("3579") for _ in range(8))
        shape = CODES[which - len(ANY_LOOK)]
    else:
        secret, shape = prefixed(chance, which), chance.choice(PREFIXED_LINES)
    return secret, AROUND[number // shapes % 2].format(line=shape.format(s=secret))


def outputs_of(made: Finding, lines: list[str]) -> Iterator[str]:
    """Yield every text for people, and every message, that tells of a finding with these lines."""
    item = compose(made, UTC, ADVICE)
    line = orjson.dumps(item)
    decided = Decision(
        tenant=made.tenant,
        tick_us=made.tick_us,
        family=made.family,
        signature=made.signatures[0],
        service=made.service,
        template=made.template,
        from_band="watch",
        to_band="promote",
        cause="surfaced",
        blocker="none",
        score=made.score,
        prior=made.prior,
        contributions=tuple((each.factor, each.points) for each in made.contributions),
        facts=made.facts,
    )
    summary = Summary(NOON_US, NOON_US, (made.tenant,), 10, 1, held=(replace(decided, blocker="budget", family=3),))
    yield line.decode()
    yield digest([item], summary, Zones(UTC))
    yield headline_of(decided)
    yield explain_family([decided], UTC)
    yield orjson.dumps([*item_events(line), *decision_events(decisions_to_arrow([decided]))]).decode()
    rejected = pa.RecordBatch.from_pylist(
        [
            {
                "tenant": made.tenant,
                "source": text,
                "position": 0,
                "length": len(text.encode()),
                "received_at": NOON_US,
                "reason": "invalid_json",
                "raw": text.encode(),
                "headers": None,
            }
            for text in lines
        ],
        schema=REJECT_SCHEMA,
    )
    yield orjson.dumps(list(reject_events(rejected))).decode()
    for text in lines:
        yield cause_of(ValueError(text))


@pytest.mark.parametrize("count", [examples(1_000), pytest.param(10_000, marks=pytest.mark.long)])
def test_thousands_of_secrets_are_in_no_output(count: int) -> None:
    """Planted in lines, templates, services and entities, none is in an item, digest, explanation, message or error."""
    chance = random.Random(11)
    for first in range(0, count, 10):
        pairs = [planted(chance, number) for number in range(first, first + 10)]
        raws = [line for _, line in pairs]
        made = finding(
            template=raws[0],
            service=raws[1],
            hosts=("edge4", raws[2]),
            entities=tuple(secret for secret, _ in pairs),
            tenant="north",
            evidence=tuple(
                evidence(1)[0]._replace(raw=raw.encode(), position=place, source=raw, event_time_us=NOON_US + place)
                for place, raw in enumerate(raws)
            ),
        )
        for output in outputs_of(made, raws):
            for secret, line in pairs:
                assert secret not in output, (line, output)


def test_a_name_that_lines_show_is_told_and_one_that_they_hide_is_not() -> None:
    """An entity has no key beside it: whether it is a secret is seen from the lines."""
    raw = b"login of wan7 failed password=wan7x9 on db1"
    told = compose(
        finding(entities=("wan7", "wan7x9", "db1"), evidence=(evidence(1)[0]._replace(raw=raw),)), UTC, ADVICE
    )
    assert told["data"]["entities"] == ["wan7", MASK, "db1"]
    assert "wan7x9" not in orjson.dumps(told).decode()


@pytest.mark.parametrize("shape", ANY_LOOK)
def test_a_secret_that_was_cut_is_not_shown(shape: str) -> None:
    """Records are cut before they are masked; wherever in the secret that happens, no half of it is left."""
    secret = "Zq7vXw9kQp4mTr8b" + string.digits[:2]
    text = shape.format(s=secret).encode()
    start = text.index(secret.encode())
    for kept in range(4, len(secret)):
        cut = text[: start + kept]
        assert secret[:4] not in display(cut, cut_bytes=len(cut))
