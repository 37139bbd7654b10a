"""How good answers are: questions with known answers, what came of them, figures."""
