// The room of the station on the page: what listeners say to each other, who
// is here, reactions, and the same over the cover as danmaku. What comes from
// outside becomes text nodes, never markup.
import { RoomLink } from "./room-link.js";

const kMostShown = 200;      // messages on the page
const kMostFlying = 40;      // texts and reactions in the air
const kMostText = 2000;      // characters shown of one message
const kSigns = {
    like: "👍", heart: "❤️", clap: "👏", laugh: "😂", wow: "😮", fire: "🔥",
};
const kFlights = ["scrolls", "top", "bottom"];

const $ = (id) => document.getElementById(id);
const numbers = new Intl.NumberFormat();
const clockTime = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });

let link = null;
let room = "";          // its name
let you = null;
let modes = {};
let wait = 0;           // ms at which we may speak again
let speaking = false;   // what was said has no answer yet
let greeted = false;    // the first frame is history: nothing of it flies


// --- small things ----------------------------------------------------------

const asText = (value) =>
    typeof value === "string" && value.trim() !== "" ? value : null;
const isObject = (value) => typeof value === "object" && value !== null;

function setText(element, text) {
    if (element.textContent !== text) element.textContent = text;
}

function make(tag, name, text = null) {
    const element = document.createElement(tag);
    if (name) element.className = name;
    if (text !== null) element.textContent = text;
    return element;
}

// What the page remembers, where it may.
function kept(key) {
    try { return localStorage.getItem(key) ?? ""; } catch { return ""; }
}

function keep(key, value, where = () => localStorage) {
    try { where().setItem(key, value); } catch { /* not even here */ }
}

function tokenOf(name) {
    try { return sessionStorage.getItem(`onair-room ${name}`) ?? ""; } catch {
        return "";
    }
}

const moderates = () => you?.role === "moderator" || you?.role === "host";

// --- what was said ---------------------------------------------------------

function wordsOf(event) {
    const said = event.said;
    const text = asText(said) ?? asText(isObject(said) ? said.text : null);
    return (text ?? JSON.stringify(said ?? null)).slice(0, kMostText);
}

function kindOf(event) {
    return event.type === "message" ? "" : "notice";
}

function atEnd() {
    const log = $("log");
    return log.scrollHeight - log.scrollTop - log.clientHeight < 40;
}

function toEnd() {
    $("log").scrollTop = $("log").scrollHeight;
}

function add(item) {
    const follow = atEnd();
    const list = $("said");
    list.append(item);
    while (list.children.length > kMostShown) list.firstChild.remove();
    if (follow) toEnd();
    $("nothing-said").hidden = true;
}

function addWord(text) {
    add(make("li", "word", text));
}

function command(name, text, ask, spoken) {
    const button = make("button", "small", text);
    button.type = "button";
    button.setAttribute("aria-label", spoken);
    button.addEventListener("click", async () => tell(await link.ask(ask)));
    return button;
}

// For moderators, beside each message.
function tools(event) {
    const box = make("span", "tools");
    const { id, name } = event.from ?? {};
    const who = name || id;
    box.append(command("delete", "Delete", { delete: [event.seq] },
                       `Delete this message of ${who ?? "nobody"}`));
    if (id && id !== you.id) {
        box.append(
            command("all", "Delete all", { delete_from: id },
                    `Delete all messages of ${who}`),
            command("mute", "Mute", { mute: id, for: 600 },
                    `Mute ${who} for ten minutes`),
            command("ban", "Ban", { ban: id, for: 3600 },
                    `Ban ${who} for an hour`));
    }
    return box;
}

function addSaid(event) {
    const item = make("li", kindOf(event));
    item.dataset.seq = event.seq;
    if (event.from?.id) item.dataset.from = event.from.id;
    const at = make("time");
    const date = new Date(event.time * 1000);
    if (!Number.isNaN(date.getTime())) {
        at.dateTime = date.toISOString();
        at.textContent = clockTime.format(date);
    }
    const name = event.from ? event.from.name || event.from.id
        : event.type === "notice" ? "Notice" : event.type;
    const who = make("b", "who", name);
    who.dir = "auto";
    if (event.from?.role) who.dataset.role = event.from.role;
    if (event.from?.id === you?.id) who.classList.add("me");
    const words = make("span", "words-said", wordsOf(event));
    words.dir = "auto";
    item.append(at, " ", who, " ", words);
    if (moderates()) item.append(tools(event));
    add(item);
}

