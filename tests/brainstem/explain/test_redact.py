"""Redaction: no secret and nothing that steers a terminal reaches a person; ordinary lines stay as they are."""

import random
import string
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainstem.explain.redaction.check_digits import is_card_number, is_iban
from brainstem.explain.redaction.redact import MASK, RULES, Rule, clean, display, redact
from tests.support.examples import examples

LETTERS = string.ascii_letters + string.digits
FRAGMENTS = st.sampled_from(
    [
        "password=",
        "token: ",
        '"secret":"',
        "'",
        '"',
        "\\",
        "\\n",
        "Bearer ",
        "Authorization: ",
        "://",
        "@",
        ":",
        "/",
        ",",
        ";",
        "&",
        " ",
        MASK,
        "-----BEGIN PRIVATE KEY-----",
        "-----END PRIVATE KEY-----",
        "eyJabcdef.abcdef.",
        "4111111111111111",
        "GB82WEST12345698765432",
        "219-09-9999",
        "mara@example.org",
        "$6$saltsalt$abcdefghijklmnopqrst",
        "Cookie: ",
        "--token ",
        "AKIAABCDEFGHIJKLMNOP",
        "identified by ",
        "password 7 ",
        "x1",
        "\x1b[31m",
        "\x1b",
        "\n",
        "\u202e",
        "\x85",
        "\ud800",
    ]
)
HOSTILE = st.lists(FRAGMENTS | st.text(max_size=6), max_size=12).map("".join)
ORDINARY = (
    "session opened for user nina(uid=1004) by (uid=0)",
    "sudo: nina : TTY=pts/0 ; PWD=/home/nina ; USER=root ; COMMAND=/usr/bin/ls",
    "Failed password for nina from 192.0.2.7 port 50022 ssh2",
    "kex: algorithm curve25519-sha256@libssh.org cipher chacha20-poly1305@openssh.com",
    "Started user@1000.service, Reached getty@tty1.service",
    "order 4000123412341235 took 12 ms at 1780315200123456",
    "unexpected token: } in line 4, 3 tokens left",
    "key exchange done, keys: 4, primary key id=44",
    "authentication method: publickey, auth=gssapi",
    "bearer plane reconfiguration-complete in 44 ms",
    "basic checks passed, pass: 12 fail: 0",
    "GET /search?q=how+to+pass HTTP/1.1 200",
    "http://192.0.2.9:8080/a/b?c=d&e=f@g",
    "usb 1-4: new full-speed device number 7, 02:1b:24:b8:8b:ca",
    "(using password: NO)",
    "clé étrangère manquante, clé usb2-1 branchée",
    "Schlüsselaustausch mit host12 fertig, Schlüssel von Regal 12b fehlt",
    "password change requested by host12 for module2, password policy v3 applied",
    "Received packet with wrong key id 12, key 4 of server ap1 expired",
    "set system host-name edge4, configure terminal",
    "radius server nps2 key missing",
    "X-Request-Id: 4f3a9c, x-cache: hit2",
    "wachtwoord onjuist voor host12",
    "chiave primaria 12b mancante, senha expirada em host12",
    "login from 192.0.2.7:50022 as user4, basic setup 2 of 3",
    "echo replies | grep 4 lost",
    "GET /list?page=4&sort=name&sessions=12 HTTP/1.1 200",
    "net use count 4, net users 12",
    "SID: S-1-5-21-1004, session id 4f3a",
    "uuid 123e4567-e89b-12d3-a456-426614174000 sha 9f86d081884c7d659a2feaa0c55ad015",
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_does_what_its_samples_say(rule: Rule) -> None:
    """Each mask carries samples and all of them come out as stated."""
    assert rule.samples
    for text, shown in rule.samples:
        assert redact(text) == shown


@pytest.mark.parametrize("line", ORDINARY)
def test_an_ordinary_line_stays_as_it_is(line: str) -> None:
    """Words such as password, token and key do not make a line a secret."""
    assert clean(line) == line


@given(HOSTILE)
def test_masking_twice_changes_nothing_more(text: str) -> None:
    """Redaction is idempotent, also on text made to confuse it."""
    once = redact(text)
    assert redact(once) == once


@given(HOSTILE | st.text())
def test_nothing_unseen_is_shown(text: str) -> None:
    """No control, direction mark, separator or surrogate survives, so nothing can be forged on a terminal."""
    for character in clean(text, 10_000):
        number = ord(character)
        assert number >= 0x20
        assert not 0x7F <= number < 0xA0
        assert not 0x200B <= number <= 0x200F
        assert not 0x2028 <= number <= 0x202E
        assert not 0x2060 <= number <= 0x206F
        assert not 0xD800 <= number <= 0xDFFF


@given(st.binary(max_size=300), st.integers(1, 60))
def test_any_bytes_become_one_line_within_the_limit(raw: bytes, limit: int) -> None:
    """Showing a record never fails and never grows beyond its limit."""
    shown = display(raw, limit)
    assert len(shown) <= limit
    assert "\n" not in shown


@given(HOSTILE)
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    """What is clean stays as it is, so text may pass more than once on its way to a person."""
    once = clean(text, 10_000)
    assert clean(once, 10_000) == once


def test_escapes_are_visible() -> None:
    """A colour goes, other controls show as what they are."""
    raw = b"\x1b[1;31mlow\x1b[0m \x07bell\x00 a\tb\r\nforged: line\xff\xe2\x80\xae\r\n"
    assert display(raw) == "low \\x07bell\\x00 a b\\r\\nforged: line\\xff\\u202e"


def test_a_secret_is_masked_before_the_line_is_cut() -> None:
    """Cutting a line does not cut a secret out of its mask."""
    assert "hunter" not in clean("x" * 20 + " password=hunter2hunter2", 40)


def test_colours_do_not_hide_a_secret() -> None:
    """Colour codes between key and value are gone before masks are applied."""
    assert display(b"\x1b[33mpassword\x1b[0m=\x1b[32mhunter2\x1b[0m") == f"password={MASK}"


def test_thousands_of_planted_secrets_are_all_gone() -> None:
    """Secrets of every kind in every wrapping leave no trace in what is shown."""
    chance = random.Random(7)
    for number in range(examples(10_000)):
        secret, line = plant(chance, number)
        shown = display(line.encode())
        assert secret not in shown, line


def plant(chance: random.Random, number: int) -> tuple[str, str]:
    """Return a secret and a line that holds it, of a kind chosen by `number`."""
    word = "".join(chance.choice(LETTERS) for _ in range(chance.randrange(15, 30))) + str(chance.randrange(10, 99))
    card = card_number(chance)
    wrappings = (
        (word, f"login password={word} ok"),
        (word, f"login Password: {word}"),
        (word, f'{{"user":"x","passwd":"{word}","n":1}}'),
        (word, f'body={{\\"api_key\\":\\"{word}\\",\\"n\\":1}}'),
        (word, f"DB_PASSWORD='{word}' started"),
        (word, f"GET /hook?access_token={word}&n=1 HTTP/1.1"),
        (word, f"GET /hook?n=1&token={word} HTTP/1.1"),
        (word, f"Authorization: Bearer {word}"),
        (word, f"header authorization: Basic {word}=="),
        (word, f"sent bearer {word} upstream"),
        (word, f"amqp://app:{word}@mq1:5672/jobs"),
        (word, f"tool --password {word} --verbose"),
        (word, f"tool --token={word}"),
        (word, f"Set-Cookie: sid={word}; Path=/"),
        (word, f"aws_secret_access_key = {word}"),
        (word, f"client_secret={word},scope=all"),
        (word, f"snmp-server community {word} RO"),
        (word, f"username ops password 7 {word}"),
        (word, f"ALTER USER a IDENTIFIED BY '{word}'"),
        (word, f"-----BEGIN EC PRIVATE KEY-----\n{word}\n-----END EC PRIVATE KEY-----"),
        (word, f"-----BEGIN PRIVATE KEY-----\n{word} cut off"),
        (word, f"root:$6$salt${word}:19000:0"),
        (word, f"got eyJhbGciOiJI{word}.{word}.{word} ok"),
        (word, f"cloned with ghp_{word}{word}"),
        (word, f"JSESSIONID={word}; n=1"),
        (word, f"AccountKey={word};EndpointSuffix=x"),
        (f"AKIA{word[:16].upper()}", f"key AKIA{word[:16].upper()} used"),
        (card, f"paid with {card} today"),
        (spaced(card), f"card {spaced(card)} declined"),
        (f"{word}@", f"to=<{word}@example.org>, status=sent"),
    )
    return wrappings[number % len(wrappings)]


def card_number(chance: random.Random) -> str:
    """Make up a card number with a right check digit."""
    body = "4" + "".join(chance.choice(string.digits) for _ in range(14))
    return next(body + digit for digit in string.digits if is_card_number(body + digit))


def spaced(card: str) -> str:
    """Write a card number in groups of four."""
    return " ".join(card[start : start + 4] for start in range(0, len(card), 4))


def test_check_digits_decide_what_a_number_is() -> None:
    """One wrong digit makes a number an ordinary one."""
    assert is_card_number("5500 0000 0000 0004")
    assert not is_card_number("5500 0000 0000 0005")
    assert not is_card_number("9999999999999995")
    assert is_iban("GB82 WEST 1234 5698 7654 32")
    assert not is_iban("GB83 WEST 1234 5698 7654 32")


@pytest.mark.parametrize(
    "piece",
    ["password=", 'password="', "a://:", "token=", "secret=>", "bearer ", "eyJa.", "x@a.", "4111 ", "\\", "a.", "$1$"],
)
def test_time_grows_with_length_only(piece: str) -> None:
    """Text made to be slow takes about eight times as long when there is eight times as much of it."""

    def seconds(length: int) -> float:
        text = piece * (length // len(piece))
        start = time.process_time()
        redact(text)
        return time.process_time() - start

    short = min(seconds(15_000) for _ in range(3))
    # a quadratic pattern takes 64 times as long, and seconds; a second try is for a machine that was busy
    assert any(seconds(120_000) < max(30 * short, 0.3) for _ in range(2))
