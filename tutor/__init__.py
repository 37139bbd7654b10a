"""Course Tutor: short answers to students' questions, every statement tied to the lessons' exact words."""

__version__ = "0.1.0"
