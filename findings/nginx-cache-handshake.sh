#!/usr/bin/env bash
# nginx: proxy_cache answers a WebSocket handshake from the cache.
#
# Guess: a request with "Upgrade: websocket" goes to the origin whatever is in
#   the cache: proxy_http_version, Upgrade and Connection are passed on as the
#   usual recipe has it, and a 101 cannot be stored.
# Seen: a handshake is a GET like any other. While a plain GET of the same
#   address is fresh, the handshake gets that: 200 and its body. Before and
#   after: 101. "Vary: Upgrade" of the origin keeps them apart.
# So: where one address serves a GET and a WebSocket, pages fail now and then,
#   the more visitors the oftener; each such reply should say "Vary: Upgrade".
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
(cd "$tmp" && apt-get -qq download \
    nginx=1.22.1-9+deb12u11) >"$tmp/apt" 2>&1 ||
    { echo 'skip: the suite does not give nginx=1.22.1-9+deb12u11'; exit 77; }
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
const nginx_conf = servers => `daemon off; master_process off;
pid ${folder}/pid; events {} http { access_log off;
proxy_temp_path ${folder}/p; client_body_temp_path ${folder}/b;
fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u;
scgi_temp_path ${folder}/s; ${servers} }`;
const origin = http.createServer((request, response) => {
  const headers = { 'cache-control': 'max-age=60' };
  if (request.url == '/vary') headers.vary = 'Upgrade';
  response.writeHead(200, headers).end('{"title":"A"}');
}).on('upgrade', (request, socket) => socket.on('error', () => {}).end(
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n' +
  'Upgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n'));
const from = await listen(origin), port = await free();
writeFileSync(`${folder}/nginx.conf`, nginx_conf(`
proxy_cache_path ${folder}/c keys_zone=c:1m;
server { listen 127.0.0.1:${port}; location / {
  proxy_cache c;
  proxy_pass http://127.0.0.1:${from};
  proxy_http_version 1.1;
  proxy_set_header Upgrade $http_upgrade;
  proxy_set_header Connection "upgrade"; } }`));
await start(port, '/root/usr/sbin/nginx', '-c', `${folder}/nginx.conf`,
  '-e', `${folder}/error.log`);

const handshake = { connection: 'Upgrade', upgrade: 'websocket',
  'sec-websocket-version': 13, 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' };
const ask = (path, headers) => new Promise(done => {
  const heard = response => {
    response.resume?.();
    done(response.statusCode);
  };
  http.get({ port, host: '127.0.0.1', path, headers, agent: false }, heard)
    .on('upgrade', heard);
});
for (const path of ['/plain', '/vary'])
  console.log(`${path}: handshake ${await ask(path, handshake)},`,
    `GET ${await ask(path, {})}, handshake ${await ask(path, handshake)}`);
await stop();
END
"$tmp/root/usr/sbin/nginx" -v 2>&1
timeout 50 node "$tmp/run.mjs" "$tmp" >"$tmp/seen" 2>&1 || :
cat "$tmp/seen"
diff - "$tmp/seen" <<'END' && echo 'as found'
/plain: handshake 101, GET 200, handshake 200
/vary: handshake 101, GET 200, handshake 101
END
