"""Docusaurus sites."""
