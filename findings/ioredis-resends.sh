#!/usr/bin/env bash
# ioredis: after a cut it does once more what Redis has already done.
#
# Guess: if the connection breaks between a command and its reply, the caller is
#   told of an error and decides; only what was not yet sent is sent later. So
#   it is with node-redis.
# Seen: each command without a reply is sent again on the new connection, and
#   the caller sees one success: XADD makes two entries, a MULTI is done twice,
#   a PUBLISH is heard twice. A blocked XREAD with "$" is sent again as well: it
#   begins at the new end, and what came meanwhile is lost without a word.
# So: give entries a number of your own and drop what repeats, read from the
#   last id rather than "$", or set autoResendUnfulfilledCommands to false.
set -euo pipefail
tmp=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" || :; wait; rm -rf "$tmp"' EXIT
(cd "$tmp" && apt-get -qq download redis-server=5:7.0.15-1~deb12u10 \
    redis-tools=5:7.0.15-1~deb12u10 libjemalloc2=5.3.0-1 liblzf1=3.6-3 \
    libatomic1=12.2.0-14+deb12u1) >"$tmp/apt" 2>&1 ||
    { echo 'skip: the suite does not give this redis-server'; exit 77; }
for deb in "$tmp"/*.deb; do dpkg-deb -x "$deb" "$tmp/root"; done
export LD_LIBRARY_PATH="$tmp/root/usr/lib/$(uname -m)-linux-gnu"

"$tmp/root/usr/bin/redis-server" --version
"$tmp/root/usr/bin/redis-server" --port 0 --unixsocket "$tmp/socket" \
    --save '' >"$tmp/log" 2>&1 &
server=$!
npm i --prefix "$tmp" --prefer-offline --silent --no-audit \
    --no-fund --ignore-scripts \
    ioredis@6.0.0 redis@6.3.1 ||
    { echo 'skip: npm does not give these versions'; exit 77; }

cat >"$tmp/run.mjs" <<'END'
import net from 'node:net';
import Redis from 'ioredis';
import { createClient } from 'redis';

// a way to Redis that breaks when told to: with the next reply, or at once
const path = process.argv[2];
const open = new Set();
let lose = false;
const way = net.createServer(client => {
  const redis = net.connect(path).on('error', () => {});
  open.add(client);
  client.on('error', () => {}).on('data', bytes => redis.write(bytes))
    .on('close', () => { open.delete(client); redis.destroy(); });
  redis.on('data', bytes => {
    if (!lose) return client.write(bytes);
    lose = false;
    client.destroy();
  });
});
await new Promise(done => way.listen(0, '127.0.0.1', done));
const { port } = way.address();
const direct = new Redis(path);
while (await direct.ping().catch(() => {}) != 'PONG');
await direct.flushall();

async function reply_lost(what, command, stream) {
  lose = true;
  const said = await command().then(() => 'success', () => 'an error');
  console.log(`${what}, the reply lost: ${said}, ${await direct.xlen(stream)} in the stream`);
}
const waits = async () => {
  while (!/blocked_clients:1/.test(await direct.info('clients')));
};

const ioredis = new Redis(port, '127.0.0.1').on('error', () => {});
await ioredis.ping();
await reply_lost('ioredis XADD', () => ioredis.xadd('one', '*', 'k', 'v'), 'one');
await reply_lost('ioredis MULTI of two XADD', () => ioredis.multi()
  .xadd('two', '*', 'k', 'v').xadd('two', '*', 'k', 'v').exec(), 'two');
const blocked = ioredis.xread('BLOCK', 0, 'STREAMS', 'rock', '$');
await waits();
for (const client of open) client.destroy();
while (!/blocked_clients:0/.test(await direct.info('clients')));
await direct.xadd('rock', '*', 'k', 'while it was away');
await waits();
await direct.xadd('rock', '*', 'k', 'after it came back');
console.log('ioredis blocked XREAD $ over a cut:', (await blocked)[0][1][0][1][1]);
ioredis.disconnect();

const other = createClient({ url: `redis://127.0.0.1:${port}` }).on('error', () => {});
await other.connect();
await reply_lost('node-redis XADD', () => other.xAdd('three', '*', { k: 'v' }), 'three');
process.exit();
END
for p in ioredis redis; do
    node -p "'$p ' + require('$tmp/node_modules/$p/package.json').version"
done
timeout 50 node "$tmp/run.mjs" "$tmp/socket" >"$tmp/seen" 2>&1 || :
cat "$tmp/seen"
diff - "$tmp/seen" <<'END' && echo 'as found'
ioredis XADD, the reply lost: success, 2 in the stream
ioredis MULTI of two XADD, the reply lost: success, 4 in the stream
ioredis blocked XREAD $ over a cut: after it came back
node-redis XADD, the reply lost: an error, 1 in the stream
END
