// What AzuraCast's own page does with its event stream, step by step, as a
// program: prints what it would show, and which clock it goes by. With npm's
// eventsource.
//
// usage: azuracast_page.js ORIGIN STATION

const { EventSource } = require("eventsource");

const [origin, station] = process.argv.slice(2);
const subs = { [`station:${station}`]: { recover: true } };
const url = `${origin}/api/live/nowplaying/sse?cf_connect=` +
    encodeURIComponent(JSON.stringify({ subs }));

let clock = 0;
let seen = "";

// A browser's MediaMetadata: an image without an address is an error.
function mediaMetadata({ title, artist, artwork }) {
    for (const image of artwork) {
        if (typeof image.src !== "string") {
            throw new TypeError("src is no string");
        }
        if (image.src !== "") new URL(image.src, origin);
    }
    return { title, artist, artwork };
}

function setNowPlaying(np) {
    if (!np.now_playing) return;
    const song = np.now_playing.song;
    mediaMetadata({
        title: song.title, artist: song.artist, artwork: [{ src: song.art }],
    });
    const elapsed = Math.max(0, clock - np.now_playing.played_at);
    console.log("shows", JSON.stringify({
        title: song.title, online: np.is_online, elapsed,
        duration: np.now_playing.duration, history: np.song_history.length,
        playable: np.station.mounts.length + np.station.remotes.length,
    }));
}

const source = new EventSource(url);
source.onopen = () => console.log("open");
source.onerror = () => console.log("error", source.readyState);
source.onmessage = ({ data }) => {
    if (data === seen) return;
    seen = data;
    const message = JSON.parse(data);
    if ("connect" in message) {
        if (message.connect.data) throw new Error("the old form");
        if (message.connect.time) clock = Math.floor(message.connect.time / 1000);
        for (const sub of Object.values(message.connect.subs ?? {})) {
            for (const pub of sub.publications ?? []) setNowPlaying(pub.data.np);
        }
    } else if ("pub" in message) {
        clock = message.pub.data.current_time;
        setNowPlaying(message.pub.data.np);
    }
};
