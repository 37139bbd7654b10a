"""Holds what a model writes against the passages, sentence by sentence. Nothing is searched or written here."""
