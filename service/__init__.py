"""The HTTP service: related articles for a content site, and a window for its editors."""
