"""Numbers of the OpenTelemetry scale for the words, letters and digits by which loggers and devices name a level
(https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber).
"""

from typing import Final

import numpy as np

OF_SYSLOG: Final = (21, 19, 18, 17, 13, 10, 9, 5)
"""OpenTelemetry numbers by syslog severity, from 0 (emergency) to 7 (debug)."""

LEVELS: Final = {
    b"trace": 1,
    b"verbose": 1,
    b"finest": 1,
    b"finer": 3,
    b"fine": 5,
    b"debug": 5,
    b"dbg": 5,
    b"info": 9,
    b"inf": 9,
    b"information": 9,
    b"informational": 9,
    b"audit": 9,
    b"note": 9,
    b"notice": 10,
    b"warn": 13,
    b"wrn": 13,
    b"warning": 13,
    b"caution": 13,
    b"err": 17,
    b"error": 17,
    b"errors": 17,
    b"severe": 17,
    b"crit": 18,
    b"critical": 18,
    b"alert": 19,
    b"fatal": 21,
    b"ftl": 21,
    b"emerg": 21,
    b"emergency": 21,
    b"panic": 21,
    b"hinweis": 10,
    b"warnung": 13,
    b"fehler": 17,
    b"kritisch": 18,
    b"panik": 21,
    b"attention": 13,
    b"avertissement": 13,
    b"erreur": 17,
    b"avviso": 13,
    b"errore": 17,
    b"aviso": 13,
    b"advertencia": 13,
    b"log_debug": 5,
    b"log_info": 9,
    b"log_notice": 10,
    b"log_warn": 13,
    b"log_warning": 13,
    b"log_err": 17,
    b"log_crit": 18,
    b"log_alert": 19,
    b"log_emerg": 21,
}
"""Level words of syslog(3), MySQL, HPE's servers, log4j, java.util.logging, Python, glib, Serilog and web servers; and those
of PostgreSQL, Windows and others in German, French, Italian and Spanish."""

LETTERS: Final = {b"T": 1, b"V": 1, b"D": 5, b"I": 9, b"N": 10, b"W": 13, b"E": 17, b"C": 18, b"F": 21}
"""Levels printed as one letter."""

INFORMATION: Final = 9
ERROR: Final = 17
WARNING: Final = 13
"""the least severity that words beside it may deny"""

SYSLOG_SEVERITY = np.array(OF_SYSLOG, np.uint8)

LETTER_SEVERITY = np.array([LETTERS.get(bytes([byte]), 0) for byte in range(256)], np.uint8)
