"""Settings of the stacks."""
