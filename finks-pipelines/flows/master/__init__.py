"""The flow that runs all stages."""
