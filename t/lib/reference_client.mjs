// The web client of Unity Render Streaming, from a snapshot of its WebApp, in Node
// with a real WebRTC stack: two of them meet under one connectionId and open a data
// channel, so many times; for each the ms until the channel is open at both, from the
// `connect` on that lets them: in private mode the second one's. In public mode there is
// one: whoever is there is told the offer and answers it. (A second `connect` there makes
// the client throw away the peer that is answering.)
//
//   node reference_client.mjs WEBAPP ORIGIN ws|http private|public ROUNDS
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const [app, origin, transport, mode, rounds] = process.argv.slice(2)
// What NODE_PATH has; import does not look there.
const load = createRequire(import.meta.url)
const wrtc = load('@roamhq/wrtc')

// What the client looks for in a browser.
const define = (name, value) => Object.defineProperty(globalThis, name,
  { value, configurable: true, writable: true })
for (const [name, value] of Object.entries(wrtc)) {
  if (name.startsWith('RTC') || name.startsWith('Media')) define(name, value)
}
define('WebSocket', load('ws').WebSocket)
define('window', globalThis)
define('location', new URL(origin))
const set = RTCPeerConnection.prototype.setLocalDescription
RTCPeerConnection.prototype.setLocalDescription = async function (given) {
  const answers = this.signalingState === 'have-remote-offer'
  return set.call(this, given ??
    await (answers ? this.createAnswer() : this.createOffer()))
}
// It sends sdpMid and sdpMLineIndex in each other's place; a browser turns the number
// into text and the text into a number.
const Candidate = globalThis.RTCIceCandidate
define('RTCIceCandidate', function ({ candidate, sdpMid, sdpMLineIndex }) {
  return new Candidate({ candidate, sdpMid: String(sdpMid),
    sdpMLineIndex: Number(sdpMLineIndex) })
})
// It says each message.
console.log = console.debug = () => {}

const from = (name) => import(pathToFileURL(`${app}/client/src/${name}.js`))
const { RenderStreaming } = await from('renderstreaming')
const { Signaling, WebSocketSignaling } = await from('signaling')

async function client() {
  const signaling = transport === 'ws' ? new WebSocketSignaling() : new Signaling()
  const one = new RenderStreaming(signaling, { iceServers: [] })
  await one.start()
  return one
}

const opened = (channel) => new Promise((resolve) => {
  if (channel.readyState === 'open') resolve()
  else channel.onopen = resolve
})

async function round(number) {
  const id = `${process.pid}-${number}`
  const [host, guest] = [await client(), await client()]
  const here = new Promise((resolve) => {
    host.onConnect = () => resolve(host.createDataChannel('talk'))
  })
  const there = new Promise((resolve) => {
    guest.onAddChannel = (event) => resolve(event.channel)
  })
  let began = performance.now()
  await host.createConnection(id)
  const channel = await here
  if (mode === 'private') {
    // The offer and its candidates are out before the second one comes.
    await new Promise((resolve) => setTimeout(resolve, 300))
    began = performance.now()
    await guest.createConnection(id)
  }
  await Promise.all([opened(channel), there.then(opened)])
  const took = performance.now() - began
  process.stdout.write(`${took.toFixed(1)}\n`)
  // It throws when it is closed after its peer; the round is over by then.
  await Promise.allSettled([guest.stop(), host.stop()])
}

process.on('unhandledRejection', () => {})
process.on('uncaughtException', () => {})
for (let i = 0; i < Number(rounds); i++) await round(i)
process.exit(0)
