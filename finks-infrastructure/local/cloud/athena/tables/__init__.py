"""Tables of the Glue catalog as DuckDB relations."""
