"""The measured programs in other languages and libraries."""
