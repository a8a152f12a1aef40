"""From text to programs and back."""
