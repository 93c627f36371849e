#!/usr/bin/env bash
# event-source-polyfill resumes by ?lastEventId=, not by Last-Event-ID.
#
# Guess: a polyfill that sends its requests by fetch and has an option for
#   headers sends the header that the standard names.
# Seen: eventsource sends "Last-Event-ID: 7" to the same URL; the polyfill no
#   header, but an argument in the URL, whose name may be set by an option.
# So: a server that reads the header alone takes every reconnect for a first
#   visit: what was missed is lost, and nobody is told of a gap.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
npm i --prefix "$tmp" --prefer-offline --silent --no-audit \
    --no-fund --ignore-scripts \
    eventsource@5.1.5 event-source-polyfill@1.0.31 ||
    { echo 'skip: npm does not give these versions'; exit 77; }

cat >"$tmp/run.mjs" <<'END'
import http from 'node:http';
import { EventSource } from 'eventsource';
import polyfill from 'event-source-polyfill';

const clients = {
  'eventsource': EventSource,
  'event-source-polyfill': polyfill.EventSourcePolyfill,
};

for (const [name, Client] of Object.entries(clients)) {
  let asked = 0, again;
  const back = new Promise(done => again = done);
  const server = http.createServer((request, response) => {
    if (++asked == 2) again(request);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end('retry: 50\nid: 7\ndata: hello\n\n');
  });
  await new Promise(done => server.listen(0, '127.0.0.1', done));
  const source = new Client(`http://127.0.0.1:${server.address().port}/rock`);
  const { url, headers } = await back;
  console.log(`${name}: GET ${url}, Last-Event-ID: ${headers['last-event-id']}`);
  source.close();
  server.closeAllConnections();
  server.close();
}
process.exit();
END
for p in eventsource event-source-polyfill; do
    node -p "'$p ' + require('$tmp/node_modules/$p/package.json').version"
done
timeout 50 node "$tmp/run.mjs" >"$tmp/seen" 2>&1 || :
cat "$tmp/seen"
diff - "$tmp/seen" <<'END' && echo 'as found'
eventsource: GET /rock, Last-Event-ID: 7
event-source-polyfill: GET /rock?lastEventId=7, Last-Event-ID: undefined
END
