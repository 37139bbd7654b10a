"""What models cost: prices, reservations, caps, and usage. No model is called here."""
