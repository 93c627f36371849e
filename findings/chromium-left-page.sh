#!/usr/bin/env bash
# Chromium: a page that was left goes on counting as a listener.
#
# Guess: who goes to another page closes the page's WebSocket and EventSource;
#   if the page is kept for "back" they are closed all the same, and on the
#   return both say so and come back.
# Seen: neither is closed. The WebSocket stays open at the server as long as the
#   page is kept, and is closed at the return (1006 for the page). The
#   EventSource is never closed: the events of the time away are kept, and the
#   page is given all of them at once at the return, without an error.
# So: "online" counts people who have gone, and a list that grows by each event
#   grows in one jump; close both in pagehide, and open them in pageshow.
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
  const say = text => fetch('/say?' + encodeURIComponent(text));
  const events = new EventSource('/events'), got = [];
  const socket = new WebSocket('ws://' + location.host + '/socket');
  events.onmessage = event => got.push(event.data);
  events.addEventListener('go', () => { location.href = '/other'; });
  events.onerror = () => got.push('an error');
  socket.onopen = () => document.readyState == 'complete' ? say('open') :
    addEventListener('load', () => setTimeout(say, 0, 'open'));
  socket.onclose = event => say('WebSocket closed, ' + event.code);
  onpageshow = event => event.persisted && setTimeout(() =>
    say('EventSource ' + ['connecting', 'open', 'closed'][events.readyState] +
      ', had meanwhile ' + got.join(' ')), 2000);
  onpagehide = () => { got.length = 0; };
</script>`;
let stream, streams = 0, stream_closed = false, socket_closed = false, opened = false;
let answer;  // the other page asks when to go back
const said = [];
const server = http.createServer((request, response) => {
  const { pathname, search } = new URL(request.url, 'http://localhost');
  if (pathname == '/say') {
    const text = decodeURIComponent(search.slice(1));
    if (text == 'open') opened = true;
    else said.push(text);
    response.end();
  } else if (pathname == '/events') {
    streams++;
    stream = response;
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    request.socket.on('close', () => { stream_closed = true; });
  } else if (pathname == '/back') answer = response;
  else response.setHeader('content-type', 'text/html').end(
    pathname == '/other' ? `<script>
      fetch('/back').then(() => history.back())</script>` : page);
}).on('upgrade', (request, socket) => {
  accept(request, socket);
  socket.on('error', () => {}).on('data', () => { socket_closed = true; })
    .on('close', () => { socket_closed = true; });
});
await new Promise(done => server.listen(0, '127.0.0.1', done));
const home = `http://127.0.0.1:${server.address().port}/`;

// the first page leads to the other one when the server says so
const leave = browse(home);
await until(() => opened && stream);
stream.write('data: before\n\n');
await sleep(2000);
stream.write(`event: go\ndata: 1\n\n`);
await until(() => answer);
for (let i = 1; i <= 10; i++) {
  stream.write(`data: ${i}\n\n`);
  await sleep(500);
}
console.log('left for five seconds: WebSocket', socket_closed ? 'closed' : 'open',
  'and EventSource', stream_closed ? 'closed' : 'open', 'at the server');
answer.end();
await until(() => said.length == 2);
console.log(said.sort().join('\n'));
console.log('the EventSource asked', streams == 1 ? 'once' : `${streams} times`);
await leave();
END
timeout 100 node "$tmp/run.mjs" "$tmp" "$root/usr/lib/chromium/chromium" >"$tmp/seen" 2>&1 || :
cat "$tmp/seen"
diff - "$tmp/seen" <<'END' && echo 'as found'
left for five seconds: WebSocket open and EventSource open at the server
EventSource open, had meanwhile 1 2 3 4 5 6 7 8 9 10
WebSocket closed, 1006
the EventSource asked once
END
