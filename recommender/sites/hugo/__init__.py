"""Hugo sites."""
