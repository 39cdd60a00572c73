"""Benchmarks: what the portal costs, against a floor and against peers measured in the same run. `README.md` explains."""
