"""Who may do what in a stack: its policy documents collected, simulated and linted."""
