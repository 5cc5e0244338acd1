"""Options about inputs: for all or for one tenant, and refused before anything is read."""

from pathlib import Path
from typing import get_args

import pytest

from brainstem.contracts.ledger import DateOrder
from brainstem.parse.formats.registry import FORMATS, GIVEN_FORMATS
from connectors.base import ConfigurationError
from flows.cli.options import Formats
from flows.config.input_options import InputOptions

FORMAT_NAMES = [entry.name for entry in FORMATS]


def options(**given: list[str]) -> InputOptions:
    """Return parsed options; those that are not given are empty."""
    return InputOptions.of(*(given.get(name, []) for name in ("orders", "years", "hosts", "services", "formats")))


def test_what_is_given_of_a_tenant_goes_before_what_is_given_of_all() -> None:
    """Each option by itself."""
    parsed = options(orders=["dmy", "acme=mdy"], years=["2021"], hosts=["acme=/a/{host}/*", "/b/{host}=x/*"])
    acme, bolt = parsed.of_tenant("acme"), parsed.of_tenant("bolt")
    assert (acme.date_order, acme.year, acme.host_of(Path("/a/web/x"))) == (DateOrder.MONTH_FIRST, 2021, "web")
    assert (bolt.date_order, bolt.year, bolt.host_of(Path("/b/web=x/x"))) == (DateOrder.DAY_FIRST, 2021, "web")
    assert acme.host_of(Path("/b/web=x/x")) == ""
    assert parsed.date_order is DateOrder.DAY_FIRST
    assert parsed.date_orders == (("acme", DateOrder.MONTH_FIRST),)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"orders": ["ymd"]}, "--date-order = 'ymd' .*dmy .*mdy"),
        ({"orders": ["=dmy"]}, "--date-order '=dmy' names no tenant"),
        ({"orders": ["acme="]}, "--date-order 'acme=' has no value"),
        ({"orders": ["acme=dmy", "acme=mdy"]}, "--date-order: .*acme.* dmy and as mdy"),
        ({"years": ["26"]}, "--year = '26' .*1970"),
        ({"years": ["acme=\u0662\u0660\u0662\u0666"]}, "--year"),
        ({"hosts": ["/var/log/*.log"]}, r"--host-from = '/var/log/\*\.log' .*\{host\}"),
        ({"formats": ["ini"]}, "--format = 'ini' .*plain, json-lines, csv, w3c"),
        ({"formats": ["acme=rfc5424"]}, "--format = 'rfc5424' .*by their own bytes.*plain, json-lines, csv, w3c"),
        ({"formats": ["ini:/x/*.txt"]}, r"--format = 'ini:/x/\*\.txt' .*plain, json-lines, csv, w3c"),
        ({"formats": ["csv:"]}, "--format = 'csv:' has no pattern"),
        ({"formats": ["csv:/x/{host}"]}, r"--format = 'csv:/x/\{host\}' .*no place"),
        ({"formats": ["csv", "plain"]}, "--format: .* csv and as plain"),
        ({"services": ["acme=/x/{host}"]}, r"--service-from = '/x/\{host\}' .*\{service\}"),
    ],
)
def test_what_cannot_be_used_is_refused_with_key_value_and_fix(given: dict[str, list[str]], said: str) -> None:
    """Before anything is read."""
    with pytest.raises(ConfigurationError, match=said):
        options(**given)


def test_each_option_is_an_argument_of_the_run_whether_it_is_given_or_not() -> None:
    """So that a run is resumed neither with another value nor without one."""
    given, without = options(orders=["dmy"], hosts=["b/{host}", "a/{host}"]), options()
    assert given.texts == {
        "--date-order": ["dmy"],
        "--year": [],
        "--host-from": ["b/{host}", "a/{host}"],
        "--service-from": [],
    }
    assert without.texts.keys() == given.texts.keys()
    assert options(formats=["csv"]).texts == {**without.texts, "--format": ["csv"]}


def test_a_format_is_that_of_the_paths_that_fit_or_of_all_others() -> None:
    """The first pattern that fits counts, wherever the format without one was given."""
    parsed = options(formats=["plain", "csv:/a/*.txt", "json-lines:x.txt", "acme=w3c", "acme=plain:/b/**"])
    acme, bolt = parsed.of_tenant("acme"), parsed.of_tenant("bolt")
    paths = ["/a/x.txt", "/a/x.txt.1.gz", "/c/x.txt", "/a/b/y.txt", "/b/c/d"]
    assert [bolt.format_of(Path(path)) for path in paths] == ["csv", "csv", "json-lines", "plain", "plain"]
    assert [acme.format_of(Path(path)) for path in paths] == ["w3c", "w3c", "w3c", "w3c", "plain"]
    assert (acme.format_of(None), bolt.format_of(None), options().of_tenant("x").format_of(None)) == (
        "w3c",
        "plain",
        "",
    )


def test_the_help_names_the_formats_that_can_be_given() -> None:
    """And no other one."""
    (option,) = (each.help for each in get_args(Formats) if hasattr(each, "help"))
    assert {name for name in FORMAT_NAMES if f"`{name}`" in option} == GIVEN_FORMATS.keys()


def test_a_format_is_of_files() -> None:
    """The messages of a topic may be of several senders."""
    with pytest.raises(ConfigurationError, match="--format csv: is of files"):
        options(formats=["csv"]).require_fit(of_files=False, has_reference=False)


def test_a_tenant_without_inputs_is_refused() -> None:
    """A misspelt name would have no effect."""
    with pytest.raises(ConfigurationError, match=r"--year amce=2021: no input .*acme, bolt"):
        options(years=["amce=2021"]).require_tenants(["acme", "bolt"])
    options(years=["acme=2021"], hosts=["/a=b/{host}"]).require_tenants(["acme", "bolt"])


def test_what_is_of_files_only_is_refused_for_topics_and_two_bounds_of_years_for_all() -> None:
    """An order of dates is of both."""
    options(orders=["dmy"]).require_fit(of_files=False, has_reference=True)
    for given in ({"years": ["2021"]}, {"hosts": ["{host}/*"]}, {"services": ["{service}/*"]}):
        with pytest.raises(ConfigurationError, match="is of files"):
            options(**given).require_fit(of_files=False, has_reference=False)
    with pytest.raises(ConfigurationError, match="--reference-date"):
        options(years=["2021"]).require_fit(of_files=True, has_reference=True)
