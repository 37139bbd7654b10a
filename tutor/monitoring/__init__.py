"""Counters and alarms. What they count is decided where it happens."""
