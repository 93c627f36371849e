// The player page: shows what an `onair` location says. Everything from
// outside becomes text nodes, never markup. See docs/wire.md for the
// snapshot; members that are missing or null are simply not shown.
import { Link } from "./link.js";
import { showRoom } from "./room.js";
import { Sound } from "./sound.js";

const $ = (id) => document.getElementById(id);
const stations = new Map();  // name -> snapshot, in the order of arrival
let shown = null;            // the snapshot on the page
let clockOffset = 0;         // server's clock minus ours, ms
let connection = { phase: "connecting" };

// --- text ------------------------------------------------------------------

// Only what changed is written: a live region is read out when it is written.
function setText(element, text) {
    if (element.textContent !== text) element.textContent = text;
}

function showText(element, text) {
    setText(element, text ?? "");
    element.hidden = !text;
}

// A member of a message is what it should be, or nothing.
const asText = (value) =>
    typeof value === "string" && value.trim() !== "" ? value : null;
const asNumber = (value) =>
    typeof value === "number" && Number.isFinite(value) ? value : null;

// A path is one of this site.
function asWebUrl(value) {
    try {
        const text = asText(value) ?? "";
        const url = text.startsWith("/") ? new URL(text, document.baseURI)
            : new URL(text);
        return /^https?:$/.test(url.protocol) ? url : null;
    } catch {
        return null;
    }
}

const numbers = new Intl.NumberFormat();
const clockTime = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const dayAndTime = new Intl.DateTimeFormat(undefined, {
    weekday: "short", hour: "numeric", minute: "2-digit",
});

function setTime(element, seconds) {
    const date = new Date(seconds * 1000);
    if (Number.isNaN(date.getTime())) return false;
    const recent = Math.abs(Date.now() - date.getTime()) < 20 * 3600 * 1000;
    element.dateTime = date.toISOString();
    setText(element, (recent ? clockTime : dayAndTime).format(date));
    return true;
}

function minutes(seconds) {
    const whole = Math.max(0, Math.floor(seconds));
    const two = (n) => String(n).padStart(2, "0");
    const hours = Math.floor(whole / 3600);
    const rest = `${Math.floor(whole / 60) % 60}`;
    return hours ? `${hours}:${two(rest)}:${two(whole % 60)}`
        : `${rest}:${two(whole % 60)}`;
}

const heardAt = (track) => asNumber(track?.heard) ?? asNumber(track?.started);

// What stands in big letters, and what under it.
function heading(track) {
    const title = asText(track?.title);
    const artist = asText(track?.artist);
    if (title) return { title, artist };
    return { title: asText(track?.text) ?? artist, artist: null };
}

const stationName = (snapshot) =>
    asText(snapshot.stream?.name) ?? snapshot.station;

// What the sound itself says, while it is listened to: {station, text, artist,
// title}. It is what is heard; the snapshot may be ahead of it.
let heard = null;

function nowOf(snapshot) {
    if (heard?.station !== snapshot.station || !asText(heard.text)) {
        return snapshot.now;
    }
    const past = Array.isArray(snapshot.history) ? snapshot.history : [];
    return [snapshot.now, ...past].find((track) =>
        asText(track?.text) === heard.text) ?? heard;
}

// --- the cover -------------------------------------------------------------

// Hues that look well together: the sky's dark end, its bright end, the sun.
const kSkies = [
    [248, 12, 38], [265, 335, 28], [222, 188, 48], [204, 262, 20],
    [340, 24, 46], [190, 158, 52], [282, 218, 340], [230, 350, 44],
    [14, 42, 52], [172, 206, 40],
];

// A sleeve of its own for each track: colours and light made of its id.
function paintSleeve(seed) {
    let hash = 2166136261;
    for (const character of seed) {
        hash = Math.imul(hash ^ character.codePointAt(0), 16777619) >>> 0;
    }
    const [dark, bright, sun] = kSkies[hash % kSkies.length];
    const style = document.documentElement.style;
    style.setProperty("--hue", dark);
    style.setProperty("--hue-2", bright);
    style.setProperty("--hue-sun", sun);
    style.setProperty("--turn", `${130 + ((hash >>> 15) % 100)}deg`);
    style.setProperty("--light-x", `${22 + ((hash >>> 18) % 56)}%`);
    style.setProperty("--light-y", `${28 + ((hash >>> 24) % 40)}%`);
}

