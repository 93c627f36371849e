#!/usr/bin/env bash
# PeerServer sends no OPEN to a client that takes its id back.
#
# Guess: each accepted connection is greeted with OPEN, as the first one is;
#   PeerJS fires its open event on that message alone.
# Seen: a second connection with the same id and token, while the first one's
#   still stands (a page that is back before its old socket was missed), is
#   served: offers reach it. But nothing tells it so. Another token: ID-TAKEN.
# So: a client must not wait for OPEN after a reconnect, and a server of this
#   protocol should send it each time.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
npm i --prefix "$tmp" --prefer-offline --silent --no-audit \
    --no-fund --ignore-scripts \
    peer@1.0.2 ws@8.23.0 ||
    { echo 'skip: npm does not give these versions'; exit 77; }

cat >"$tmp/run.mjs" <<'END'
import { PeerServer } from 'peer';
import { WebSocket } from 'ws';

const port = await new Promise(done => PeerServer(
  { host: '127.0.0.1', port: 0 }, server => done(server.address().port)));

async function join(id, token) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/peerjs?key=peerjs` +
    `&id=${id}&token=${token}`);
  socket.got = [];
  socket.told = new Promise(done => socket.on('message', text => {
    socket.got.push(JSON.parse(text).type);
    done();
  }));
  await new Promise(done => socket.on('open', done));
  return socket;
}

const first = await join('host', 'token');
await first.told;
const second = await join('host', 'token');
const other = await join('host', 'another token');
await other.told;
const guest = await join('guest', 'its token');
await guest.told;
guest.send(JSON.stringify({ type: 'OFFER', dst: 'host', payload: {} }));
await second.told;
console.log('first:', first.got.join());
console.log('again, same token:', second.got.join());
console.log('again, another token:', other.got.join());
process.exit();
END
node -p "'peer ' + require('$tmp/node_modules/peer/package.json').version"
timeout 50 node "$tmp/run.mjs" >"$tmp/seen" 2>&1 || :
cat "$tmp/seen"
diff - "$tmp/seen" <<'END' && echo 'as found'
first: OPEN
again, same token: OFFER
again, another token: ID-TAKEN
END
