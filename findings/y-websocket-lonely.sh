#!/usr/bin/env bash
# y-websocket hangs up every half minute on a server that does not echo.
#
# Guess: a client that is alone in its room stays connected to a server that has
#   nothing to say, as long as it answers pings; the heartbeat is WebSocket's.
# Seen: 30 s without a message and it closes and connects anew, for ever; pings
#   do not count. It is kept up by its own awareness, renewed each 15 s, that
#   the project's server sends back to the one it came from.
# So: a relay that hands messages to all others, but not back (most do), sees
#   each lonely client come and go, and its room empty each time; echo the
#   awareness, or send a lonely client something every 20 s.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
npm i --prefix "$tmp" --prefer-offline --silent --no-audit \
    --no-fund --ignore-scripts \
    ws@8.23.0 yjs@13.6.33 y-websocket@3.1.0 y-protocols@1.0.7 ||
    { echo 'skip: npm does not give these versions'; exit 77; }

cat >"$tmp/run.mjs" <<'END'
import { WebSocket, WebSocketServer } from 'ws';
import { Doc } from 'yjs';
import { WebsocketProvider } from 'y-websocket';

const awareness = 1;  // a message's first byte
function connections(echo) {
  return new Promise(done => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    let count = 0, pongs = 0, messages = 0;
    server.on('connection', peer => {
      if (++count == 2) return done(['came again', pongs, messages]);
      peer.on('message', bytes => {
        if (bytes[0] == awareness) messages++;
        if (bytes[0] == awareness && echo) peer.send(bytes);
      }).on('pong', () => pongs++);
      setInterval(() => peer.ping(), 5000);
      setTimeout(() => done(['stayed', pongs, messages]), 40000);
    }).on('listening', () => new WebsocketProvider(
      `ws://127.0.0.1:${server.address().port}`, 'room', new Doc(),
      { WebSocketPolyfill: WebSocket, disableBc: true }));
  });
}
const [silent, echo] = await Promise.all([connections(false), connections(true)]);
const say = ([end, pongs, messages]) =>
  `${end}; pings were answered: ${pongs > 1}, awareness was renewed: ${messages > 1}`;
console.log('server that does not echo:', say(silent));
console.log('server that echoes awareness:', say(echo));
process.exit();
END
node -p "'y-websocket ' + JSON.parse(fs.readFileSync(
    '$tmp/node_modules/y-websocket/package.json')).version"
timeout 50 node "$tmp/run.mjs" >"$tmp/seen" 2>&1 || :
cat "$tmp/seen"
diff - "$tmp/seen" <<'END' && echo 'as found'
server that does not echo: came again; pings were answered: true, awareness was renewed: true
server that echoes awareness: stayed; pings were answered: true, awareness was renewed: true
END
