"""Fits the weights that are shipped in `tutor/fitted`; `make fit` runs it."""
