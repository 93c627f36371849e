#!/usr/bin/env bash
# socket.io: what was missed comes before the "connect" that says recovered.
#
# Guess: after a cut the client hears "connect" first, looks at recovered, keeps
#   or clears its list, and then gets the messages it has missed.
# Seen: the missed messages are handed to the page first, and "connect" comes
#   after the last of them.
# So: a page that loads or clears its list in "connect", recovered or not, throws
#   away what it was just given; one that marks itself as away till "connect"
#   takes what it has missed for news. Clear in "disconnect", or ask recovered.
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
const once = (of, event) => new Promise(done => of.once(event, done));

const joined = once(server, 'connection');
const client = io(`http://127.0.0.1:${web.address().port}`,
  { transports: ['websocket'], reconnectionDelay: 200 });
client.on('connect', () => console.log('connect, recovered', client.recovered));
client.on('title', title =>
  console.log('title', title));
const member = await joined;
member.join('rock');
const heard = once(client, 'title');
server.to('rock').emit('title', 1);
await heard;

const away = once(client, 'disconnect'), back = once(client, 'connect');
member.conn.close();
await away;
console.log('away');
server.to('rock').emit('title', 2);
server.to('rock').emit('title', 3);
await back;
process.exit();
END
node -p "'socket.io ' + require('$tmp/node_modules/socket.io/package.json').version"
timeout 50 node "$tmp/run.mjs" >"$tmp/seen" 2>&1 || :
cat "$tmp/seen"
diff - "$tmp/seen" <<'END' && echo 'as found'
connect, recovered false
title 1
away
title 2
title 3
connect, recovered true
END
