#!/usr/bin/env bash
# Caddy, h2o and HAProxy make a broken stream look like one that ended well.
#
# Guess: if the origin breaks off (killed, its connection reset), the proxy
#   breaks off as well: the last chunk never comes, or the connection is reset.
# Seen: nginx does so. Caddy closes each broken stream with the last chunk, as
#   if it were over; h2o does unless it was reset within its chunks; HAProxy
#   passes a reset of a stream without chunks (Icecast's) on as a plain close.
# So: Chromium's <audio> comes back after a break and not after a clean end, so
#   that behind these an origin that crashes is off for good; a file that was
#   cut short is taken for whole.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
(cd "$tmp" && apt-get -qq download \
    nginx=1.22.1-9+deb12u11 haproxy=2.6.12-1+deb12u4 liblua5.3-0=5.3.6-2 \
    libopentracing-c-wrapper0=1.1.3-3+b1 libopentracing1=1.6.0-4 \
    caddy=2.6.2-5 h2o=2.2.5+dfsg2-7) >"$tmp/apt" 2>&1 ||
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

// a stream that is open for a second, then broken in the way that is asked for
const origin = http.createServer((request, response) => {
  if (request.url.startsWith('/plain'))
    response.shouldKeepAlive = response.useChunkedEncodingByDefault = false;
  response.setHeader('content-type', 'audio/mpeg').write('sound', () =>
    setTimeout(() => {
      if (request.url.endsWith('reset')) request.socket.resetAndDestroy();
      else request.socket.destroy();
    }, 1000));
});
const from = await listen(origin);
const port = {};
for (const name of ['nginx', 'haproxy', 'caddy', 'h2o'])
  port[name] = await free();

writeFileSync(`${folder}/nginx.conf`, nginx_conf(`server {
  listen 127.0.0.1:${port.nginx};
  location / {
    proxy_pass http://127.0.0.1:${from};
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_buffering off;
  } }`));
await start(port.nginx, '/root/usr/sbin/nginx', '-c', `${folder}/nginx.conf`,
  '-e', `${folder}/error.log`);

writeFileSync(`${folder}/haproxy.cfg`, `defaults
 mode http
 timeout connect 60s
 timeout client 60s
 timeout server 60s
listen on
 bind 127.0.0.1:${port.haproxy}
 server origin 127.0.0.1:${from}
`);
await start(port.haproxy, '/root/usr/sbin/haproxy', '-db', '-f',
  `${folder}/haproxy.cfg`);

writeFileSync(`${folder}/Caddyfile`, `{
  admin off
  auto_https off
}
:${port.caddy} {
  bind 127.0.0.1
  reverse_proxy 127.0.0.1:${from}
}
`);
process.env.HOME = process.env.XDG_DATA_HOME = folder;
await start(port.caddy, '/root/usr/bin/caddy', 'run', '--adapter', 'caddyfile',
  '--config', `${folder}/Caddyfile`);

writeFileSync(`${folder}/h2o.conf`, `num-threads: 1
listen:
  host: 127.0.0.1
  port: ${port.h2o}
hosts:
  default:
    paths:
      /:
        proxy.reverse.url: http://127.0.0.1:${from}/
${process.getuid() ? '' : 'user: root'}
`);
await start(port.h2o, '/root/usr/bin/h2o', '-m', 'worker', '-c',
  `${folder}/h2o.conf`);

const end_of = (port, path) => new Promise(done => {
  let got = '';
  const client = net.connect(port, '127.0.0.1').on('data', bytes => got += bytes)
    .on('end', () => done(got)).on('error', () => done('reset'));
  client.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
}).then(got => got == 'reset' || /chunked/i.test(got) && !got.endsWith('\r\n0\r\n\r\n')
  ? 'broken' : got.includes('sound') ? 'ended well' : 'no sound');
port.origin = from;
for (const path of ['/chunked-close', '/chunked-reset', '/plain-reset']) {
  const ends = [];
  for (const name of ['origin', 'nginx', 'haproxy', 'caddy', 'h2o'])
    ends.push(`${name} ${await end_of(port[name], path)}`);
  console.log(`${path}: ${ends.join(', ')}`);
}
await stop();
END
"$tmp/root/usr/sbin/nginx" -v 2>&1
"$tmp/root/usr/sbin/haproxy" -v | sed -n 1p
echo "Caddy $("$tmp/root/usr/bin/caddy" version)"
"$tmp/root/usr/bin/h2o" -v | sed -n 1p
timeout 50 node "$tmp/run.mjs" "$tmp" >"$tmp/seen" 2>&1 || :
cat "$tmp/seen"
diff - "$tmp/seen" <<'END' && echo 'as found'
/chunked-close: origin broken, nginx broken, haproxy broken, caddy ended well, h2o ended well
/chunked-reset: origin broken, nginx broken, haproxy broken, caddy ended well, h2o broken
/plain-reset: origin broken, nginx broken, haproxy ended well, caddy ended well, h2o ended well
END
