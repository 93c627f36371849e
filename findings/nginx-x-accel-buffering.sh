#!/usr/bin/env bash
# nginx: "X-Accel-Buffering: no" unbuffers the first nginx only.
#
# Guess: the header travels with the reply, so that each nginx on the way
#   streams it: the origin's one line is enough.
# Seen: the first nginx obeys and drops it. A second one in front of it, with
#   the same configuration, keeps even the head back until more comes or the
#   stream ends. "proxy_pass_header X-Accel-Buffering" in the inner one helps.
# So: with two layers (an ingress before a web server) events are late though
#   the origin did all it could.
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
let stream;  // the origin's reply that is open
const origin = http.createServer((request, response) => {
  stream = response;
  response.writeHead(200, { 'x-accel-buffering': 'no' }).write('data: 1\n\n');
});
const from = await listen(origin);
const [one, two, passing, beyond] =
  [await free(), await free(), await free(), await free()];
const hop = (port, to, more = '') => `server { listen 127.0.0.1:${port};
  location / { proxy_pass http://127.0.0.1:${to}; ${more} } }`;
writeFileSync(`${folder}/nginx.conf`, nginx_conf(`
${hop(one, from)} ${hop(two, one)}
${hop(passing, from, 'proxy_pass_header X-Accel-Buffering;')}
${hop(beyond, passing)}`));
await start(beyond, '/root/usr/sbin/nginx', '-c', `${folder}/nginx.conf`,
  '-e', `${folder}/error.log`);

// the stream is ended when the event has come, or has not for 4 s
async function through(port) {
  let held = false;
  const late = setTimeout(() => { held = true; stream.end(); }, 4000);
  await new Promise(done => http.get({ port, host: '127.0.0.1', agent: false },
    response => response.once('data', done)));
  clearTimeout(late);
  stream.end();
  return held ? 'only when the stream ended' : 'at once';
}
console.log('one nginx: the event came', await through(one));
console.log('two: the event came', await through(two));
console.log('two, the inner passes the header on: it came', await through(beyond));
await stop();
END
"$tmp/root/usr/sbin/nginx" -v 2>&1
timeout 50 node "$tmp/run.mjs" "$tmp" >"$tmp/seen" 2>&1 || :
cat "$tmp/seen"
diff - "$tmp/seen" <<'END' && echo 'as found'
one nginx: the event came at once
two: the event came only when the stream ended
two, the inner passes the header on: it came at once
END
