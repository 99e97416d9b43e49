"""Astro sites."""
