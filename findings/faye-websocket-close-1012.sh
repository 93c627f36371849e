#!/usr/bin/env bash
# faye-websocket reports a close 1012 (service restart) as 1002.
#
# Guess: a client hands on the close code that came, as ws does.
# Seen: 1012, 1013 and 1014 are registered codes, yet onclose gets 1002
#   (protocol error), and 1002 is the answer to the server. The reason's text
#   and private codes (3000) come through whole.
# So: a page's rule "after 1002 do not come again" loses these clients at the
#   first restart; the reason tells them, the code does not.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
npm i --prefix "$tmp" --prefer-offline --silent --no-audit \
    --no-fund --ignore-scripts \
    ws@8.23.0 faye-websocket@0.11.4 ||
    { echo 'skip: npm does not give these versions'; exit 77; }

cat >"$tmp/run.mjs" <<'END'
import { WebSocket, WebSocketServer } from 'ws';
import faye from 'faye-websocket';

const clients = {
  'ws': url => new Promise(done => new WebSocket(url)
    .on('close', (code, text) => done(`${code} "${text}"`))),
  'faye-websocket': url => new Promise(done => {
    new faye.Client(url).on('close', e => done(`${e.code} "${e.reason}"`));
  }),
};

for (const code of [1001, 1011, 1012, 1013, 1014, 3000])
  for (const [name, connect] of Object.entries(clients)) {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await new Promise(done => server.on('listening', done));
    const answered = new Promise(done => server.on('connection', peer =>
      peer.on('close', done).close(code, 'back soon')));
    const url = `ws://127.0.0.1:${server.address().port}`;
    console.log(`${code} sent: ${name} says ${await connect(url)},`,
      `the server is answered ${await answered}`);
    server.close();
  }
END
for p in ws faye-websocket; do
    node -p "'$p ' + require('$tmp/node_modules/$p/package.json').version"
done
timeout 50 node "$tmp/run.mjs" >"$tmp/seen" 2>&1 || :
cat "$tmp/seen"
diff - "$tmp/seen" <<'END' && echo 'as found'
1001 sent: ws says 1001 "back soon", the server is answered 1001
1001 sent: faye-websocket says 1001 "back soon", the server is answered 1001
1011 sent: ws says 1011 "back soon", the server is answered 1011
1011 sent: faye-websocket says 1011 "back soon", the server is answered 1011
1012 sent: ws says 1012 "back soon", the server is answered 1012
1012 sent: faye-websocket says 1002 "back soon", the server is answered 1002
1013 sent: ws says 1013 "back soon", the server is answered 1013
1013 sent: faye-websocket says 1002 "back soon", the server is answered 1002
1014 sent: ws says 1014 "back soon", the server is answered 1014
1014 sent: faye-websocket says 1002 "back soon", the server is answered 1002
3000 sent: ws says 3000 "back soon", the server is answered 3000
3000 sent: faye-websocket says 3000 "back soon", the server is answered 3000
END
