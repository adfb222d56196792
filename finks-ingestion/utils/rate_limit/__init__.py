"""A client-side limit of calls per minute, over threads and over the processes of a machine."""

from utils.rate_limit.file_log import FileLog, StateFileError
from utils.rate_limit.limiter import Permit, RateLimit
from utils.rate_limit.log import GrantLog, MemoryLog
from utils.rate_limit.policy import LimitPolicy

__all__ = [
    "FileLog",
    "GrantLog",
    "LimitPolicy",
    "MemoryLog",
    "Permit",
    "RateLimit",
    "StateFileError",
]
