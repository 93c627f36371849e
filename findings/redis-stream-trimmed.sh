#!/usr/bin/env bash
# Redis: a stream's max-deleted-entry-id does not tell of what was trimmed.
#
# Guess: a reader that was away too long learns it: XREAD from an id that is
#   gone fails, or at least max-deleted-entry-id (added to tell of holes) is
#   then above its id.
# Seen: XREAD goes on at the oldest entry left without a word. After XDEL of
#   the same three entries max-deleted-entry-id is 3-0, after XTRIM (so with
#   MAXLEN too, the usual way) it stays 0-0.
# So: to see a gap, keep a number of one's own in each entry, or compare with
#   recorded-first-entry-id.
set -euo pipefail
tmp=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" || :; wait; rm -rf "$tmp"' EXIT
(cd "$tmp" && apt-get -qq download redis-server=5:7.0.15-1~deb12u10 \
    redis-tools=5:7.0.15-1~deb12u10 libjemalloc2=5.3.0-1 liblzf1=3.6-3 \
    libatomic1=12.2.0-14+deb12u1) >"$tmp/apt" 2>&1 ||
    { echo 'skip: the suite does not give this redis-server'; exit 77; }
for deb in "$tmp"/*.deb; do dpkg-deb -x "$deb" "$tmp/root"; done
export LD_LIBRARY_PATH="$tmp/root/usr/lib/$(uname -m)-linux-gnu"

"$tmp/root/usr/bin/redis-server" --version
"$tmp/root/usr/bin/redis-server" --port 0 --unixsocket "$tmp/socket" \
    --save '' >"$tmp/log" 2>&1 &
server=$!
cli() { "$tmp/root/usr/bin/redis-cli" -s "$tmp/socket" "$@"; }
until [ "$(cli PING 2>&1)" = PONG ]; do kill -0 "$server"; sleep 0.1; done

about() {  # about COMMAND...: what a reader that has had 1-0 is told after it
    cli DEL rock >"$tmp/out"
    for i in 1 2 3 4 5; do cli XADD rock "$i-0" title "$i" >"$tmp/out"; done
    echo "$*: $(cli "$@") gone"
    echo "  XREAD from 1-0 begins at $(cli XREAD STREAMS rock 1-0 | grep -m 1 -e -0)"
    cli XINFO STREAM rock | grep -A 1 -e max-deleted -e recorded-first |
        grep -v -e -- | paste - - | sed 's/^/  /; s/\t/ /'
}
{
    about XDEL rock 1-0 2-0 3-0
    about XTRIM rock MAXLEN 2
} >"$tmp/seen"
cat "$tmp/seen"
diff - "$tmp/seen" <<'END' && echo 'as found'
XDEL rock 1-0 2-0 3-0: 3 gone
  XREAD from 1-0 begins at 4-0
  max-deleted-entry-id 3-0
  recorded-first-entry-id 4-0
XTRIM rock MAXLEN 2: 3 gone
  XREAD from 1-0 begins at 4-0
  max-deleted-entry-id 0-0
  recorded-first-entry-id 4-0
END
