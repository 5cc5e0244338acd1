"""What a line costs from a file, or a topic, to items: scenarios, each beside peers and bare reading and writing in one
run.

`python -m benchmarks.throughput` runs them (`__main__` has the options). `scenarios` makes the lines, `child` is the
measured process, `replays` and `live` start it, `peers` measures drain3, logdrain, a bare read and a bare Parquet write on
the same lines, `growth` repeats one scenario in sizes, `profiles` names the functions that take the time, `report` writes
the page.
"""
