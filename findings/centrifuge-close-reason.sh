#!/usr/bin/env bash
# centrifuge-js heeds a final close code only if a reason stands with it.
#
# Guess: 3500 to 3999 and 4500 to 4999 end the client, as its protocol says,
#   and of the standard's codes 1008 (policy) does sooner than 1009 (too big).
# Seen: 3500 and 4500 with a text end it; the same codes without a text do not,
#   it comes back at once, for ever. 1008 never ends it, text or not; 1009 does.
# So: a server that refuses somebody by a bare close(3500) is asked again and
#   again; always send a reason. A message over its limit silences a page.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
npm i --prefix "$tmp" --prefer-offline --silent --no-audit \
    --no-fund --ignore-scripts \
    ws@8.23.0 centrifuge@5.8.0 ||
    { echo 'skip: npm does not give these versions'; exit 77; }

cat >"$tmp/run.mjs" <<'END'
import { WebSocket, WebSocketServer } from 'ws';
import { Centrifuge } from 'centrifuge';

async function after(code, reason) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await new Promise(done => server.on('listening', done));
  const client = new Centrifuge(`ws://127.0.0.1:${server.address().port}`,
    { websocket: WebSocket, minReconnectDelay: 10, maxReconnectDelay: 50 });
  let asked = 0;
  const end = await new Promise(done => {
    server.on('connection', peer => {
      if (++asked == 2) return done('comes back');
      peer.on('message', () => {
        peer.send('{"id":1,"connect":{"client":"c","version":"0"}}');
        peer.close(code, reason);
      });
    });
    client.on('disconnected', () => done('gone for good'));
    client.connect();
  });
  client.disconnect();
  server.clients.forEach(peer => peer.terminate());
  server.close();
  return end;
}

for (const code of [1008, 1009, 3499, 3500, 4500])
  console.log(`closed with ${code}: ${await after(code, '')};`,
    `with ${code} "refused": ${await after(code, 'refused')}`);
process.exit();
END
node -p "'centrifuge ' + require('$tmp/node_modules/centrifuge/package.json').version"
timeout 50 node "$tmp/run.mjs" >"$tmp/seen" 2>&1 || :
cat "$tmp/seen"
diff - "$tmp/seen" <<'END' && echo 'as found'
closed with 1008: comes back; with 1008 "refused": comes back
closed with 1009: gone for good; with 1009 "refused": gone for good
closed with 3499: comes back; with 3499 "refused": comes back
closed with 3500: comes back; with 3500 "refused": gone for good
closed with 4500: comes back; with 4500 "refused": gone for good
END