function showArt(track, station) {
    paintSleeve(asText(track?.id) ?? asText(track?.text) ?? station);
    const url = asWebUrl(track?.art)?.href ?? "";
    const image = $("art");
    if (image.dataset.url === url) return;
    image.dataset.url = url;
    image.hidden = true;  // until it has loaded, if it does
    if (url) image.src = url;
    else image.removeAttribute("src");
}

// --- one snapshot ----------------------------------------------------------

const kStatus = {
    live: ["Live", null],
    stale: ["Stale",
        "The source does not answer; this is the last known title."],
    offline: ["Offline", "The station is off the air."],
};

function showStatus(snapshot) {
    const known = Object.hasOwn(kStatus, snapshot.status);
    const [word, sentence] = known ? kStatus[snapshot.status]
        : ["Waiting", null];
    $("badge").dataset.status = known ? snapshot.status : "none";
    setText($("badge"), word);
    showText($("explain"), sentence);
    const dj = snapshot.status === "offline" ? null : asText(snapshot.dj);
    showText($("presenter"), dj ? `with ${dj}` : null);
}

function sizeOf(text) {
    if (text.length > 120) return "endless";
    return text.length > 48 ? "long" : text.length > 22 ? "medium" : "short";
}

function showTrack(snapshot) {
    const now = nowOf(snapshot);
    const { title, artist } = heading(now);
    const off = snapshot.status === "offline";
    const text = title ?? (off ? "Off the air" : stationName(snapshot));
    $("title").dataset.size = sizeOf(text);
    $("title").title = text.length > 120 ? text.slice(0, 4096) : "";
    setText($("title"), text);
    showText($("artist"), artist);
    showText($("album"), asText(now?.album));
    showText($("next-text"), nextText(snapshot.next));
    $("next").hidden = $("next-text").hidden;
    const since = heardAt(now);
    $("since-box").hidden = since === null || !setTime($("since"), since);
    document.title = tabTitle(title, artist, stationName(snapshot));
}

function nextText(next) {
    if (!next) return null;
    const { title, artist } = heading(next);
    return asText(next.text) ?? (artist ? `${artist} - ${title}` : title);
}

function tabTitle(title, artist, station) {
    const song = artist ? `${artist} – ${title}` : title;
    return (song ? `${song} · ${station}` : station).slice(0, 200);
}

function showCounts(snapshot) {
    const count = (name, value) => {
        const number = asNumber(value);
        $(`${name}-box`).hidden = number === null;
        setText($(name), number === null ? "" : numbers.format(number));
    };
    const off = snapshot.status === "offline";
    count("listeners", off ? null : snapshot.listeners?.current);
    count("subscribers", snapshot.page?.subscribers || null);
    const bitrate = asNumber(snapshot.stream?.bitrate);
    const kind = asText(snapshot.stream?.type)?.split("/").pop();
    const codec = { mpeg: "MP3", aac: "AAC", aacp: "AAC+", ogg: "Ogg" }[kind];
    const quality = [codec, bitrate && `${numbers.format(bitrate)} kbit/s`]
        .filter(Boolean).join(" ");
    $("quality-box").hidden = off || quality === "";
    setText($("quality"), quality);
}

function historyItem(track) {
    const item = document.createElement("li");
    const time = document.createElement("time");
    const words = document.createElement("span");
    const { title, artist } = heading(track);
    words.className = "past";
    const add = (name, text) => {
        if (!text) return;
        const part = document.createElement("span");
        part.className = name;
        part.dir = "auto";
        part.textContent = text;
        words.append(part);
    };
    add("past-title", title);
    add("past-artist", artist);
    setTime(time, heardAt(track) ?? NaN);
    item.append(time, words);
    return item;
}

