"""Entry point of the dbt container: checks its environment, runs dbt, sums up the results."""
