"""Finds articles by what someone types, and lists them by date and field."""
