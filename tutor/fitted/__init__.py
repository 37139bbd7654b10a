"""Weights that were fitted to data, and how they are read; `training/` fits them. No feature is computed here."""
