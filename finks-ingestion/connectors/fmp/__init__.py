"""Financial Modeling Prep, `stable` API: end-of-day prices, quotes and company profiles."""
