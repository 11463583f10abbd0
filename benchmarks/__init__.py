"""How quick the page and training are, and what they bear: `python -m benchmarks.<name>`."""

import training  # noqa: F401 - the packages that it asks for come together with those that are needed here
