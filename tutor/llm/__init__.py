"""Language models as an interface: messages, prompts, and text as it is written. No provider is named here."""
