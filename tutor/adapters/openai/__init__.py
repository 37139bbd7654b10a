"""Models and embeddings over the OpenAI format, with our own retries, deadlines and circuit breaker."""
