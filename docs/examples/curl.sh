#!/usr/bin/env bash
# Scores one user, then two by columns, then says why: bash curl.sh
# CALBACK_URL is the server, CALBACK_API_KEY a key where it wants one.
set -euo pipefail
url=${CALBACK_URL:-http://127.0.0.1:8080}

key() { printf '%s' "${CALBACK_API_KEY:+Authorization: Bearer $CALBACK_API_KEY}"; }

# curl sends a request again after 408, 429 and 5xx, and waits as long as Retry-After says. The key comes from a file that is none, so that
# no list of processes shows it; the reply goes to one, which has only the last try's.
reply=$(mktemp)
trap 'rm -f "$reply"' EXIT
ask() {
	local status=0
	curl --silent --show-error --fail-with-body --max-time 10 --retry 3 --retry-max-time 30 --output "$reply" \
		--header 'Content-Type: application/json' --header @<(key) --data "$2" "$url$1" || status=$?
	cat "$reply"
	return $status
}

ask '/predict?reasons=3' '{"id": "u-1", "features": {"visit_days": 4, "n_meeting_create": 2, "channel": "Paid Social"}}'
ask '/predict' '{"inputs": {"visit_days": [1, 4], "channel": ["Direct", "Paid Social"]}}'
ask '/explain?lift=1' '{"features": {"visit_days": 4, "n_meeting_create": null}}'
