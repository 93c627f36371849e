#!/usr/bin/env bash
# No two reconnecting WebSockets agree which close codes end them for good.
#
# Guess: a library that is made for reconnecting stays away after 1000 (done)
#   at most, and comes back after 1001 (going away: the server restarts) and
#   after a close without a code.
# Seen: sockette stays away after 1000, 1001 and no code; robust-websocket
#   after 1000, 1008 and 1011 (a mere error of the server);
#   reconnecting-websocket comes back after each of them, 1008 too.
# So: no code but 1012 means "come again" to all of them, and none "go".
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
npm i --prefix "$tmp" --prefer-offline --silent --no-audit \
    --no-fund --ignore-scripts \
    ws@8.23.0 sockette@2.0.6 robust-websocket@1.0.0 \
    reconnecting-websocket@4.4.0 ||
    { echo 'skip: npm does not give these versions'; exit 77; }

cat >"$tmp/run.mjs" <<'END'
import { createRequire } from 'node:module';
import { WebSocket, WebSocketServer } from 'ws';

// the libraries are for pages
Object.assign(globalThis, { WebSocket, window: globalThis,
  addEventListener() {}, removeEventListener() {} });
Object.defineProperty(globalThis, 'navigator', { value: { onLine: true } });
const load = createRequire(import.meta.url);
const Sockette = load('sockette');
const Robust = load('robust-websocket');
const Reconnecting = load('reconnecting-websocket');

const clients = {
  'sockette': url => new Sockette(url, { timeout: 50 }),
  'robust-websocket': url => new Robust(url),
  'reconnecting-websocket': url => new Reconnecting(url, [], {
    WebSocket, minReconnectionDelay: 50, maxReconnectionDelay: 50 }),
};

async function after(connect, code) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await new Promise(done => server.on('listening', done));
  let asked = 0;
  const end = await new Promise(done => {
    server.on('connection', peer => {
      if (++asked == 2) return done('back');
      peer.on('close', () => setTimeout(done, 5000, 'away')).close(code);
    });
    connect(`ws://127.0.0.1:${server.address().port}`);
  });
  return end;
}

const codes = [1000, 1001, undefined, 1008, 1011, 1012];
console.log('close code', codes.map(code => code ?? 'none').join(' '));
for (const [name, connect] of Object.entries(clients))
  console.log(name, (await Promise.all(codes.map(code =>
    after(connect, code)))).join(' '));
process.exit();
END
for p in sockette robust-websocket reconnecting-websocket; do
    node -p "'$p ' + require('$tmp/node_modules/$p/package.json').version"
done
timeout 50 node "$tmp/run.mjs" >"$tmp/seen" 2>&1 || :
cat "$tmp/seen"
diff - "$tmp/seen" <<'END' && echo 'as found'
close code 1000 1001 none 1008 1011 1012
sockette away away away back back back
robust-websocket away back back away away back
reconnecting-websocket back back back back back back
END
