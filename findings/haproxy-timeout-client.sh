#!/usr/bin/env bash
# haproxy: timeout client does not end a silent stream, timeout server does.
#
# Guess: a stream of events that is silent for longer than the shorter of the
#   two time-outs is cut, whichever it is; WebSockets likewise.
# Seen: timeout client does not run while the reply is what is waited for: a
#   silence above it is outlived. Only timeout server cuts, and then in the
#   middle of the chunks, so that the client sees an error, not an end. After a
#   101 neither counts if there is a timeout tunnel.
# So: of three time-outs it is timeout server that must be above the heartbeat
#   of a stream, and timeout tunnel that of WebSockets; a long timeout client
#   helps nobody.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
(cd "$tmp" && apt-get -qq download \
    haproxy=2.6.12-1+deb12u4 liblua5.3-0=5.3.6-2 \
    libopentracing-c-wrapper0=1.1.3-3+b1 libopentracing1=1.6.0-4) >"$tmp/apt" 2>&1 ||
    { echo 'skip: the suite does not give haproxy=2.6.12-1+deb12u4'; exit 77; }
for deb in "$tmp"/*.deb; do dpkg-deb -x "$deb" "$tmp/root"; done
export LD_LIBRARY_PATH="$tmp/root/usr/lib/$(uname -m)-linux-gnu"

cat >"$tmp/run.mjs" <<'END'
import http from 'node:http';
import net from 'node:net';
import { writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';

const folder = process.argv[2];
const listen = server => new Promise(done =>
  server.listen(0, '127.0.0.1', () => done(server.address().port)));
async function free() {
  const server = net.createServer(), port = await listen(server);
  await new Promise(done => server.close(done));
  return port;
}
const children = [];
async function start(port, program, ...options) {
  const child = spawn(folder + program, options);
  children.push(child);
  process.on('exit', () => child.kill()).on('SIGTERM', () => process.exit(1));
  while (!await new Promise(done => net.connect(port, '127.0.0.1')
    .on('connect', () => done(true)).on('error', () => setTimeout(done, 50))));
}
async function stop() {
  for (const child of children) {
    const gone = new Promise(done => child.on('exit', done));
    child.kill();
    await gone;
  }
  process.exit();
}
const silence = 5000;
const origin = http.createServer((request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write('data: 1\n\n');
  setTimeout(() => response.end('data: 2\n\n'), silence);
}).on('upgrade', (request, socket) => {
  socket.on('error', () => {});
  socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n' +
    'Upgrade: websocket\r\nSec-WebSocket-Accept: ' +
    's3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n');
  setTimeout(() => socket.end('late'), silence);
});
const from = await listen(origin);
const settings = ['client 1s|server 60s|tunnel 60s',
  'client 60s|server 1s|tunnel 60s', 'client 60s|server 60s|tunnel 1s'];
const ports = [];
let conf = 'defaults\n mode http\n timeout connect 20s\n';
for (const times of settings) {
  ports.push(await free());
  conf += `listen on${ports.at(-1)}\n bind 127.0.0.1:${ports.at(-1)}\n` +
    times.split('|').map(time => ` timeout ${time}\n`).join('') +
    ` server origin 127.0.0.1:${from}\n`;
}
writeFileSync(`${folder}/conf`, conf);
await start(ports.at(-1), '/root/usr/sbin/haproxy', '-db', '-f', `${folder}/conf`);

const events = port => new Promise(done => http.get(
  { port, host: '127.0.0.1', agent: false }, response => response.resume()
    .on('end', () => done('lives')).on('error', () => done('cut, an error'))));

const socket = port => new Promise(done => {
  let got = '';
  const key = 'dGhlIHNhbXBsZSBub25jZQ==';
  const client = net.connect(port, '127.0.0.1').on('error', () => {})
    .on('data', bytes => got += bytes)
    .on('close', () => done(got.endsWith('late') ? 'lives' : 'cut'));
  client.write('GET / HTTP/1.1\r\nHost: radio.example\r\nConnection: Upgrade\r\n' +
    `Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
    `Sec-WebSocket-Key: ${key}\r\n\r\n`);
});
const ends = await Promise.all(ports.map(port =>
  Promise.all([events(port), socket(port)])));
settings.forEach((times, i) => console.log(`${times.replaceAll('|', ', ')}:`,
  `events ${ends[i][0]}; WebSocket ${ends[i][1]}`));
await stop();
END
"$tmp/root/usr/sbin/haproxy" -v | sed -n 1p
timeout 50 node "$tmp/run.mjs" "$tmp" >"$tmp/seen" 2>&1 || :
cat "$tmp/seen"
diff - "$tmp/seen" <<'END' && echo 'as found'
client 1s, server 60s, tunnel 60s: events lives; WebSocket lives
client 60s, server 1s, tunnel 60s: events cut, an error; WebSocket lives
client 60s, server 60s, tunnel 1s: events lives; WebSocket cut
END
