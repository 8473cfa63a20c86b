"""Keys that tables lack, or that do not fit them."""
