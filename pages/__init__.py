"""The screens. Pages draw and delegate; they never import each other."""
