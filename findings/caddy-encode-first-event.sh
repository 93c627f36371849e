#!/usr/bin/env bash
# Caddy: the size of the first write decides if encode holds a stream.
#
# Guess: reverse_proxy flushes an event stream at once by itself, and encode
#   either leaves text/event-stream alone or flushes with it.
# Seen: with "encode gzip", a first write of up to 512 bytes makes the whole
#   stream pass unpacked, each event at once. From 513 bytes on it is packed,
#   and after the head and the 10 bytes of gzip's own head nothing comes until
#   it ends.
# So: a station is live as long as its first event is short; a longer title or
#   the address of a cover in it, and the browsers, which unpack, get nothing.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
(cd "$tmp" && apt-get -qq download \
    caddy=2.6.2-5) >"$tmp/apt" 2>&1 ||
    { echo 'skip: the suite does not give caddy=2.6.2-5'; exit 77; }
for deb in "$tmp"/*.deb; do dpkg-deb -x "$deb" "$tmp/root"; done
export LD_LIBRARY_PATH="$tmp/root/usr/lib/$(uname -m)-linux-gnu"

cat >"$tmp/run.mjs" <<'END'
import http from 'node:http';
import net from 'node:net';
import zlib from 'node:zlib';
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
let stream;  // the origin's reply that is open
const origin = http.createServer((request, response) => {
  stream = response;
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(`data: ${'x'.repeat(request.url.slice(1) - 8)}\n\n`);
});
const from = await listen(origin), [encode, plain] = [await free(), await free()];
writeFileSync(`${folder}/Caddyfile`, `{
  admin off
  auto_https off
}
http://127.0.0.1:${encode} {
  encode gzip
  reverse_proxy 127.0.0.1:${from}
}
http://127.0.0.1:${plain} {
  reverse_proxy 127.0.0.1:${from}
}
`);
process.env.HOME = process.env.XDG_DATA_HOME = folder;
await start(plain, '/root/usr/bin/caddy', 'run', '--adapter', 'caddyfile',
  '--config', `${folder}/Caddyfile`);

// the stream is ended when the event has come whole, or has not for 4 s
async function first(port, size) {
  const headers = { 'accept-encoding': 'gzip' }, path = `/${size}`;
  let held = false, late;
  const [packed, bytes] = await new Promise(done => http.get(
    { port, host: '127.0.0.1', path, headers, agent: false }, response => {
      const packed = response.headers['content-encoding'] == 'gzip';
      const body = packed ? response.pipe(zlib.createGunzip()) : response;
      late = setTimeout(() => { held = true; stream.end(); }, 4000);
      let bytes = 0;
      body.on('data', piece => {
        if ((bytes += piece.length) == size) done([packed, bytes]);
      });
    }));
  clearTimeout(late);
  stream.end();
  return `${packed ? 'packed' : 'as it is'}, ` +
    (held ? 'only when the stream ended' : 'at once');
}
for (const size of [512, 513]) {
  console.log(`first event of ${size} bytes, no encode:`, await first(plain, size));
  console.log(`first event of ${size} bytes, encode gzip:`, await first(encode, size));
}
await stop();
END
"$tmp/root/usr/bin/caddy" version
timeout 50 node "$tmp/run.mjs" "$tmp" >"$tmp/seen" 2>&1 || :
cat "$tmp/seen"
diff - "$tmp/seen" <<'END' && echo 'as found'
first event of 512 bytes, no encode: as it is, at once
first event of 512 bytes, encode gzip: as it is, at once
first event of 513 bytes, no encode: as it is, at once
first event of 513 bytes, encode gzip: packed, only when the stream ended
END
