"""What the connector is compared with; each module is a process that a round starts.

All but `finks` (which starts the connector as its container does) are run as
`python -m bench.contenders.NAME TASK`, where TASK is a file with a `bench.task.Task`. They print
one JSON line in the end: `{"seconds": …}`, the time of the work without start-up and imports.
"""
