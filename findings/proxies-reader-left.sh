#!/usr/bin/env bash
# HAProxy, lighttpd, h2o and Apache keep quiet that a stream's reader has left.
#
# Guess: a proxy whose client hangs up closes its connection to the origin, so
#   that an event stream's close tells the origin who is still there.
# Seen: nginx and Caddy do so within a second. Behind the other four the origin
#   is not told while it is silent, however long; only what it sends then finds
#   out, and up to two pieces of it go without an error.
# So: a count of who is online is as right as the heartbeat is frequent; a
#   stream that only writes when the title changes keeps each reader who left,
#   and the proxy's connection with it, till then.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
(cd "$tmp" && apt-get -qq download \
    nginx=1.22.1-9+deb12u11 caddy=2.6.2-5 haproxy=2.6.12-1+deb12u4 \
    liblua5.3-0=5.3.6-2 libopentracing-c-wrapper0=1.1.3-3+b1 \
    libopentracing1=1.6.0-4 lighttpd=1.4.69-1 h2o=2.2.5+dfsg2-7 \
    apache2-bin=2.4.71-1~deb12u1 libapr1=1.7.2-3+deb12u1 \
    libaprutil1=1.6.3-1+deb12u1) >"$tmp/apt" 2>&1 ||
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

const open = {};  // by path: the replies whose connection is there
const origin = http.createServer((request, response) => {
  open[request.url] = response;
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write('data: 1\n\n');
  request.socket.on('close', () => { delete open[request.url]; });
});
const from = await listen(origin);
const port = {};
for (const name of ['nginx', 'caddy', 'haproxy', 'lighttpd', 'h2o', 'apache'])
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

writeFileSync(`${folder}/lighttpd.conf`, `server.document-root = "${folder}"
server.bind = "127.0.0.1"
server.port = ${port.lighttpd}
server.modules = ("mod_proxy")
server.stream-response-body = 2
proxy.server = ("" => (("host" => "127.0.0.1", "port" => ${from})))
`);
await start(port.lighttpd, '/root/usr/sbin/lighttpd', '-D', '-m',
  `${folder}/root/usr/lib/lighttpd`, '-f', `${folder}/lighttpd.conf`);

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

const modules = ['mpm_event', 'authz_core', 'proxy', 'proxy_http'];
writeFileSync(`${folder}/apache.conf`, `ServerRoot ${folder}
ServerName localhost
Listen 127.0.0.1:${port.apache}
PidFile ${folder}/apache.pid
ErrorLog ${folder}/apache.log
Mutex posixsem
${modules.map(name => `LoadModule ${name}_module ${folder}/root/usr/lib/` +
    `apache2/modules/mod_${name}.so\n`).join('')}
${process.getuid() ? '' : 'User nobody\nGroup nogroup'}
ProxyPass / http://127.0.0.1:${from}/
`);
await start(port.apache, '/root/usr/sbin/apache2', '-DFOREGROUND', '-f',
  `${folder}/apache.conf`);

const sleep = ms => new Promise(done => setTimeout(done, ms));
async function left(name) {
  const path = `/${name}`, client = net.connect(port[name], '127.0.0.1');
  client.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  let got = '';
  await new Promise(done => client.on('data', bytes => {
    if ((got += bytes).includes('data: 1')) done();
  }));
  client.destroy();
  for (let i = 0; i < 50 && open[path]; i++) await sleep(100);
  if (!open[path]) return 'told at once';
  for (let i = 0; i < 100 && open[path]; i++) {
    open[path].write(':\n\n');
    await sleep(200);
  }
  return `not told in 5 s of silence, ${open[path] ? 'nor' : 'but'} by heartbeats`;
}
const names = ['nginx', 'caddy', 'haproxy', 'lighttpd', 'h2o', 'apache'];
const seen = await Promise.all(names.map(left));
names.forEach((name, i) => console.log(`${name}: ${seen[i]}`));
await stop();
END
"$tmp/root/usr/sbin/nginx" -v 2>&1
echo "Caddy $("$tmp/root/usr/bin/caddy" version)"
"$tmp/root/usr/sbin/haproxy" -v | sed -n 1p
"$tmp/root/usr/sbin/lighttpd" -v | sed -n 1p
"$tmp/root/usr/bin/h2o" -v | sed -n 1p
"$tmp/root/usr/sbin/apache2" -v | sed -n 1p
timeout 50 node "$tmp/run.mjs" "$tmp" >"$tmp/seen" 2>&1 || :
cat "$tmp/seen"
diff - "$tmp/seen" <<'END' && echo 'as found'
nginx: told at once
caddy: told at once
haproxy: not told in 5 s of silence, but by heartbeats
lighttpd: not told in 5 s of silence, but by heartbeats
h2o: not told in 5 s of silence, but by heartbeats
apache: not told in 5 s of silence, but by heartbeats
END
