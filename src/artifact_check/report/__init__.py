"""Photo reports -> what people and programs read."""