function removeSaid(wanted) {
    for (const item of [...$("said").children]) {
        if (wanted(item)) item.remove();
    }
}

function happened(event) {
    const name = event.from?.name || event.from?.id;
    switch (event.type) {
        case "entered":
            if (event.from?.id !== you?.id) addWord(`${name} is here`);
            return;
        case "left":
            addWord(`${name} has left`);
            return;
        case "deleted": {
            const seqs = (event.seqs ?? []).map(String);
            removeSaid((item) => seqs.includes(item.dataset.seq) ||
                (event.from && item.dataset.from === event.from.id));
            return;
        }
        case "cleared":
            removeSaid(() => true);
            addWord("Everything was cleared");
            return;
        case "mode":
            showModes(event.modes ?? {});
            return;
        default:
            addSaid(event);
            if (greeted) fly(event);
    }
}

// --- what flies ------------------------------------------------------------

const still = matchMedia("(prefers-reduced-motion: reduce)");

function launch(element, over) {
    if (over.children.length >= kMostFlying) return;
    over.append(element);
    element.addEventListener("animationend", () => element.remove());
}

function fly(event) {
    if ($("danmaku").hidden || still.matches || document.hidden) return;
    const said = isObject(event.said) ? event.said : {};
    const text = make("span", "", wordsOf(event).slice(0, 100));
    text.dataset.flight = kFlights[said.type] ?? "scrolls";
    if (Number.isInteger(said.color) && said.color >= 0 &&
        said.color <= 0xffffff) {
        text.style.color = `#${said.color.toString(16).padStart(6, "0")}`;
    }
    text.style.setProperty("--lane", Math.floor(Math.random() * 6));
    launch(text, $("danmaku"));
}

function flyReaction(name) {
    if (still.matches || document.hidden) return;
    const sign = make("span", "", kSigns[name] ?? name);
    sign.style.setProperty("--from", `${10 + Math.random() * 80}%`);
    sign.style.setProperty("--sway", `${Math.random() * 4 - 2}rem`);
    launch(sign, $("flying"));
}

function setDanmaku(on) {
    $("danmaku").hidden = !on;
    $("danmaku").replaceChildren();
    $("danmaku-switch").setAttribute("aria-pressed", String(on));
    keep("onair-danmaku", on ? "on" : "off");
}

// --- reactions and counts --------------------------------------------------

function reactionButton(name) {
    const button = make("button", "reaction");
    button.type = "button";
    button.dataset.name = name;
    const sign = make("span", "", kSigns[name] ?? name);
    sign.setAttribute("aria-hidden", "true");
    button.append(sign, " ", make("span", "many", "0"));
    button.addEventListener("click", async () => {
        tell(await link.ask({ react: name }));
    });
    return button;
}

function showReactions(totals) {
    const box = $("reactions");
    for (const [name, total] of Object.entries(totals)) {
        let button = [...box.children].find((b) => b.dataset.name === name);
        if (!button) box.append(button = reactionButton(name));
        const text = numbers.format(total);
        setText(button.querySelector(".many"), text);
        button.setAttribute("aria-label", `${name}, ${text} so far`);
    }
    box.hidden = box.children.length === 0;
}

function showMembers(count) {
    setText($("here"), count === 1 ? "1 here" : `${numbers.format(count)} here`);
}

// --- speaking --------------------------------------------------------------

function secondsLeft() {
    return Math.max(0, Math.ceil((wait - Date.now()) / 1000));
}

function showWait() {
    const left = secondsLeft();
    $("send").disabled = left > 0;
    setText($("send"), left > 0 ? `${left} s` : "Send");
}

function tell({ error, wait: seconds }) {
    setText($("room-word"), error ?
        error[0].toUpperCase() + error.slice(1) +
            (seconds ? `: again in ${Math.ceil(seconds)} s` : "") : "");
    return !error;
}

async function speak(event) {
    event.preventDefault();
    const field = $("saying");
    const written = field.value;
    const text = written.trim();
    if (!text || !link || speaking || secondsLeft() > 0) return;
    speaking = true;
    const answer = await link.ask({ say: { text } });
    speaking = false;
    if (answer.wait) wait = Date.now() + answer.wait * 1000;
    else if (!answer.error && modes.slow && !moderates()) {
        wait = Date.now() + modes.slow * 1000;
    }
    showWait();
    if (tell(answer)) {
        if (field.value === written) field.value = "";
        toEnd();
    }
}

