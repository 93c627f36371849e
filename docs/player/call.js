// A call of one host and many participants: nginx passes on what they say to
// each other in a room, and stamps who said it, so that the host keeps one peer
// connection for each.
//
//     call.html?room=/talk/studio     a participant
//     call.html?room=/hosts/studio    the host, whom nginx lets in there
//
// A call does not end with the room's connection: after a reload of nginx the
// page comes back as the same member. What is said, always to one side:
//
//     {here: true}          host: ask me, I am new
//     {wanted: true}        participant: offer me a connection
//     {description}         an offer of the host, an answer of a participant
//     {candidate}
import { RoomLink } from "./room-link.js";

const address = new URLSearchParams(location.search).get("room") ?? "/talk/call";
const cut = address.lastIndexOf("/") + 1;
const peers = new Map();    // id of the other -> RTCPeerConnection
let own = null;             // `you` of the room's first frame
let media = null;
let heard = Promise.resolve();
const kPatience = 10000;    // ms

const at = (id) => document.getElementById(id);
const put = (id, text) => { at(id).textContent = text; };
const isHost = () => own?.role === "host";

const link = new RoomLink({
    base: address.slice(0, cut), room: decodeURIComponent(address.slice(cut)),
    onFrame, onState,
});

async function say(to, said) {
    const { error } = await link.ask({ say: said, to });
    if (error) console.warn(`not said to ${to}: ${error}`);
}

// --- what is seen ------------------------------------------------------------

function show() {
    const states = [...peers.values()].map((peer) => peer.connectionState);
    const live = states.filter((state) => state === "connected").length;
    put("state", `${live} connected`);
    at("nobody").hidden = states.length > 0;
}

function figureOf(id) {
    const there = [...at("peers").children]
        .find((figure) => figure.dataset.id === id);
    if (there) return there;
    const figure = document.createElement("figure");
    figure.dataset.id = id;
    const video = document.createElement("video");
    video.autoplay = video.playsInline = true;
    const caption = document.createElement("figcaption");
    caption.textContent = id;
    caption.dir = "auto";
    figure.append(video, caption);
    at("peers").append(figure);
    return figure;
}

// --- peers -------------------------------------------------------------------

function hangUp(id) {
    const peer = peers.get(id);
    if (!peer) return;
    peers.delete(id);
    peer.onconnectionstatechange = null;
    peer.close();
    figureOf(id).remove();
    show();
}

function newPeer(id) {
    hangUp(id);
    const peer = new RTCPeerConnection({ iceServers: own.iceServers ?? [] });
    peers.set(id, peer);
    for (const track of media.getTracks()) peer.addTrack(track, media);
    peer.onicecandidate = ({ candidate }) => {
        if (candidate) say(id, { candidate });
    };
    peer.ontrack = ({ streams }) => {
        figureOf(id).querySelector("video").srcObject = streams[0];
    };
    peer.onconnectionstatechange = () => {
        if (peer.connectionState === "failed") hangUp(id);
        show();
    };
    show();
    return peer;
}

// A participant without a call asks for one, and again as long as it has none:
// the host may come later, and what was said while a network was away is lost.
let askedAt = 0;
function ask() {
    askedAt = Date.now();
    say("host", { wanted: true });
}

setInterval(() => {
    const calls = [...peers.values()].some((peer) =>
        peer.connectionState === "connected");
    if (own && !isHost() && !calls && Date.now() - askedAt > kPatience) ask();
}, 1000);

async function hear({ id, role }, said) {
    if (said.wanted && isHost()) {
        const peer = newPeer(id);
        await peer.setLocalDescription();
        say(id, { description: peer.localDescription });
    } else if (said.here && role === "host" && !isHost()) {
        ask();
    } else if (said.description?.type === "offer" && !isHost()) {
        const peer = newPeer(id);
        await peer.setRemoteDescription(said.description);
        await peer.setLocalDescription();
        say(id, { description: peer.localDescription });
    } else if (said.description?.type === "answer") {
        await peers.get(id)?.setRemoteDescription(said.description);
    } else if (said.candidate) {
        await peers.get(id)?.addIceCandidate(said.candidate);
    }
}

// --- the room ----------------------------------------------------------------

// What was said before we came was said to somebody else.
function onFrame(frame) {
    const came = frame.you && frame.you.id !== own?.id;
    if (frame.you) {
        own = frame.you;
        put("role", isHost() ? "Host" : "Participant");
    }
    if (came) {
        if (isHost()) say("participants", { here: true });
        else ask();
        return;
    }
    for (const { type, from, to, said } of frame.events) {
        if (from?.id === own.id || !from) continue;
        if (type === "left") hangUp(from.id);
        if (type !== "message" || !to || !said) continue;
        // One thing after the other: a candidate waits for its description.
        heard = heard.then(() => hear(from, said)).catch(console.warn);
    }
}

function onState({ phase, reason }) {
    put("room", phase === "waiting" ? "The room is out of reach."
        : phase === "refused" ? `You cannot be in this room: ${reason}` : "");
}

function toggle(button, kind) {
    button.addEventListener("click", () => {
        const off = button.getAttribute("aria-pressed") !== "true";
        for (const track of media?.getTracks() ?? []) {
            if (track.kind === kind) track.enabled = !off;
        }
        button.setAttribute("aria-pressed", String(off));
    });
}

function leave() {
    link.stop();
    own = null;
    for (const id of [...peers.keys()]) hangUp(id);
    for (const track of media?.getTracks() ?? []) track.stop();
    at("controls").hidden = true;
    put("state", "You have left");
}

async function begin() {
    toggle(at("mute"), "audio");
    toggle(at("dark"), "video");
    at("leave").addEventListener("click", leave);
    media = await navigator.mediaDevices.getUserMedia(
        { audio: true, video: true });
    at("own").srcObject = media;
    at("controls").hidden = false;
    show();
    link.start();
}

begin().catch((error) =>
    put("state", `Without camera and microphone there is no call: ${error.message}`));
