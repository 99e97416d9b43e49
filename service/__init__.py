"""The HTTP service: the API, the explorer, the widget and the judging page."""
