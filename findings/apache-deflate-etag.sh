#!/usr/bin/env bash
# Apache: behind mod_deflate a page that is asked again is never 304.
#
# Guess: a proxy that packs a reply hands If-None-Match on so that the origin
#   knows its own ETag, weak or strong, as nginx with gzip does.
# Seen: Apache writes "abc-gzip" into the ETag of what it packs and sends the
#   client's If-None-Match: "abc-gzip" to the origin as it is: 200 with the
#   whole body each time. nginx makes W/"abc" of it, which the origin knows:
#   304. Without packing Apache's client gets its 304.
# So: polling pages save nothing by their ETag; "DeflateAlterETag NoChange" (or
#   an origin that knows its ETag with -gzip too) helps.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
(cd "$tmp" && apt-get -qq download \
    apache2-bin=2.4.71-1~deb12u1 libapr1=1.7.2-3+deb12u1 \
    libaprutil1=1.6.3-1+deb12u1 nginx=1.22.1-9+deb12u11) >"$tmp/apt" 2>&1 ||
    { echo 'skip: the suite does not give apache2-bin=2.4.71-1~deb12u1'; exit 77; }
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
const asked = [];
const origin = http.createServer((request, response) => {
  const known = request.headers['if-none-match'];
  asked.push(known);
  response.setHeader('etag', '"abc"');
  response.setHeader('content-type', 'application/json');
  if (known?.replace('W/', '') == '"abc"') response.writeHead(304).end();
  else response.end(JSON.stringify({ title: 'x'.repeat(2000) }));
});
const from = await listen(origin), [apache, nginx] = [await free(), await free()];
const modules = ['mpm_event', 'authz_core', 'proxy', 'proxy_http', 'filter', 'deflate'];
writeFileSync(`${folder}/apache.conf`, `ServerRoot ${folder}
ServerName localhost
Listen 127.0.0.1:${apache}
PidFile ${folder}/apache.pid
DefaultRuntimeDir ${folder}
Mutex file:${folder}
ErrorLog ${folder}/apache.log
${modules.map(name => `LoadModule ${name}_module ` +
  `${folder}/root/usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
ProxyPass / http://127.0.0.1:${from}/
SetOutputFilter DEFLATE
`);
await start(apache, '/root/usr/sbin/apache2', '-X', '-f', `${folder}/apache.conf`);
writeFileSync(`${folder}/nginx.conf`, nginx_conf(`
gzip on; gzip_types application/json; gzip_proxied any; gzip_http_version 1.0;
server { listen 127.0.0.1:${nginx}; location / {
  proxy_pass http://127.0.0.1:${from}; } }`));
await start(nginx, '/root/usr/sbin/nginx', '-c', `${folder}/nginx.conf`,
  '-e', `${folder}/error.log`);

const get = (port, headers) => new Promise(done => http.get(
  { port, host: '127.0.0.1', headers, agent: false },
  response => response.resume().on('end', () => done(response))));

for (const [name, port] of Object.entries({ apache, nginx }))
  for (const coding of ['identity', 'gzip']) {
    const headers = { 'accept-encoding': coding };
    const { etag } = (await get(port, headers)).headers;
    const { statusCode } = await get(port, { ...headers, 'if-none-match': etag });
    console.log(`${name}, ${coding}: ETag ${etag}, then`,
      `${statusCode}, the origin was asked for ${asked.at(-1)}`);
  }
await stop();
END
"$tmp/root/usr/sbin/apache2" -v | sed -n 1p
"$tmp/root/usr/sbin/nginx" -v 2>&1
timeout 50 node "$tmp/run.mjs" "$tmp" >"$tmp/seen" 2>&1 || :
cat "$tmp/seen"
diff - "$tmp/seen" <<'END' && echo 'as found'
apache, identity: ETag "abc", then 304, the origin was asked for "abc"
apache, gzip: ETag "abc-gzip", then 200, the origin was asked for "abc-gzip"
nginx, identity: ETag "abc", then 304, the origin was asked for "abc"
nginx, gzip: ETag W/"abc", then 304, the origin was asked for W/"abc"
END
