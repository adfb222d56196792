"""What stops a benchmark."""


class BenchError(Exception):
    """The comparison cannot be made; the message ends with the remedy."""
