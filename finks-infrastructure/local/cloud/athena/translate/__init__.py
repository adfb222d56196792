"""From Athena's SQL to DuckDB's: same results, or a refusal."""
