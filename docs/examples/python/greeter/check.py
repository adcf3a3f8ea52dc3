"""Whether the service answers: greeter.check PORT."""

import sys
import urllib.request

with urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/", timeout=3) as answer:
    print(answer.read().decode())
