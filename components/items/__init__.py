"""The parts of the screen of dimensions and items."""
