"""What people see of a run: progress, log lines, the summary table and the help of the commands."""
