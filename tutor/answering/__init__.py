"""From passages to an answer, quoted or written by a model. Knows nothing of turns, courses in service or HTTP."""
