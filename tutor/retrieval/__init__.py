"""From a question to passages, and how likely the course answers it. Nothing is said to a student here."""
