"""Made-up and damaged inputs for every entry of the product; `python -m benchmarks.fuzz` runs it."""
