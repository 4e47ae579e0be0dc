"""Cross references: what a partner calls a thing, what we call it, and from when to when. Pure."""
