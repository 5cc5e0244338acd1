"""The pure core: from raw bytes to items a person reads. No I/O, no clock, no engine."""

__version__ = "0.1.0"
