"""The local stack: every service of the platform as a process on one machine."""
