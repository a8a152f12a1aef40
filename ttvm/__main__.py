"""``python -m ttvm``."""

import sys

from ttvm.cli.start import main

sys.exit(main())
