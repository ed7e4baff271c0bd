#!/usr/bin/env bash
# One contender of the end-to-end benchmark: reads the file FEED, posts to URL, keeps its queue in
# the folder STATE, ends when every row is delivered. Started again on the same STATE it goes on.
#
#   FEED=feed-utf8.csv URL=http://127.0.0.1:8099/in STATE=$(mktemp -d) tests/bench/contender.sh
#
# GATEWAY names another binary than the release build of this checkout.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
export FEED_DIR FEED_NAME
FEED_DIR=$(dirname "$FEED")
FEED_NAME=$(basename "$FEED")
exec "${GATEWAY:-$here/../../target/release/gateway}" --config "$here/configs" once penalties
