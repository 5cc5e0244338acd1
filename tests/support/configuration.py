"""A configuration file of a live run in which most keys are set."""

WHOLE_CONFIGURATION = """
[run]
out = "/var/lib/brainstem/run"
zone = "Europe/Berlin"
items_a_day = 3
[run.date_orders]
acme = "dmy"

[run.zones]
"acme" = "Asia/Tokyo"
[kafka]
brokers = "127.0.0.1:9092"
topics = ["syslog", "^app[.].*"]
start = 2026-03-01T12:00:00
[kafka.tenant]
by = "header"
header = "tenant"
[kafka.client]
"sasl.username" = "reader"
"sasl.password" = { env = "BRAINSTEM_TEST_SECRET" }
"socket.timeout.ms" = 10000
[kafka.output]
items = "found"
mode = "structured"
[cluster]
processes = 2
"""
