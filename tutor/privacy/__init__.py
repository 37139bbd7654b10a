"""Personal data is found and masked before a model or a log sees it."""
