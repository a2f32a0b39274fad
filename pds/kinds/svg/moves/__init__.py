"""What an edit moves of a drawing: leaves, locks, regularisers, and the image they make."""
