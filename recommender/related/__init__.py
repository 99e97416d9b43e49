"""Related articles of one article: candidates of the index, ranked, as an answer."""
