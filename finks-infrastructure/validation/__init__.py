"""Checks of a stack that runs, from the outside: the local one, or one deployed on AWS."""
