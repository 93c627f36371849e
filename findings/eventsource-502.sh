#!/usr/bin/env bash
# eventsource comes back after a 502 up to version 2, not from version 3 on.
#
# Guess: a newer version of the library that was in use outlives a restart of
#   the origin behind a proxy (connection lost, then 502 for a moment) as well.
# Seen: 1.1.2 and 2.0.2 ask again; 3.0.7, 4.1.0, 5.1.5 and undici are closed
#   for good by one 502 (as the standard has it), eventsource-client asks on.
#   Where the old ones do give up (429), readyState is still 0 in onerror.
# So: an upgrade of one number turns each restart into dead pages, unless they
#   watch for CLOSED; code that does so never sees it in the old versions.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
npm i --prefix "$tmp" --prefer-offline --silent --no-audit \
    --no-fund --ignore-scripts \
    es1@npm:eventsource@1.1.2 es2@npm:eventsource@2.0.2 \
    es3@npm:eventsource@3.0.7 es4@npm:eventsource@4.1.0 \
    es5@npm:eventsource@5.1.5 undici@7.30.2 eventsource-client@1.2.0 ||
    { echo 'skip: npm does not give these versions'; exit 77; }

cat >"$tmp/run.mjs" <<'END'
import http from 'node:http';
import es1 from 'es1';
import es2 from 'es2';
import { EventSource as es3 } from 'es3';
import { EventSource as es4 } from 'es4';
import { EventSource as es5 } from 'es5';
import { EventSource as undici } from 'undici';
import { createEventSource } from 'eventsource-client';

const clients = { es1, es2, es3, es4, es5, undici };

// the first stream ends, the second request is refused, the third is waited for
async function refused(name, status) {
  let asked = 0, again, late;
  const back = new Promise(done => again = done);
  const server = http.createServer((request, response) => {
    if (++asked == 2) {
      late = setTimeout(() => again('gives up'), 8000);
      return response.writeHead(status).end();
    }
    if (asked == 3) again('comes back');
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('retry: 50\ndata: hello\n\n', () => asked == 1 && response.end());
  });
  await new Promise(done => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${server.address().port}/`;
  let state = '';
  const source = name == 'client' ? createEventSource({ url, onDisconnect() {} })
    : new clients[name](url);
  source.onerror = () => { state = `, readyState ${source.readyState}`; };
  const end = await back;
  clearTimeout(late);
  source.close();
  server.closeAllConnections();
  server.close();
  return end + (end == 'gives up' ? state : '');
}

const lines = [...Object.keys(clients), 'client'].map(async name => {
  const [bad, busy] = [refused(name, 502), refused(name, 429)];
  return `${name}: 502 ${await bad}; 429 ${await busy}`;
});
console.log((await Promise.all(lines)).join('\n'));
process.exit();
END
for p in es1 es2 es3 es4 es5 undici eventsource-client; do
    node -p "'$p ' + require('$tmp/node_modules/$p/package.json').version"
done
timeout 50 node --no-warnings "$tmp/run.mjs" >"$tmp/seen" 2>&1 || :
cat "$tmp/seen"
diff - "$tmp/seen" <<'END' && echo 'as found'
es1: 502 comes back; 429 gives up, readyState 0
es2: 502 comes back; 429 gives up, readyState 0
es3: 502 gives up, readyState 2; 429 gives up, readyState 2
es4: 502 gives up, readyState 2; 429 gives up, readyState 2
es5: 502 gives up, readyState 2; 429 gives up, readyState 2
undici: 502 gives up, readyState 2; 429 gives up, readyState 2
client: 502 comes back; 429 comes back
END
