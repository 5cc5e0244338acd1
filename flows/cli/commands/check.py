"""`brainstem check`: how files would be read, before they are."""

import os
from dataclasses import replace
from pathlib import Path

import typer

from connectors.base import ConfigurationError, InputError
from connectors.files.discovery import DEFAULT_TENANT
from connectors.kafka import TOPICS
from flows.cli.commands.replay import Inputs, ReferenceDate, Tenant
from flows.cli.console import FINDINGS, note_first_compilation, parse_moment_us
from flows.cli.options import DateOrders, Formats, HostsFrom, ServicesFrom, Years, Zones
from flows.cli.replay_request import ReplayRequest
from flows.config.input_options import InputOptions
from flows.config.settings import Settings, parse_zones


def check(
    inputs: Inputs,
    tenant: Tenant = DEFAULT_TENANT,
    zones: Zones = None,
    reference_date: ReferenceDate = None,
    date_orders: DateOrders = None,
    years: Years = None,
    hosts_from: HostsFrom = None,
    services_from: ServicesFrom = None,
    formats: Formats = None,
) -> None:
    """Show how files are read, from a sample of the beginning, the middle and the end of each; nothing is written.

    For each file: its formats, from how many records of the sample time, host, service and severity were read, three
    records as they were read, what is wrong, and which option helps. The options are those of `brainstem replay`. Exit
    status 1 when there is a file without any time that could be read. Example: `brainstem check acme=/var/log`.
    """
    from flows.cli.check_tables import print_checks
    from flows.reports.input_check import check_files
    from flows.sources.date_order import with_date_orders

    if any(TOPICS.scheme in each for each in inputs):
        raise ConfigurationError(
            "check is of files. Save some messages of the topic to a file, one a line, and give that."
        )
    zone, tenant_zones = parse_zones(zones or ())
    options = InputOptions.of(date_orders or (), years or (), hosts_from or (), services_from or (), formats or ())
    # nothing is written, so there is no folder that must not be read
    settings = Settings(Path(os.devnull), zone, tenant_zones, tenant=tenant)
    # after Settings has refused a zone that does not exist, because a date without an offset is read in it
    settings = replace(settings, reference_time_us=parse_moment_us("--reference-date", reference_date, zone))
    request = ReplayRequest(inputs, settings, reference_date, None, 1, False, None, options)
    files = request.discover().files
    if not files:
        raise InputError("there is nothing to read. Give files or folders of logs.")
    note_first_compilation()
    checks = check_files(with_date_orders(files, settings), settings)
    print_checks(checks, settings.display_zones)
    if any(each.is_untimed for each in checks):
        raise typer.Exit(FINDINGS)
