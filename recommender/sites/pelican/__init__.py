"""Pelican sites."""
