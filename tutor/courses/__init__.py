"""Courses in service: one live generation each, their turns, histories and popular questions."""
