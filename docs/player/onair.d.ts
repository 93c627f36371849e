export interface Track {
    id: string | null;
    text: string;
    artist: string | null;
    title: string | null;
    album?: string | null;
    art?: string | null;
    url?: string | null;
    started: number | null;
    heard?: number | null;
    duration?: number | null;
}

export interface Snapshot {
    station: string;
    epoch: string;
    seq: number;
    time: number;
    status: "live" | "stale" | "offline";
    now: Track | null;
    next: Pick<Track, "text" | "artist" | "title"> | null;
    dj: string | null;
    listeners: {
        current: number | null;
        peak: number | null;
        unique: number | null;
    };
    stream: {
        name: string | null;
        description: string | null;
        genre: string | null;
        url: string | null;
        listen: string | null;
        type: string | null;
        bitrate: number | null;
    };
    history: Track[];
    page: { subscribers: number };
    gap?: true;
}

export interface State {
    phase: "connecting" | "connected" | "waiting";
    transport?: "WebSocket" | "events" | "polling";
    until?: number;
    reason?: string;
}

/** One station, over the connection that all tabs of this browser share. */
export class Onair extends EventTarget {
    /** `address`: /live/rock; or /live/ with `station` ("*": all). */
    constructor(address: string, options?: { station?: string });
    readonly snapshot: Snapshot | null;
    readonly state: State;
    /** The server's clock, in milliseconds. */
    now(): number;
    close(): void;
    addEventListener(type: "snapshot",
        listener: (event: CustomEvent<Snapshot>) => void): void;
    addEventListener(type: "state",
        listener: (event: CustomEvent<State>) => void): void;
}

declare global {
    interface HTMLElementTagNameMap {
        "onair-now": HTMLElement;
        "onair-history": HTMLElement;
        "onair-room": HTMLElement & {
            readonly you: { id: string; name: string | null; role: string } | null;
            /** Resolves with "" or with why it was not said. */
            say(words: string): Promise<string>;
        };
    }
}
