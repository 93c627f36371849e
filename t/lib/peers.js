// Real clients with a real WebRTC stack, one of them a process: told by lines
// of its input what to do, it prints a line for each thing that happens.
//
//   node peers.js peerjs PORT PATH ID      connect ID | say TEXT
//   node peers.js yjs PORT PATH ROOM NAME  set KEY VALUE
'use strict'

const readline = require('node:readline')

const [kind, port, path, ...names] = process.argv.slice(2)
const print = (...words) => process.stdout.write(words.join(' ') + '\n')
const wrtc = require('@roamhq/wrtc')

// What the libraries look for in a browser; Node has some of it itself.
const define = (name, value) =>
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true })
if (!globalThis.WebSocket) define('WebSocket', require('ws').WebSocket)

function peerjs([id]) {
  for (const [name, value] of Object.entries(wrtc)) {
    if (name.startsWith('RTC') || name.startsWith('Media')) define(name, value)
  }
  define('navigator', { userAgent: 'node', platform: 'node' })
  define('location', { protocol: 'http:', hostname: '127.0.0.1' })
  define('addEventListener', () => {})
  define('window', globalThis)
  const { Peer } = require('peerjs')
  const peer = new Peer(id, {
    host: '127.0.0.1', port: Number(port), path, secure: false,
    config: { iceServers: [] }, debug: 0,
  })
  let channel
  const take = (connection) => {
    channel = connection
    connection.on('open', () => print('channel', connection.peer))
    connection.on('data', (text) => print('heard', text))
    connection.on('close', () => print('closed', connection.peer))
  }
  peer.on('open', (own) => print('open', own))
  peer.on('connection', take)
  peer.on('disconnected', () => print('disconnected'))
  peer.on('error', (error) => print('error', error.type))
  return {
    connect: (other) => take(peer.connect(other)),
    say: (text) => channel.send(text),
  }
}

function yjs([room, name]) {
  const Y = require('yjs')
  const { WebrtcProvider } = require('y-webrtc')
  const doc = new Y.Doc()
  const provider = new WebrtcProvider(room, doc, {
    signaling: [`ws://127.0.0.1:${port}${path}`],
    peerOpts: { wrtc, config: { iceServers: [] } },
  })
  const map = doc.getMap('shared')
  provider.on('synced', () => print('synced'))
  map.observe(() => {
    for (const [key, value] of map.entries()) print('has', key, value)
  })
  print('open', name)
  return { set: (key, value) => map.set(key, value) }
}

const verbs = { peerjs, yjs }[kind](names)
process.on('uncaughtException', (error) => print('uncaught', error.message))
readline.createInterface({ input: process.stdin })
  .on('line', (line) => {
    const [verb, ...words] = line.split(' ')
    verbs[verb](...words)
  })
  .on('close', () => process.exit(0))
