"""Workers without a sandbox, on any system: for the code of the very person who runs it."""
