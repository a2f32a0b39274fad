"""Pictures: pixels are the parameters. The quickest way to try a prompt."""
