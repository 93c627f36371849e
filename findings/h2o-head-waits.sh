#!/usr/bin/env bash
# h2o: the head of a reply waits for the first byte of its body.
#
# Guess: a proxy that passes events on as they come passes the head on as it
#   comes too, so that a page's EventSource is open once the origin says 200.
# Seen: h2o keeps the head till the first byte behind it; from there on each
#   piece comes at once. nginx, HAProxy and Caddy pass it on by itself.
# So: a station without news looks like one that does not answer: no onopen, and
#   a client that waits so long for a head gives up; an event stream should
#   begin with a comment line (":"), a sound with its first frame.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
(cd "$tmp" && apt-get -qq download \
    h2o=2.2.5+dfsg2-7 nginx=1.22.1-9+deb12u11 haproxy=2.6.12-1+deb12u4 \
    liblua5.3-0=5.3.6-2 libopentracing-c-wrapper0=1.1.3-3+b1 \
    libopentracing1=1.6.0-4 caddy=2.6.2-5) >"$tmp/apt" 2>&1 ||
    { echo 'skip: the suite does not give h2o=2.2.5+dfsg2-7'; exit 77; }
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

let stream;  // the origin's reply that is open
const origin = http.createServer((request, response) => {
  stream = response;
  response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
});
const from = await listen(origin);
const port = {};
for (const name of ['h2o', 'nginx', 'haproxy', 'caddy'])
  port[name] = await free();

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

// each step ends when its text has come, or has not for 5 s
async function steps(port) {
  let got = '', check = () => {};
  stream = undefined;
  const client = net.connect(port, '127.0.0.1')
    .on('data', bytes => { got += bytes; check(); });
  client.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  while (!stream) await new Promise(done => setTimeout(done, 20));
  const comes = text => new Promise(done => {
    const late = setTimeout(done, 5000, 'waits');
    check = () => {
      if (!got.includes(text)) return;
      clearTimeout(late);
      done('comes');
    };
    check();
  });
  const head = await comes('200 OK');
  stream.write('data: 1\n\n');
  const first = await comes('data: 1');
  stream.write('data: 2\n\n');
  const second = await comes('data: 2');
  client.destroy();
  stream.end();
  return `the head alone ${head}; the first event ${first}; the second ${second}`;
}
for (const name of ['h2o', 'nginx', 'haproxy', 'caddy'])
  console.log(`${name}: ${await steps(port[name])}`);
await stop();
END
"$tmp/root/usr/bin/h2o" -v | sed -n 1p
"$tmp/root/usr/sbin/nginx" -v 2>&1
"$tmp/root/usr/sbin/haproxy" -v | sed -n 1p
echo "Caddy $("$tmp/root/usr/bin/caddy" version)"
timeout 50 node "$tmp/run.mjs" "$tmp" >"$tmp/seen" 2>&1 || :
cat "$tmp/seen"
diff - "$tmp/seen" <<'END' && echo 'as found'
h2o: the head alone waits; the first event comes; the second comes
nginx: the head alone comes; the first event comes; the second comes
haproxy: the head alone comes; the first event comes; the second comes
caddy: the head alone comes; the first event comes; the second comes
END