function showHistory(snapshot) {
    const list = (Array.isArray(snapshot.history) ? snapshot.history : [])
        .filter((track) => track && heading(track).title);
    const key = JSON.stringify(list);
    $("before").hidden = list.length === 0;
    if ($("history").dataset.key === key) return;
    $("history").dataset.key = key;
    $("history").replaceChildren(...list.slice(0, 20).map(historyItem));
}

function showProgress() {
    const now = shown && nowOf(shown);
    const duration = asNumber(now?.duration);
    const start = heardAt(now);
    const known = duration > 0 && start !== null && shown.status === "live";
    $("progress").hidden = !known;
    if (!known) return;
    const time = (Date.now() + clockOffset) / 1000;
    const elapsed = Math.min(Math.max(time - start, 0), duration);
    $("bar").max = duration;
    $("bar").value = elapsed;
    setText($("elapsed"), minutes(elapsed));
    setText($("duration"), minutes(duration));
}

function show(snapshot) {
    shown = snapshot;
    showRoom(snapshot.station);
    setText($("station"), stationName(snapshot));
    const about = asText(snapshot.stream?.description);
    // Icecast's own words for "nothing was given".
    showText($("about"), about === "Unspecified description" ? null : about);
    showStatus(snapshot);
    showTrack(snapshot);
    showArt(nowOf(snapshot), snapshot.station);
    showCounts(snapshot);
    showHistory(snapshot);
    showProgress();
    showPlayer(snapshot);
    describeSession();
}

// --- listening -------------------------------------------------------------

const audio = $("audio");
let playing = false;
let relay = null;            // the Sound that plays

// The station's sound at the relay, where the page has one.
function heardFrom(snapshot) {
    const own = document.body.dataset.hear;
    const base = localAddress("hear", own);
    return base ? new URL(encodeURIComponent(snapshot.station), base) : null;
}

function showPlayer(snapshot) {
    const url = heardFrom(snapshot) ?? asWebUrl(document.body.dataset.listen) ??
        asWebUrl(snapshot.stream?.listen);
    const mixed = url?.protocol === "http:" && location.protocol === "https:";
    const off = snapshot.status === "offline" && !playing;
    $("play").hidden = !url || mixed || off;
    $("stream-link").hidden = !url || !mixed || off;
    if (url) $("stream-link").href = url.href;
    const moved = playing && url && audio.dataset.url !== url.href;
    audio.dataset.url = url?.href ?? "";
    if (moved) play();
}

function setPlaying(on, word = null) {
    playing = on;
    $("play").dataset.playing = on;
    setText($("play-word"), on ? "Stop" : "Listen");
    $("volume-box").hidden = !on;
    showText($("audio-word"), word);
    if ("mediaSession" in navigator) {
        navigator.mediaSession.playbackState = on ? "playing" : "none";
    }
    describeSession();
}

// A live stream is stopped, never paused: a paused one would go on with old
// sound and keep its connection.
function stop(word = null) {
    const was = relay;
    relay = null;
    was?.stop();
    heard = null;
    audio.removeAttribute("src");
    audio.load();
    setPlaying(false, word);
    if (shown) show(shown);
}

const kSoundWords = {
    connecting: null, playing: null, waiting: "Waiting for sound",
};

function playRelay(station) {
    relay?.stop();
    heard = null;
    const sound = new Sound({
        src: audio.dataset.url, audio,
        onTitle: (words) => {
            heard = { ...words, station };
            if (shown?.station === station) show(shown);
        },
        onState: ({ phase, reason }) => {
            if (sound !== relay) return;
            if (phase === "failed") stop(`It cannot be heard: ${reason}.`);
            else if (phase !== "stopped") {
                showText($("audio-word"), kSoundWords[phase]);
            }
        },
    });
    relay = sound;
    setPlaying(true);
    sound.start();
}

function play() {
    if (heardFrom(shown)) {
        playRelay(shown.station);
        return;
    }
    audio.src = audio.dataset.url;
    setPlaying(true);
    audio.play().catch((error) => {
        if (error.name === "AbortError") return;
        stop("The stream cannot be played here.");
    });
}

