"""Steps in an account that come before the first `pulumi up`, or after it by hand."""
