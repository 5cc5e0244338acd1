"""The configuration of listeners for HTTP: what is wrong is named with its fix, and a token never."""

from pathlib import Path

import pytest

from connectors.base import ConfigurationError
from connectors.http.tokens import tenant_of
from flows.config.intake import IntakeConfiguration, load

SECRET = "0123456789abcdef-secret"
WHOLE = """
[listen.kafka]
brokers = "127.0.0.1:9092"
topic = "records"

[[listen.http]]
name = "here"
address = "127.0.0.1:8514"
tenant = "acme"

[[listen.http]]
name = "collectors"
address = "0.0.0.0:8443"
certificate = "/etc/brainstem/server.pem"
key = "/etc/brainstem/server.key"
networks = ["192.168.0.0/16"]
body_bytes_most = 1048576
records_per_second = 500
tokens = [{tenant = "acme", file = "FILE"}, {tenant = "globex", environment = "BRAINSTEM_TEST_TOKEN"}]

[listen.hooks.probes]
message = "text"
"""


def loaded(tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> IntakeConfiguration:
    """Return the configuration of a text, with a token in a file and one in the environment."""
    token, path = tmp_path / "acme.token", tmp_path / "brainstem.toml"
    token.write_text(f"{SECRET}\n")
    monkeypatch.setenv("BRAINSTEM_TEST_TOKEN", f"other-{SECRET}")
    path.write_text(text.replace("FILE", str(token)))
    return load(path)


def test_a_whole_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each value is where it belongs, and tokens are those of the file and of the environment."""
    configuration = loaded(tmp_path, WHOLE, monkeypatch)
    here, collectors = configuration.http
    assert (here.name, here.tenant, here.address.port, here.tokens, here.tls) == ("here", "acme", 8514, (), None)
    assert collectors.tls is not None
    assert collectors.limits.body.sent_bytes_most == 1 << 20
    assert collectors.limits.records_per_second == 500
    assert tenant_of(collectors.tokens, f"Bearer {SECRET}") == "acme"
    assert tenant_of(collectors.tokens, f"Bearer other-{SECRET}") == "globex"
    assert {"alertmanager", "logicmonitor", "grafana", "probes"} <= set(configuration.hooks)
    assert configuration.syslog == ()
    assert SECRET not in repr(configuration)


@pytest.mark.parametrize(
    ("was", "now", "named"),
    [
        ('tenant = "acme"\n', "", ["listen.http[0].tenant is missing"]),
        ('"127.0.0.1:8514"', '"0.0.0.0:8514"', ["listen.http[0].address", "0.0.0.0:8514", "tokens", "open_to_all"]),
        ('"127.0.0.1:8514"', '"8514"', ["listen.http[0].address = '8514'", "host:port"]),
        ('name = "here"', 'name = "collectors"', ["two listeners have the name 'collectors'"]),
        ('name = "here"\n', "", ["listen.http[0].name is missing"]),
        ("body_bytes_most", "body_bytes_max", ["listen.http[1].body_bytes_max", "body_bytes_most"]),
        ("1048576", "10", ["listen.http[1].body_bytes_most = 10", "1024"]),
        ("= 500", "= -1", ["listen.http[1].records_per_second = -1"]),
        ("192.168.0.0/16", "192.168.0.1/16", ["listen.http[1].networks"]),
        ('key = "/etc/brainstem/server.key"\n', "", ["listen.http[1].key is missing"]),
        ('{tenant = "acme", file', '{tenat = "acme", file', ["listen.http[1].tokens[0].tenat"]),
        ('tenant = "acme", file', "file", ["listen.http[1].tokens[0].tenant is missing"]),
        (', file = "FILE"', "", ["listen.http[1].tokens[0]", "file and environment"]),
        ('file = "FILE"', 'file = "/nowhere/token"', ["listen.http[1].tokens[0].file", "No such file"]),
        ("BRAINSTEM_TEST_TOKEN", "BRAINSTEM_NO_TOKEN", ["listen.http[1].tokens[1]", "openssl rand"]),
        ("[listen.hooks.probes]", "[listen.hooks.logicmonitor]", ["listen.hooks.logicmonitor cannot be replaced"]),
        ('message = "text"', 'mesage = "text"', ["listen.hooks.probes.mesage"]),
    ],
)
def test_what_is_wrong_is_named_with_its_fix(
    was: str, now: str, named: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Key, value and what to write instead; never a token."""
    assert was in WHOLE
    with pytest.raises(ConfigurationError) as told:
        loaded(tmp_path, WHOLE.replace(was, now), monkeypatch)
    assert all(part in str(told.value) for part in named), told.value
    assert SECRET not in str(told.value)


@pytest.mark.parametrize(
    "wanted",
    [
        "open_to_all = true",
        'certificate = "c"\nkey = "k"\nclient_ca = "a"',
        'tokens = [{environment = "BRAINSTEM_TEST_TOKEN"}]',
    ],
)
def test_a_listener_that_others_reach_starts_only_if_told_who_may_send(
    wanted: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By tokens, by certificates, or in so many words; networks alone are not enough, as addresses can be shared."""
    open_one = WHOLE.replace('"127.0.0.1:8514"', '"0.0.0.0:8514"')
    with pytest.raises(ConfigurationError, match="Others can reach it"):
        loaded(
            tmp_path, open_one.replace('tenant = "acme"\n', 'tenant = "acme"\nnetworks = ["10.0.0.0/8"]\n'), monkeypatch
        )
    told = loaded(tmp_path, open_one.replace('tenant = "acme"\n', f'tenant = "acme"\n{wanted}\n'), monkeypatch)
    assert told.http[0].address.host == "0.0.0.0"  # noqa: S104 - that is the point
    assert told.http[0].sends_tokens_in_the_clear == wanted.startswith("tokens")


def test_a_token_that_stands_in_the_file_itself_is_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is one that is too short, wherever it was read from."""
    for now in (f'"{SECRET}"', '{tenant = "acme", environment = "BRAINSTEM_SHORT"}'):
        monkeypatch.setenv("BRAINSTEM_SHORT", "short-secret")
        with pytest.raises(ConfigurationError) as told:
            loaded(tmp_path, WHOLE.replace('{tenant = "acme", file = "FILE"}', now), monkeypatch)
        assert "secret" not in str(told.value)


def test_a_file_without_any_listener_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With both sorts named."""
    with pytest.raises(ConfigurationError, match="is missing") as told:
        loaded(tmp_path, WHOLE.partition("[[listen.http]]")[0], monkeypatch)
    assert "listen.http" in str(told.value)
