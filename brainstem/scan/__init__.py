"""Compiled readers of a record, byte by byte: priority, stamp, header, severity, and the pairs of a record of pairs."""
