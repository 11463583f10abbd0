"""How quick the page and training are, and what they bear: `python -m benchmarks.<name>`."""

from models.packages import check_packages

check_packages("A benchmark", "hypothesis", "playwright", "pyarrow", "scipy", "websockets")
