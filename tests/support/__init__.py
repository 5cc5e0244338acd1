"""Helpers of tests and benchmarks: streams, folders, brokers, oracles, and runs that are killed."""
