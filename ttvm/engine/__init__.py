"""Execute instructions: one, or a slice of them."""
