"""Untrusted bytes to a safe tree (`gate`), and from there to tensors (`reader`)."""
