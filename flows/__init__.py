"""Wiring: the one graph, its replay, and the command line."""

import os

# the linear algebra that numpy brings begins a thread for each core as soon as it is loaded, and these spin beside the first
# batches [measured: 1.6 % of a run's processor time]; nothing here multiplies matrices
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
