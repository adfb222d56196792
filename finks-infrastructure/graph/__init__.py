"""The stack's resource graph without the Pulumi CLI: recorded, printed, checked and priced."""
