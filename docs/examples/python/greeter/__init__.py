"""Greets whoever asks."""

import pathlib


def greet(greeting, name):
    """What is said to someone; without a name, to the world."""
    return f"{greeting}, {name.strip() or 'world'}"


def edition():
    """Whether the build had a license."""
    return (pathlib.Path(__file__).parent / "edition").read_text()