function showModes(now) {
    modes = now;
    const said = [];
    if (modes.slow) said.push(`Slow mode: one message in ${modes.slow} s.`);
    if (modes.who === "members") said.push("Only members may speak.");
    if (modes.who === "moderators") said.push("Only moderators may speak.");
    if (modes.who === "nobody") said.push("Nobody may speak now.");
    if (modes.unique) said.push("Nothing twice.");
    if (modes.closed) said.push("Nobody new comes in.");
    setText($("modes"), said.join(" "));
    $("modes").hidden = said.length === 0;
    $("mode-slow").value = String(modes.slow ?? 0);
    $("mode-who").value = modes.who ?? "all";
    $("mode-closed").checked = modes.closed === true;
}

function setMode(mode) {
    link?.ask({ modes: mode }).then(tell);
}

function showYou() {
    $("moderation").hidden = !moderates();
    $("say").hidden = you.role === "viewer";
    if (document.activeElement !== $("name")) $("name").value = you.name ?? "";
}

// --- the room --------------------------------------------------------------

function onFrame(frame) {
    if (frame.you) {
        you = frame.you;
        greeted = false;
        keep(`onair-room ${room}`, link.token, () => sessionStorage);
        showYou();
        $("room").hidden = false;
    }
    if (frame.gap) {
        if ($("said").children.length > 0) {
            removeSaid(() => true);
            addWord("Something was said that is not kept any more");
        }
    }
    if (frame.modes) showModes(frame.modes);
    if (typeof frame.members === "number") showMembers(frame.members);
    if (isObject(frame.reactions)) showReactions(frame.reactions);
    for (const event of frame.events) happened(event);
    if (frame.left_out > 0) {
        addWord(`${numbers.format(frame.left_out)} more were said`);
    }
    for (const [name, count] of Object.entries(frame.reacted ?? {})) {
        for (let i = 0; i < Math.min(count, 8); i++) flyReaction(name);
    }
    greeted = true;
}

function onState({ phase, reason }) {
    const words = {
        connecting: "", connected: "", waiting: "The room is out of reach.",
        refused: `You are not in this room any more${
            reason ? `: ${reason}` : ""}.`,
    };
    setText($("room-state"), words[phase] ?? "");
    $("saying").disabled = phase === "refused";
}

function baseOf() {
    const data = document.body.dataset;
    const asks = new URLSearchParams(location.search).has("moderate");
    return asks && data.moderate ? data.moderate : data.rooms;
}

// Whether the server has rooms: one GET, which opens none.
async function hasRooms(base, name) {
    try {
        const path = name.split("/").map(encodeURIComponent).join("/");
        const answer = await fetch(base + path, {
            headers: { Accept: "application/json" },
        });
        return answer.ok && Array.isArray((await answer.json()).events);
    } catch {
        return false;
    }
}

function empty() {
    $("said").replaceChildren();
    $("reactions").replaceChildren();
    $("nothing-said").hidden = false;
    $("room").hidden = true;
    you = null;
    wait = 0;
    tell({});
    showWait();
}

// Enters the room of a station; once for each change of it.
export async function showRoom(name) {
    const base = baseOf();
    if (!base || name === room) return;
    room = name;
    link?.stop();
    link = null;
    empty();
    if (!await hasRooms(base, name) || room !== name) return;
    link = new RoomLink({
        base, room: name, name: kept("onair-name"), token: tokenOf(name),
        onFrame, onState,
    });
    link.start();
}

function listen() {
    $("say").addEventListener("submit", speak);
    $("name").addEventListener("change", () => {
        const name = $("name").value.trim();
        keep("onair-name", name);
        link?.rename(name);
    });
    $("danmaku-switch").addEventListener("click",
        () => setDanmaku($("danmaku").hidden));
    $("mode-slow").addEventListener("change",
        () => setMode({ slow: Number($("mode-slow").value) }));
    $("mode-who").addEventListener("change",
        () => setMode({ who: $("mode-who").value }));
    $("mode-closed").addEventListener("change",
        () => setMode({ closed: $("mode-closed").checked }));
    $("clear").addEventListener("click",
        () => link?.ask({ clear: true }).then(tell));
    setDanmaku(kept("onair-danmaku") !== "off");
    setInterval(showWait, 500);
}

listen();
