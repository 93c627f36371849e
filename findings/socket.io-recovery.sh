#!/usr/bin/env bash
# socket.io recovers a connection only if a message had come over it before.
#
# Guess: with connectionStateRecovery a client that was cut for a moment gets
#   the messages that were sent meanwhile and says recovered.
# Seen: so it is for a client that had had one message; one that joined a quiet
#   room and was cut before the first one gets nothing, recovered is false. The
#   place to resume from is the last message's mark, and there is none yet.
# So: send each newcomer something (the state as it is now) as a message.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
npm i --prefix "$tmp" --prefer-offline --silent --no-audit \
    --no-fund --ignore-scripts \
    socket.io@4.8.4 socket.io-client@4.8.4 ||
    { echo 'skip: npm does not give these versions'; exit 77; }

cat >"$tmp/run.mjs" <<'END'
import http from 'node:http';
import { Server } from 'socket.io';
import { io } from 'socket.io-client';

const web = http.createServer();
const server = new Server(web, { connectionStateRecovery: {} });
await new Promise(done => web.listen(0, '127.0.0.1', done));
const url = `http://127.0.0.1:${web.address().port}`;

for (const before of [false, true]) {
  const joined = new Promise(done => server.once('connection', done));
  const client = io(url, { transports: ['websocket'], forceNew: true });
  const got = [];
  client.on('title', title => got.push(title));
  const member = await joined;
  member.join('rock');
  await new Promise(done => client.connected ? done() : client.once('connect', done));
  if (before) {
    const heard = new Promise(done => client.once('title', done));
    server.to('rock').emit('title', 'before');
    await heard;
  }

  const gone = new Promise(done => member.once('disconnect', done));
  client.io.engine.close();  // the network goes
  await gone;
  server.to('rock').emit('title', 'missed');
  const again = new Promise(done => server.once('connection', done));
  await new Promise(done => client.once('connect', done));
  (await again).emit('title', 'after');
  await new Promise(done => client.on('title', t => t == 'after' && done()));
  console.log(`a message came before: ${before}; recovered:`,
    `${client.recovered}, got ${got.join(', ')}`);
  client.close();
}
process.exit();
END
node -p "'socket.io ' + require('$tmp/node_modules/socket.io/package.json').version"
timeout 50 node "$tmp/run.mjs" >"$tmp/seen" 2>&1 || :
cat "$tmp/seen"
diff - "$tmp/seen" <<'END' && echo 'as found'
a message came before: false; recovered: false, got after
a message came before: true; recovered: true, got before, missed, after
END
