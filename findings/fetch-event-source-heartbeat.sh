#!/usr/bin/env bash
# fetch-event-source calls onmessage with "" for each heartbeat comment.
#
# Guess: a comment with a blank line, the usual heartbeat, and a block of
#   "retry:" alone are no messages: an event with empty data is not dispatched.
# Seen: eventsource gives one message; fetch-event-source three more, empty.
#   JSON.parse in onmessage throws on the first of them, the library takes that
#   for an error of the connection and asks again: no title is ever shown.
# So: write heartbeats as ":" with one line feed, "retry:" within an event.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
npm i --prefix "$tmp" --prefer-offline --silent --no-audit \
    --no-fund --ignore-scripts \
    eventsource@5.1.5 @microsoft/fetch-event-source@2.0.1 ||
    { echo 'skip: npm does not give these versions'; exit 77; }

cat >"$tmp/run.mjs" <<'END'
import http from 'node:http';
import { EventSource } from 'eventsource';
import { fetchEventSource } from '@microsoft/fetch-event-source';

globalThis.window = globalThis;  // the library asks for a page
globalThis.document = { hidden: false, addEventListener() {}, removeEventListener() {} };

const streams = {
  'blank line behind each': 'retry: 1000\n\n: \n\ndata: {}\n\n: \n\n',
  'none but the event\'s': ': \nretry: 1000\ndata: {}\n\n: \n',
};
let asked = 0, body;
const server = http.createServer((request, response) => {
  asked++;
  response.writeHead(200, { 'content-type': 'text/event-stream' }).end(body);
});
await new Promise(done => server.listen(0, '127.0.0.1', done));
const url = `http://127.0.0.1:${server.address().port}/`;

async function eventsource(got) {
  const source = new EventSource(url);
  source.onmessage = message => got.push(message.data);
  await new Promise(done => source.onerror = done);
  source.close();
}

for (const [what, stream] of Object.entries(streams)) {
  body = stream;
  const plain = [], fetched = [];
  await eventsource(plain);
  await fetchEventSource(url, { onmessage: m => fetched.push(m.data) });
  console.log(`${what}: eventsource`, plain, 'fetch-event-source', fetched);
}

body = streams['blank line behind each'];
asked = 0;
let titles = 0;
const page = new AbortController();
await fetchEventSource(url, {
  signal: page.signal,
  onmessage(message) { JSON.parse(message.data); titles++; },
  onerror() { if (asked == 3) page.abort(); return 20; },
});
console.log(`with JSON.parse: asked ${asked} times, ${titles} titles`);
process.exit();
END
for p in eventsource @microsoft/fetch-event-source; do
    node -p "'$p ' + require('$tmp/node_modules/$p/package.json').version"
done
timeout 50 node "$tmp/run.mjs" >"$tmp/seen" 2>&1 || :
cat "$tmp/seen"
diff - "$tmp/seen" <<'END' && echo 'as found'
blank line behind each: eventsource [ '{}' ] fetch-event-source [ '', '', '{}', '' ]
none but the event's: eventsource [ '{}' ] fetch-event-source [ '{}' ]
with JSON.parse: asked 3 times, 0 titles
END
