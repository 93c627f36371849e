#!/usr/bin/env bash
# varnish: "max-age=1" gives a title that is many seconds old.
#
# Guess: with "Cache-Control: max-age=1" nobody gets a title of more than one
#   second, at the price of a request to the origin each second.
# Seen: whoever asks first after a pause gets the old reply, with an Age above
#   its max-age, and only starts the fetch of the new one; the next one gets
#   it. So each visitor of a quiet page, asking each 5 s, is always one reply
#   behind. nginx's cache fetches first and answers then.
# So: "stale for ten seconds" is the rule and not an exception;
#   "must-revalidate" does not help, a rule "set beresp.grace = 0s" or
#   max-age=0 does.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
(cd "$tmp" && apt-get -qq download \
    varnish=7.1.1-2+deb12u1 libvarnishapi3=7.1.1-2+deb12u1 \
    libjemalloc2=5.3.0-1 nginx=1.22.1-9+deb12u11) >"$tmp/apt" 2>&1 ||
    { echo 'skip: the suite does not give varnish=7.1.1-2+deb12u1'; exit 77; }
for deb in "$tmp"/*.deb; do dpkg-deb -x "$deb" "$tmp/root"; done
export LD_LIBRARY_PATH="$tmp/root/usr/lib/$(uname -m)-linux-gnu:$tmp/root/usr/lib/varnish"
command -v cc >"$tmp/cc" ||
    { echo 'skip: varnish compiles its rules with cc'; exit 77; }

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
const counts = {};
const origin = http.createServer((request, response) => {
  const path = request.url;
  counts[path] = (counts[path] ?? 0) + 1;
  response.writeHead(200, { 'cache-control': path.slice(path.lastIndexOf('/') + 1) })
    .end(`title ${counts[path]}`);
});
const from = await listen(origin), port = await free();
writeFileSync(`${folder}/rules.vcl`, `vcl 4.1;
backend origin { .host = "127.0.0.1"; .port = "${from}"; }`);
await start(port, '/root/usr/sbin/varnishd', '-F', '-j', 'none', '-n', `${folder}/v`,
  '-a', `127.0.0.1:${port}`, '-f', `${folder}/rules.vcl`);
const nginx_conf = servers => `daemon off; master_process off;
pid ${folder}/pid; events {} http { access_log off;
proxy_temp_path ${folder}/p; client_body_temp_path ${folder}/b;
fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u;
scgi_temp_path ${folder}/s; ${servers} }`;
const nginx = await free();
writeFileSync(`${folder}/nginx.conf`, nginx_conf(`
proxy_cache_path ${folder}/c keys_zone=c:1m;
server { listen 127.0.0.1:${nginx};
  location / { proxy_cache c; proxy_pass http://127.0.0.1:${from}; } }`));
await start(nginx, '/root/usr/sbin/nginx', '-c', `${folder}/nginx.conf`,
  '-e', `${folder}/error.log`);

const get = (port, path) => new Promise(done => http.get(
  { port, host: '127.0.0.1', path, agent: false }, response => {
    const age = response.headers.age;
    let body = '';
    response.on('data', piece => body += piece).on('end', () => done({ body, age }));
  }));

async function visits(name, port, control) {
  const path = `/${name}/${control}`, first = await get(port, path);
  await new Promise(done => setTimeout(done, 4000));
  const later = await get(port, path);
  return `${name}, ${control}: ${first.body}, 4 s later ${later.body}` +
    (later.age > 1 ? ', its Age above 1' : '');
}
const lines = [visits('nginx', nginx, 'max-age=1'),
  visits('varnish', port, 'max-age=1'),
  visits('varnish', port, 'max-age=1,must-revalidate'),
  visits('varnish', port, 'max-age=0')];
console.log((await Promise.all(lines)).join('\n'));
await stop();
END
"$tmp/root/usr/sbin/varnishd" -V 2>&1 | sed -n 1p
"$tmp/root/usr/sbin/nginx" -v 2>&1
timeout 50 node "$tmp/run.mjs" "$tmp" >"$tmp/seen" 2>&1 || :
cat "$tmp/seen"
diff - "$tmp/seen" <<'END' && echo 'as found'
nginx, max-age=1: title 1, 4 s later title 2
varnish, max-age=1: title 1, 4 s later title 1, its Age above 1
varnish, max-age=1,must-revalidate: title 1, 4 s later title 1, its Age above 1
varnish, max-age=0: title 1, 4 s later title 2
END
