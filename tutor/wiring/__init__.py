"""The one place that composes: settings in, a whole tutor out. Only here are adapters named."""
