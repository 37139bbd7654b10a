"""What every request passes before its route: admission, access, origins, rates, size."""
