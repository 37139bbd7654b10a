"""Markdown becomes a closed vocabulary of nodes, which pages draw. No HTML is made here."""
