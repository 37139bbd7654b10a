"""What a message means in its conversation: its kind, and the question that stands alone. Nothing is searched here."""
