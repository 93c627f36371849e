#!/usr/bin/env bash
# undici's EventSource forgets a retry that no blank line follows.
#
# Guess: "retry: 100" counts as soon as its line has ended, as the standard
#   says of this field, since it belongs to no event.
# Seen: eventsource takes the line alone; undici comes back after its own 3 s
#   unless a blank line stood behind it when the stream ended.
# So: a server that says as its last word when to come back must end it like
#   an event, or a whole crowd comes back at its default.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
npm i --prefix "$tmp" --prefer-offline --silent --no-audit \
    --no-fund --ignore-scripts \
    eventsource@5.1.5 undici@7.30.2 ||
    { echo 'skip: npm does not give these versions'; exit 77; }

cat >"$tmp/run.mjs" <<'END'
import http from 'node:http';
import * as eventsource from 'eventsource';
import * as undici from 'undici';

const libraries = { eventsource, undici };

async function comes_back(EventSource, retry) {
  let ended, back;
  const again = new Promise(done => back = done);
  const server = http.createServer((request, response) => {
    if (ended) back(performance.now() - ended);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(`data: hello\n\n${retry}`);
    ended ??= performance.now();
  });
  await new Promise(done => server.listen(0, '127.0.0.1', done));
  const source = new EventSource(`http://127.0.0.1:${server.address().port}/`);
  const ms = await again;
  source.close();
  server.closeAllConnections();
  server.close();
  return ms < 2500 ? 'as told' : 'after its own time of some seconds';
}

for (const retry of ['retry: 100\n\n', 'retry: 100\n'])
  for (const [name, { EventSource }] of Object.entries(libraries))
    console.log(`${JSON.stringify(retry)}: ${name} comes back`,
      await comes_back(EventSource, retry));
process.exit();
END
for p in eventsource undici; do
    node -p "'$p ' + require('$tmp/node_modules/$p/package.json').version"
done
timeout 50 node --no-warnings "$tmp/run.mjs" >"$tmp/seen" 2>&1 || :
cat "$tmp/seen"
diff - "$tmp/seen" <<'END' && echo 'as found'
"retry: 100\n\n": eventsource comes back as told
"retry: 100\n\n": undici comes back as told
"retry: 100\n": eventsource comes back as told
"retry: 100\n": undici comes back after its own time of some seconds
END
