"""A server that stands in for Financial Modeling Prep's `stable` API, over real daily prices.

It serves what bokeh-sampledata ships (public-domain end-of-day prices of five companies, to
2013-03-01) with FMP's paths, field names, JSON types, error bodies and limits, so that the
connector needs no switch to run against it: `FMP_BASE_URL` is all that differs.
"""
