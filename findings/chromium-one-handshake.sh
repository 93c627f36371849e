#!/usr/bin/env bash
# Chromium: one slow WebSocket handshake holds up all others to that server.
#
# Guess: WebSockets of a page open side by side, as its requests do; one whose
#   server is slow to say 101 keeps nobody else waiting.
# Seen: the next handshake is not even sent before the last one is answered:
#   another path and another name of the same address wait in a line, while
#   fetch and EventSource go through.
# So: a server that looks into a database before its 101 makes all sockets of a
#   page wait for it, one by one; say 101 at once and refuse afterwards, with a
#   close code.
set -euo pipefail
tmp=$(mktemp -d)
trap 'until rm -rf "$tmp"; do :; done' EXIT  # its children may still write
chromium=156.0.8078.108-1~deb12u1
root=
if [ "$(dpkg-query -W -f '${Version}' chromium 2>&1)" != $chromium ]; then
    (cd "$tmp" && apt-get -qq download "chromium=$chromium" \
        "chromium-common=$chromium") >"$tmp/apt" 2>&1 ||
        { echo "skip: the suite does not give chromium=$chromium"; exit 77; }
    for deb in "$tmp"/*.deb; do dpkg-deb -x "$deb" "$tmp/root"; done
    root=$tmp/root
fi
"$root/usr/lib/chromium/chromium" --version

cat >"$tmp/run.mjs" <<'END'
import http from 'node:http';
import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';

const [folder, program] = process.argv.slice(2);
const sleep = ms => new Promise(done => setTimeout(done, ms));
const until = async found => { while (!found()) await sleep(50); };
function accept(request, socket) {  // the server's end of the handshake
  const key = createHash('sha1').update(request.headers['sec-websocket-key'] +
    '258EAFA5-E914-47DA-95CA-C5AB0DC85B11').digest('base64');
  socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n' +
    `Upgrade: websocket\r\nSec-WebSocket-Accept: ${key}\r\n\r\n`);
}
function browse(url) {  // gives what ends it
  const browser = spawn(program, ['--headless', '--no-sandbox', '--disable-gpu',
    '--no-first-run', '--disable-background-networking',
    '--disable-component-update', `--user-data-dir=${folder}/profile`,
    '--host-resolver-rules=MAP radio.example 127.0.0.1', url], { stdio: 'ignore' });
  process.on('exit', () => browser.kill()).on('SIGTERM', () => process.exit(1));
  const gone = new Promise(done => browser.on('exit', done));
  return async () => {
    browser.kill();
    await gone;
    process.exit();
  };
}

const page = `<script>
  new WebSocket('ws://' + location.host + '/slow');
  fetch('/slow-is-open').then(() => {
    new WebSocket('ws://' + location.host + '/other-path');
    new WebSocket('ws://radio.example:' + location.port + '/other-name');
    fetch('/fetch');
    new EventSource('/events');
  });
</script>`;
let slow = 'not asked yet';
const order = {};
const server = http.createServer(async (request, response) => {
  if (request.url == '/slow-is-open') await until(() => slow == 'open');
  order[request.url] ??= slow;
  response.setHeader('content-type', 'text/html')
    .end(request.url == '/' ? page : '');
}).on('upgrade', async (request, socket) => {
  socket.on('error', () => {});
  if (request.url != '/slow') {
    order[request.url] = slow;
    return accept(request, socket);
  }
  slow = 'open';
  await until(() => order['/fetch'] && order['/events']);
  await sleep(5000);
  slow = 'over';
  accept(request, socket);
});
await new Promise(done => server.listen(0, '127.0.0.1', done));
const leave = browse(`http://127.0.0.1:${server.address().port}/`);
const asked = ['/fetch', '/events', '/other-path', '/other-name'];
await until(() => asked.every(path => order[path]));
for (const path of asked)
  console.log(`${path}: arrives while the slow handshake is ${order[path]}`);
await leave();
END
timeout 100 node "$tmp/run.mjs" "$tmp" "$root/usr/lib/chromium/chromium" >"$tmp/seen" 2>&1 || :
cat "$tmp/seen"
diff - "$tmp/seen" <<'END' && echo 'as found'
/fetch: arrives while the slow handshake is open
/events: arrives while the slow handshake is open
/other-path: arrives while the slow handshake is over
/other-name: arrives while the slow handshake is over
END
