"""The benchmark of the FMP connector: what `make bench` and `make bench-memory` run.

Every contender is a process of its own, against one replay and one S3, in the same run. Only
ratios between them say anything; no absolute time is asserted anywhere.
"""
