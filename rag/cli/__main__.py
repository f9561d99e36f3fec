"""`python -m rag.cli` is `footnote`."""

import sys

from rag.cli import main

sys.exit(main())
