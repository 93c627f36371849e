#!/usr/bin/env bash
# What was sent while the connection was down goes out before onopen.
#
# Guess: a library that keeps messages for a connection that is down sends them
#   once it is up and the page's open handler has said what it says at each
#   connection (who one is, which room): the handler comes first.
# Seen: with reconnecting-websocket, partysocket and socket.io alike the kept
#   message reaches the server first, as the first thing on the new
#   connection, and the handler's "join" second.
# So: a server that wants a "join" first sees a stranger's message after each
#   cut, and loses it or hangs up; take a join from the address or the
#   handshake (query, auth), or hold such messages until it comes.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
npm i --prefix "$tmp" --prefer-offline --silent --no-audit \
    --no-fund --ignore-scripts \
    ws@8.23.0 reconnecting-websocket@4.4.0 partysocket@1.3.0 \
    socket.io@4.8.4 socket.io-client@4.8.4 ||
    { echo 'skip: npm does not give these versions'; exit 77; }

cat >"$tmp/run.mjs" <<'END'
import http from 'node:http';
import { createRequire } from 'node:module';
import { WebSocket, WebSocketServer } from 'ws';
import { WebSocket as PartySocket } from 'partysocket';
import { Server } from 'socket.io';
import { io } from 'socket.io-client';

const Reconnecting = createRequire(import.meta.url)('reconnecting-websocket');
const soon = { minReconnectionDelay: 50, maxReconnectionDelay: 50, WebSocket };

// the second connection's first two messages; the first is cut after its join
function plain(Library) {
  return new Promise(done => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    const seen = [];
    let connections = 0;
    server.on('connection', peer => {
      const first = ++connections == 1;
      peer.on('message', text => {
        if (first) peer.terminate();
        else if (seen.push(String(text)) == 2) done(seen);
      });
    }).on('listening', () => {
      const url = `ws://127.0.0.1:${server.address().port}`;
      const client = new Library(url, [], soon);
      client.onopen = () => client.send('join');
      client.onclose = () => client.send('hello');
    });
  });
}
function socket_io() {
  return new Promise(done => {
    const web = http.createServer(), server = new Server(web), seen = [];
    let connections = 0;
    server.on('connection', peer => {
      const first = ++connections == 1;
      peer.onAny(text => {
        if (first) peer.conn.close();
        else if (seen.push(text) == 2) done(seen);
      });
    });
    web.listen(0, '127.0.0.1', () => {
      const client = io(`http://127.0.0.1:${web.address().port}`,
        { reconnectionDelay: 50, transports: ['websocket'] });
      client.on('connect', () => client.emit('join'));
      client.on('disconnect', () => client.emit('hello'));
    });
  });
}
console.log('reconnecting-websocket:', ...await plain(Reconnecting));
console.log('partysocket:', ...await plain(PartySocket));
console.log('socket.io:', ...await socket_io());
process.exit();
END
for p in reconnecting-websocket partysocket socket.io-client; do
    node -p "'$p ' + JSON.parse(fs.readFileSync(
        '$tmp/node_modules/$p/package.json')).version"
done
timeout 50 node "$tmp/run.mjs" >"$tmp/seen" 2>&1 || :
cat "$tmp/seen"
diff - "$tmp/seen" <<'END' && echo 'as found'
reconnecting-websocket: hello join
partysocket: hello join
socket.io: hello join
END
