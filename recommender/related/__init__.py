"""Related articles of one article: candidates from the index, scored, chosen and explained."""
