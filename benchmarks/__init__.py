"""What `make bench` and `make stress` measure, and how."""
