// What carries the sound of an `onair_listen` location to sound.js, for a page
// that decodes by itself: a WebSocket, or server-sent events.

// Each is made with the address and three calls: words(object), bytes(array)
// and, as the last, lost({soon}).
export class SocketSound {
    static fits = () => "WebSocket" in globalThis;
    #socket;

    constructor(url, calls) {
        const address = new URL(url);
        address.protocol = url.protocol === "https:" ? "wss:" : "ws:";
        this.#socket = new WebSocket(address);
        this.#socket.binaryType = "arraybuffer";
        this.#socket.onmessage = ({ data }) => {
            if (typeof data === "string") calls.words(JSON.parse(data));
            else calls.bytes(new Uint8Array(data));
        };
        this.#socket.onclose = ({ code }) =>
            calls.lost({ soon: code === 1012 || code === 1001 });
    }

    close() {
        this.#socket.onmessage = this.#socket.onclose = null;
        this.#socket.close();
    }
}

function bytesOf(base64) {
    const text = atob(base64);
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    return bytes;
}

export class EventSound {
    static fits = () => "EventSource" in globalThis;
    #events;

    constructor(url, calls) {
        this.#events = new EventSource(url);
        this.#events.onmessage = ({ data }) => calls.bytes(bytesOf(data));
        for (const name of ["sound", "title", "head"]) {
            this.#events.addEventListener(name, ({ data }) =>
                calls.words(JSON.parse(data)));
        }
        // The place is ours to remember, so that both kinds come back alike.
        this.#events.onerror = () => { this.close(); calls.lost({}); };
    }

    close() { this.#events.close(); }
}
