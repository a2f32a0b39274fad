"""Tensors to pictures with exact coverage and gradients, in two forms: torch and compiled."""
