"""A turn, once accepted: its events, log, lease and end. What an answer says is not known here."""
