"""Ranking: pair features, scorers, calibration, filters, rules and the selection of a list."""
