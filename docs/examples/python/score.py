"""Scores one user: python3 score.py

CALBACK_URL is the server, CALBACK_API_KEY a key where it wants one. Nothing but the standard library.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request


class Problem(Exception):
    """What the server refused, as RFC 9457 has it."""

    def __init__(self, fields):
        place = fields.get("path")
        super().__init__(f"{fields['code']}: {place + ': ' if place else ''}{fields['detail']}")
        self.code = fields["code"]


class Calback:
    def __init__(self, url, key=None):
        self.url = url.rstrip("/")
        self.headers = {"Content-Type": "application/json"}
        if key:
            self.headers["Authorization"] = "Bearer " + key

    def post(self, path, body, tries=3):
        """Sends body and gives the reply; waits and tries again while the server has too much to do."""
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), self.headers)
        while True:
            tries -= 1
            try:
                with urllib.request.urlopen(request, timeout=10) as reply:
                    return json.load(reply)
            except urllib.error.HTTPError as refused:
                with refused:
                    problem = Problem(json.load(refused))
                    if tries == 0 or problem.code not in ("overloaded", "rate_limited"):
                        raise problem from None
                    time.sleep(float(refused.headers.get("Retry-After", 1)))


def main():
    calback = Calback(os.environ.get("CALBACK_URL", "http://127.0.0.1:8080"), os.environ.get("CALBACK_API_KEY"))
    user = {"id": "u-1", "features": {"visit_days": 4, "n_meeting_create": 2, "channel": "Paid Social"}}
    try:
        reply = calback.post("/predict?reasons=3", {"instances": [user]})
    except (Problem, OSError) as error:
        sys.exit(str(error))
    for p in reply["predictions"]:
        print(f"{p['id']}: {p['probability']:.3f}, {'revisits' if p['revisit'] else 'does not revisit'}")
        for reason in p["reasons"]:
            print(f"  {reason['sentence']} ({reason['effect']:+.2f})")


if __name__ == "__main__":
    main()
