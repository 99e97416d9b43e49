"""The HTTP service; its place is kept, its routes are not built yet."""
