"""Error rates on sources that a model never saw, and how they are shown."""
