"""Golden files: what short runs of presets and old recipes gave when they were recorded."""
