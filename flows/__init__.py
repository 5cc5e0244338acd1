"""Wiring: the one graph, its replay, and the command line."""
