"""Questions that a student leaves for a person: kept, written as e-mail, sent from an outbox, answered."""
