"""Hints, plain words, summaries and quizzes of the lessons' own sentences, and the guard over graded lessons."""