function describeSession() {
    if (!("mediaSession" in navigator) || !shown) return;
    const now = nowOf(shown);
    const { title, artist } = heading(now);
    const art = asWebUrl(now?.art);
    navigator.mediaSession.metadata = !playing ? null : new MediaMetadata({
        title: title ?? stationName(shown),
        artist: artist ?? stationName(shown),
        album: asText(now?.album) ?? stationName(shown),
        artwork: art ? [{ src: art.href }] : [],
    });
}

function listenForButtons() {
    $("play").addEventListener("click", () => (playing ? stop() : play()));
    $("volume").addEventListener("input", () => {
        audio.volume = $("volume").valueAsNumber;
    });
    audio.addEventListener("ended", () => stop("The stream has ended."));
    if (!("mediaSession" in navigator)) return;
    navigator.mediaSession.setActionHandler("play", play);
    navigator.mediaSession.setActionHandler("pause", () => stop());
    navigator.mediaSession.setActionHandler("stop", () => stop());
}

// --- several stations ------------------------------------------------------

function wanted() {
    try {
        return decodeURIComponent(location.hash.slice(1));
    } catch {
        return "";
    }
}

function chosen() {
    return stations.get(wanted()) ?? stations.values().next().value;
}

function chooserItem(name) {
    const item = document.createElement("li");
    const link = document.createElement("a");
    const label = document.createElement("span");
    const song = document.createElement("span");
    link.href = `#${encodeURIComponent(name)}`;
    label.className = "choice";
    song.className = "choice-song";
    label.dir = song.dir = "auto";
    link.append(label, song);
    item.append(link);
    item.dataset.station = name;
    return item;
}

function showChooser() {
    $("chooser").hidden = stations.size < 2;
    const list = $("stations");
    for (const [name, snapshot] of stations) {
        let item = [...list.children].find((li) => li.dataset.station === name);
        if (!item) list.append(item = chooserItem(name));
        const link = item.firstElementChild;
        const { title } = heading(snapshot.now);
        const off = snapshot.status === "offline";
        setText(link.firstElementChild, stationName(snapshot));
        setText(link.lastElementChild, off ? "offline" : title ?? "");
        if (snapshot === chosen()) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
    }
}

function showChosen() {
    const snapshot = chosen();
    showChooser();
    if (snapshot && snapshot !== shown) show(snapshot);
}

// --- the connection --------------------------------------------------------

function connectionWords({ phase, transport, until, reason }) {
    if (phase === "connecting") return "connecting";
    if (phase === "connected") {
        return transport === "polling" ? "connected by polling"
            : `connected by ${transport}`;
    }
    const said = reason ? ` (${reason})` : "";
    if (navigator.onLine === false) return "no network";
    if (!until) return "reconnecting";
    const seconds = Math.max(0, Math.ceil((until - Date.now()) / 1000));
    return `reconnecting in ${seconds} s${said}`;
}

function showConnection() {
    $("dot").dataset.phase = connection.phase;
    setText($("connection"), connectionWords(connection));
}

// `?live=` and `?hear=` may name other locations of this site, not another site:
// a link to this page must not make it speak for somebody else. null: none.
function localAddress(name, own) {
    const asked = new URLSearchParams(location.search).get(name);
    let url = own ? new URL(own, document.baseURI) : null;
    try {
        const other = new URL(asked ?? "", document.baseURI);
        if (asked && other.origin === location.origin) url = other;
    } catch {
        // not an address: ours stands
    }
    const base = url && url.origin + url.pathname;
    return !base || base.endsWith("/") ? base : `${base}/`;
}

const endpoint = () => localAddress("live", document.body.dataset.endpoint);

function main() {
    listenForButtons();
    $("art").addEventListener("load", () => { $("art").hidden = false; });
    window.addEventListener("hashchange", showChosen);
    setInterval(() => { showProgress(); showConnection(); }, 1000);
    new Link({
        base: endpoint(),
        station: new URLSearchParams(location.search).get("station") || "*",
        onSnapshot: (snapshot) => {
            const time = asNumber(snapshot.time);
            if (time !== null) clockOffset = time * 1000 - Date.now();
            stations.set(snapshot.station, snapshot);
            showChosen();
        },
        onState: (state) => { connection = state; showConnection(); },
    }).start();
}

main();
