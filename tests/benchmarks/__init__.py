"""Quality and speed on real courses: measured, held against what was asked, and written to docs/benchmarks.md."""
