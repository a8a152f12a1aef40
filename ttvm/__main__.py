"""``python -m ttvm``."""

import sys

from ttvm.cli.main import main

sys.exit(main())
