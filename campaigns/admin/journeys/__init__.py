"""Pages of journeys: the editor's tree, and how people move through it."""
