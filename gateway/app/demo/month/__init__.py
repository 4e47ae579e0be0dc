"""A month of business played in minutes: the real stages over a real database, by a clock that the player moves."""
