// <onair-room>: the room of those who listen, in a page of your own (README.md).
// What comes from outside becomes text, never markup.
import { RoomLink } from "./room-link.js";
import { Element, make, put, style, text } from "./onair.js";

const kStyle = `
.log { max-block-size: var(--onair-log, 16rem); overflow-y: auto; }
.who { font-weight: 600; margin-inline-end: .4em; }
.who[data-role=host], .who[data-role=moderator] { color: var(--accent); }
form, .reactions { display: flex; gap: .5em; margin-block: .5em; }
input { font: inherit; flex: 1; min-inline-size: 0; }
`;

const part = (tag, name, more = {}) =>
    make(tag, name, { className: name, ...more });

class OnairRoom extends Element {
    room = null;             // the RoomLink
    you = null;
    #at = {};
    #asking = false;         // what was said has no answer yet

    build(root) {
        root.adoptedStyleSheets.push(style(kStyle));
        const $ = this.#at;
        const add = (tag, name, more) => {
            root.append($[name] = part(tag, name, more));
        };
        add("p", "count");
        add("div", "log", { role: "log", tabIndex: 0,
            ariaLabel: this.word("said", "What was said") });
        $.log.append($.said = part("ol", "said"));
        add("p", "reactions", { hidden: true });
        add("form", "form", { hidden: true });
        $.field = part("input", "field", { maxLength: 1000,
            ariaLabel: this.word("say", "Say something") });
        $.form.append($.field, part("button", "send", {
            textContent: this.word("send", "Send") }));
        $.form.onsubmit = (event) => {
            event.preventDefault();
            const words = $.field.value.trim();
            if (!words || this.#asking) return;
            this.#asking = true;
            this.say(words).finally(() => { this.#asking = false; });
        };
        add("p", "note", { role: "status", hidden: true });
    }

    // Resolves with "" or with why it was not said.
    async say(words) {
        const { error, wait } = await this.room.ask({ say: { text: words } });
        const { field } = this.#at;
        if (!error && field.value.trim() === words) field.value = "";
        return this.#tell(!error ? "" : wait > 0
            ? `${error} (${Math.ceil(wait)} s)` : error);
    }

    #tell(why) {
        put(this.#at.note, why);
        return why;
    }

    watch(address) {
        const { href } = new URL(address, document.baseURI);
        const cut = href.lastIndexOf("/") + 1;
        const key = `onair ${href}`;
        const kept = (token) => {
            try {
                if (token) sessionStorage[key] = token;
                return sessionStorage[key];
            } catch {
                return "";
            }
        };
        const room = this.room = new RoomLink({
            base: href.slice(0, cut),
            room: decodeURIComponent(href.slice(cut)),
            name: this.getAttribute("name") ?? "", token: kept(),
            onFrame: (frame) => {
                kept(frame.you && room.token);
                this.#show(frame);
                this.tell("onair-frame", frame);
            },
            onState: ({ phase, reason }) => {
                this.setAttribute("phase", phase);
                if (phase === "refused") this.#tell(reason);
            },
        });
        room.start();
        return { close: () => room.stop() };
    }

    #show({ you, gap, members, reactions, events, left_out: more }) {
        const $ = this.#at;
        if (you) {
            this.you = you;
            $.form.hidden = you.role === "viewer";
        }
        if (gap) $.said.replaceChildren();
        if (members >= 0) put($.count, `${members} ${this.word("here", "here")}`);
        if (reactions) this.#react(reactions);
        for (const event of events) this.#happen(event);
        if (more) this.#add({}, `+ ${more}`);
    }

    #react(totals) {
        const box = this.#at.reactions;
        box.replaceChildren(...Object.entries(totals).map(([react, count]) =>
            part("button", "reaction", { textContent: `${react} ${count}`,
                onclick: () => this.room.ask({ react }) })));
        box.hidden = !box.firstChild;
    }

    #happen({ type, seq, seqs = [], from, said, time }) {
        const gone = (test) => [...this.#at.said.children].forEach((item) =>
            test(item.dataset) && item.remove());
        if (type === "cleared") return gone(() => true);
        if (type === "deleted") {
            return gone((it) => seqs.includes(Number(it.seq)) ||
                from && it.from === from.id);
        }
        if (/^(entered|left|mode|closed)$/.test(type)) return;
        this.#add({ seq, from: from?.id ?? "", time },
            text(said) || text(said?.text), from, type);
    }

    #add({ time, ...data }, words, from, type = "") {
        if (!words) return;
        const { said: list, log } = this.#at;
        const end = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
        const item = part("li", "item");
        Object.assign(item.dataset, data, { type });
        if (from) {
            const who = part("b", "who", { dir: "auto",
                textContent: from.name || from.id });
            who.dataset.role = from.role;
            item.append(who);
        }
        item.append(part("span", "words", { textContent: words, dir: "auto" }));
        if (time) item.title = new Date(time * 1000).toLocaleTimeString();
        list.append(item);
        while (list.children.length > (this.getAttribute("limit") || 200)) {
            list.firstChild.remove();
        }
        if (end) log.scrollTop = log.scrollHeight;
    }
}

customElements.define("onair-room", OnairRoom);
