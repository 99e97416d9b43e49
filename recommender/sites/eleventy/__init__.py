"""Eleventy sites."""
