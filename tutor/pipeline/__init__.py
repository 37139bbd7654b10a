"""The steps from a question to its events, and their order. How a turn is kept is not known here."""
