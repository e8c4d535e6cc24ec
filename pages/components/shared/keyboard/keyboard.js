// The keys and what is taken down of them. Follows component_state.js and keyboard_sound.js in the same module.

const NAMES = ["C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B"];
const SPOKEN = NAMES.map((name) => name.replace("♯", " sharp "));
// The two rows of letters that lie like a piano's keys; by place, so that it is the same on every layout.
const PLACES = [
  "KeyA", "KeyW", "KeyS", "KeyE", "KeyD", "KeyF", "KeyT", "KeyG", "KeyY", "KeyH", "KeyU", "KeyJ",
  "KeyK", "KeyO", "KeyL", "KeyP", "Semicolon",
];
const LETTERS = "awsedftgyhujkolp;";
const REST_MS = { timed: 600, steps: 350 };
const LONGEST_PAUSE_SEC = 2; // The same number stands in the hint and in keyboard.py.
const JOIN_SEC = 0.25; // Between what stood there before and the first key that follows it.
const TYPED_VELOCITY = 80;
const TAP_SEC = 0.35; // How long a key sounds that a screen reader clicked.

class Keyboard {
  constructor(root) {
    this.root = root;
    this.element = root.querySelector(".keyboard");
    const find = (selector) => this.element.querySelector(selector);
    this.stage = find(".stage");
    this.keys = find(".keys");
    this.count = find(".count");
    this.listening = new AbortController();
    this.twoWay = new TwoWay(root, this.listening.signal);
    this.strings = new Strings();
    this.buttons = new Map(); // Pitch -> button
    this.held = new Map(); // Pointer, letter -> {pitch, note, stop}
    this.notes = [];
    this.letters = [...LETTERS];
    this.hearing = null;
    this.zero = null; // When the take began, on the clock of the events.
    this.listen();
  }

  listen() {
    const on = listener(this.listening.signal);
    on(this.keys, "pointerdown", (event) => this.touch(event));
    on(this.keys, "pointermove", (event) => this.slide(event));
    for (const type of ["pointerup", "pointercancel", "lostpointercapture"]) {
      on(this.keys, type, (event) => this.letGo(event.pointerId, event.timeStamp));
    }
    on(this.keys, "focusin", (event) => this.focused(event.target.closest("[data-pitch]")));
    on(this.keys, "contextmenu", (event) => event.preventDefault());
    on(this.keys, "click", (event) => this.tapped(event));
    // On a piano the letters would be read as names of notes: they are there only for those who type.
    on(this.keys, "focusin", () => this.element.classList.add("typing"));
    on(this.element, "keydown", (event) => this.key(event));
    on(this.element, "keyup", (event) => this.letGo(event.code, event.timeStamp));
    on(this.root, "focusout", (event) => {
      if (!this.element.contains(event.relatedTarget)) this.letAllGo(event.timeStamp);
    });
    on(window, "blur", (event) => this.letAllGo(event.timeStamp));
    const click = (name, action) => on(this.control(name), "click", action);
    click("rest", () => this.write(null));
    click("undo", () => this.undo());
    click("clear", () => this.clear());
    click("hear", () => (this.hearing ? this.stopHearing() : this.hear()));
    click("lower", () => this.scroll(-1));
    click("higher", () => this.scroll(1));
    on(window, SPEAKING_EVENT, (event) => {
      if (event.detail !== this) this.stopHearing();
    });
    this.resizing = new ResizeObserver(() => this.fit());
    this.resizing.observe(this.stage);
    // Chromium tells what is written on the keys; elsewhere the letters of an English keyboard are shown.
    navigator.keyboard?.getLayoutMap?.().then((layout) => {
      this.letters = PLACES.map((place, i) => layout.get(place) ?? LETTERS[i]);
      this.hintKeys();
    }, () => {});
  }

  control(name) {
    return this.element.querySelector(`[data-do="${name}"]`);
  }

  update(data, setStateValue) {
    const range = `${data.low} ${data.high}`;
    const steps = JSON.stringify(data.steps);
    this.data = data;
    const anew = range !== this.range;
    if (anew) this.lay(range);
    if (steps !== this.steps) this.offer(steps);
    if (this.twoWay.receive(data, { notes: data.notes }, setStateValue)) {
      this.stopHearing();
      this.held.clear();
      this.zero = null;
      this.notes = data.notes.map((note) => [...note]);
    }
    this.element.setAttribute("aria-label", data.label);
    this.keys.setAttribute("aria-label", `Keys of the ${data.label}`);
    this.element.hidden = false;
    this.fit();
    if (anew) this.reveal(Math.max(data.low, this.base)); // Only what is shown can be scrolled.
    this.show();
    this.say();
  }

  // The keys

  lay(range) {
    this.range = range;
    const { low, high } = this.data;
    const white = (pitch) => ![1, 3, 6, 8, 10].includes(pitch % 12);
    const all = Array.from({ length: high - low + 1 }, (_, i) => low + i);
    const whites = all.filter(white).length;
    this.buttons.clear();
    let before = 0;
    for (const pitch of all) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = white(pitch) ? "white" : "black";
      button.dataset.pitch = String(pitch);
      button.tabIndex = -1;
      button.setAttribute("aria-label", `${SPOKEN[pitch % 12]}${octave(pitch)}`);
      button.style.setProperty("--at", String(before / whites));
      const letter = document.createElement("span");
      letter.className = "letter";
      const name = document.createElement("span");
      name.className = "note-name";
      name.textContent = pitch % 12 === 0 ? `C${octave(pitch)}` : white(pitch) ? NAMES[pitch % 12] : "";
      button.append(letter, name);
      this.buttons.set(pitch, button);
      if (white(pitch)) before++;
    }
    this.keys.replaceChildren(...this.buttons.values());
    this.keys.style.setProperty("--whites", String(whites));
    const middle = Math.round((low + high) / 2 / 12) * 12;
    this.current = Math.max(low, Math.min(middle, high));
    this.base = Math.max(Math.ceil(low / 12) * 12, this.current - 12);
    if (this.base + 11 > high) this.base = Math.floor(low / 12) * 12;
    this.buttons.get(this.current).tabIndex = 0;
    this.hintKeys();
  }

  // Writes on the keys which letters play them.
  hintKeys() {
    for (const [pitch, button] of this.buttons) {
      const letter = this.letters[pitch - this.base];
      button.querySelector(".letter").textContent = letter ? letter.toUpperCase() : "";
    }
    const shown = this.letters.slice(0, 7).join(" ").toUpperCase();
    this.element.querySelector(".hint").textContent = this.data?.steps
      ? "Each key adds a note of the selected length."
      : "Pauses longer than 2 seconds are shortened.";
    const steps = this.data?.steps ? "1, 2, 3 … set the length, 0 adds a rest, " : "";
    this.element.querySelector(".typing-help p").textContent =
      `${shown} … play, Z and X change the octave, ← → move between keys, Space plays a key, ${steps}Backspace removes the last note. The letters are shown on the keys while you type.`;
  }

  fit() {
    const more = this.stage.scrollWidth > this.stage.clientWidth + 1;
    this.element.querySelector(".octaves").hidden = !more;
  }

  reveal(pitch) {
    const button = this.buttons.get(pitch);
    if (button) this.stage.scrollLeft = button.offsetLeft;
  }

  scroll(direction) {
    const octaveWidth = (7 * this.keys.clientWidth) / Number(this.keys.style.getPropertyValue("--whites"));
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.stage.scrollBy({ left: direction * octaveWidth, behavior: calm ? "instant" : "smooth" });
  }

  // Playing

  under(event) {
    const key = this.root.elementFromPoint(event.clientX, event.clientY)?.closest?.("[data-pitch]");
    return key && this.keys.contains(key) ? key : null;
  }

  // Further down a key is louder, as on a real one, where the lever is longer.
  velocityAt(event, key) {
    const box = key.getBoundingClientRect();
    return Math.round(50 + 55 * Math.min(1, Math.max(0, (event.clientY - box.top) / box.height)));
  }

  touch(event) {
    const key = this.under(event);
    if (event.button !== 0 || !key) return;
    event.preventDefault();
    this.keys.setPointerCapture(event.pointerId);
    key.focus({ preventScroll: true });
    this.element.classList.remove("typing");
    this.press(event.pointerId, Number(key.dataset.pitch), this.velocityAt(event, key), event.timeStamp);
  }

  slide(event) {
    const held = this.held.get(event.pointerId);
    if (!held || this.data.steps) return;
    const key = this.under(event);
    const pitch = Number(key?.dataset.pitch);
    if (!key || pitch === held.pitch) return;
    this.letGo(event.pointerId, event.timeStamp);
    this.press(event.pointerId, pitch, this.velocityAt(event, key), event.timeStamp);
  }

  // A click without a pointer comes from a screen reader.
  tapped(event) {
    const key = event.target.closest("[data-pitch]");
    if (!key || event.detail !== 0 || event.pointerType) return;
    this.press("tap", Number(key.dataset.pitch), TYPED_VELOCITY, event.timeStamp);
    this.letGo("tap", event.timeStamp + TAP_SEC * 1000);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (!event.target.closest("details")) this.element.classList.add("typing");
    const onKeys = event.target.closest("[data-pitch]");
    const letter = PLACES.indexOf(event.code);
    if (onKeys && (event.key === " " || event.key === "Enter")) this.typed(event, this.current);
    else if (letter >= 0) this.typed(event, this.base + letter);
    else if (event.code === "KeyZ" || event.code === "KeyX") this.shift(event.code === "KeyZ" ? -12 : 12);
    else if (onKeys && this.go(event.key)) event.preventDefault();
    else if (!this.edit(event)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  typed(event, pitch) {
    if (event.repeat || !this.buttons.has(pitch)) return;
    this.press(event.code, pitch, TYPED_VELOCITY, event.timeStamp);
  }

  // From key to key without a sound; only one of them is a stop of the tab key.
  go(name) {
    const { low, high } = this.data;
    const to = {
      ArrowLeft: this.current - 1, ArrowDown: this.current - 12, ArrowRight: this.current + 1,
      ArrowUp: this.current + 12, Home: low, End: high,
    }[name];
    if (to === undefined) return false;
    const key = this.buttons.get(Math.max(low, Math.min(high, to)));
    key.focus({ preventScroll: true });
    const { left, right } = key.getBoundingClientRect();
    const stage = this.stage.getBoundingClientRect();
    if (left < stage.left || right > stage.right) this.stage.scrollLeft += left - stage.left - stage.width / 2;
    return true;
  }

  focused(key) {
    if (!key) return;
    this.buttons.get(this.current).tabIndex = -1;
    this.current = Number(key.dataset.pitch);
    key.tabIndex = 0;
  }

  // Moves the letters by an octave, as far as one of them still has a key.
  shift(by) {
    const base = this.base + by;
    if (!this.buttons.has(base) && !this.buttons.has(base + 11)) return;
    this.letAllGo(performance.now());
    this.base = base;
    this.hintKeys();
    this.reveal(Math.max(this.data.low, base));
  }

  edit(event) {
    const length = [...this.lengths.keys()][Number(event.key) - 1];
    if (event.key === "Backspace") this.undo();
    else if (length !== undefined) this.choose(length);
    else if (event.key === "0" && this.data.steps) this.write(null);
    else return false;
    return true;
  }

  press(source, pitch, velocity, atMs) {
    if (this.held.has(source) || [...this.held.values()].some((held) => held.pitch === pitch)) return;
    this.stopHearing();
    window.dispatchEvent(new CustomEvent(SPEAKING_EVENT, { detail: this }));
    const stop = this.strings.strike(pitch, velocity, this.strings.open());
    this.light(pitch, true);
    const note = this.data.steps ? null : this.start(pitch, velocity, atMs);
    this.held.set(source, { pitch, note, stop, atMs });
    if (this.data.steps) this.write(pitch);
  }

  letGo(source, atMs) {
    const held = this.held.get(source);
    if (!held) return;
    this.held.delete(source);
    const seconds = Math.min(Math.max(0.05, (atMs - held.atMs) / 1000), this.data.longest);
    const now = this.strings.context.currentTime;
    // A short tap still sounds as a note does.
    held.stop(now + Math.max(source === "tap" ? TAP_SEC : 0, 0.12 - seconds));
    if (source === "tap") setTimeout(() => this.light(held.pitch, false), TAP_SEC * 1000);
    else this.light(held.pitch, false);
    if (!held.note) return;
    held.note[2] = round4(seconds);
    this.show();
    if (!this.held.size) this.changed();
  }

  letAllGo(atMs) {
    for (const source of [...this.held.keys()]) this.letGo(source, atMs);
  }

  light(pitch, on) {
    this.buttons.get(pitch)?.classList.toggle("down", on);
  }

  // What is taken down

  get full() {
    return this.notes.length >= this.data.most;
  }

  // Played: [pitch, onset, duration, velocity]; the duration follows when the key is let go.
  start(pitch, velocity, atMs) {
    if (this.full) return null;
    const end = this.notes.reduce((last, note) => Math.max(last, note[1] + note[2]), 0);
    if (!this.notes.length) this.zero = atMs;
    else if (this.zero === null) this.zero = atMs - (end + JOIN_SEC) * 1000;
    else if (!this.held.size) this.zero += Math.max(0, atMs - this.zero - (end + LONGEST_PAUSE_SEC) * 1000);
    const note = [pitch, round4(Math.max(0, (atMs - this.zero) / 1000)), 0.05, velocity];
    this.notes.push(note);
    this.show();
    return note;
  }

  // Written: [pitch or null, name of the length].
  write(pitch) {
    if (!this.full) this.notes.push([pitch, this.chosen]);
    this.show();
    this.changed();
  }

  undo() {
    this.stopHearing();
    this.held.forEach((held) => (held.note = null));
    this.notes.pop();
    if (!this.notes.length) this.zero = null;
    this.show();
    this.changed();
  }

  clear() {
    this.stopHearing();
    this.held.forEach((held) => (held.note = null));
    this.notes = [];
    this.zero = null;
    this.show();
    this.changed();
  }

  changed() {
    this.twoWay.change({ notes: this.notes.map((note) => [...note]) }, this.data.steps ? REST_MS.steps : REST_MS.timed);
    clearTimeout(this.saying);
    this.saying = setTimeout(() => this.say(), REST_MS.timed);
  }

  // Notes of lengths that are not offered now are neither shown nor heard.
  get known() {
    return this.data.steps ? this.notes.filter((note) => this.lengths.has(note[1])) : this.notes;
  }

  offer(steps) {
    this.steps = steps;
    this.lengths = new Map(this.data.steps);
    const row = this.element.querySelector(".lengths");
    row.hidden = !this.data.steps;
    const buttons = [...this.lengths.keys()].map((name) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = name;
      button.addEventListener("click", () => this.choose(name), { signal: this.listening.signal });
      return button;
    });
    row.querySelector(".choice").replaceChildren(...buttons);
    this.choose(this.lengths.has(this.chosen) ? this.chosen : this.data.chosen);
    this.hintKeys();
  }

  choose(name) {
    this.chosen = name;
    for (const button of this.element.querySelector(".choice").children) {
      button.setAttribute("aria-pressed", String(button.textContent === name));
    }
  }

  // Hearing it again

  timed() {
    if (!this.data.steps) return this.notes;
    const quarterSec = 60 / this.data.tempo;
    let at = 0;
    return this.known.flatMap(([pitch, length]) => {
      const seconds = this.lengths.get(length) * quarterSec;
      at += seconds;
      return pitch === null ? [] : [[pitch, at - seconds, seconds * 0.92, TYPED_VELOCITY]];
    });
  }

  hear() {
    window.dispatchEvent(new CustomEvent(SPEAKING_EVENT, { detail: this }));
    const start = this.strings.open() + 0.08;
    const timers = [];
    let end = 0;
    for (const [pitch, onset, seconds, velocity] of this.timed()) {
      this.strings.strike(pitch, velocity, start + onset)(start + onset + seconds);
      timers.push(setTimeout(() => this.light(pitch, true), (0.08 + onset) * 1000));
      timers.push(setTimeout(() => this.light(pitch, false), (0.08 + onset + seconds * 0.95) * 1000));
      end = Math.max(end, onset + seconds);
    }
    timers.push(setTimeout(() => this.stopHearing(), (end + 0.4) * 1000));
    this.hearing = timers;
    this.control("hear").textContent = "Stop";
  }

  stopHearing() {
    if (!this.hearing) return;
    this.hearing.forEach(clearTimeout);
    this.hearing = null;
    this.strings.silence();
    this.buttons.forEach((button) => button.classList.remove("down"));
    this.control("hear").textContent = "Play";
  }

  // Showing it

  show() {
    const none = !this.notes.length;
    for (const name of ["hear", "undo", "clear"]) this.control(name).disabled = none;
    this.control("rest").disabled = this.full;
    const written = this.element.querySelector(".written");
    const roll = this.element.querySelector(".roll");
    written.hidden = none || !this.data.steps;
    roll.toggleAttribute("hidden", none || Boolean(this.data.steps));
    if (this.data.steps) this.showWritten(written);
    else this.showRoll(roll);
  }

  showWritten(written) {
    written.setAttribute("aria-label", "Notes so far");
    const list = written.querySelector("ol");
    list.replaceChildren(
      ...this.known.map(([pitch, length]) => {
        const item = document.createElement("li");
        const small = document.createElement("small");
        small.textContent = length;
        item.append(pitch === null ? "rest" : NAMES[pitch % 12] + octave(pitch), " ", small);
        item.className = pitch === null ? "silent" : "";
        return item;
      }),
    );
    written.scrollTop = written.scrollHeight;
  }

  showRoll(roll) {
    const end = this.notes.reduce((last, note) => Math.max(last, note[1] + note[2]), 4);
    const pitches = this.notes.map((note) => note[0]);
    const middle = (Math.min(...pitches) + Math.max(...pitches)) / 2;
    const reach = Math.max(12, Math.max(...pitches) - Math.min(...pitches) + 2);
    roll.setAttribute("viewBox", "-12 0 1024 100");
    roll.setAttribute("preserveAspectRatio", "none");
    roll.replaceChildren(
      ...this.notes.map(([pitch, onset, seconds, velocity]) =>
        svgElement("rect", {
          x: (onset / end) * 1000, y: 50 - ((pitch - middle + 0.5) / reach) * 100,
          width: Math.max(4, (seconds / end) * 1000 - 1), height: 92 / reach, opacity: 0.45 + velocity / 200,
        }),
      ),
    );
  }

  // Read out by screen readers, so only when the keys have come to rest.
  say() {
    const notes = this.known.filter((note) => note[0] !== null);
    const seconds = this.timed().reduce((last, note) => Math.max(last, note[1] + note[2]), 0);
    let text = `${notes.length} ${notes.length === 1 ? "note" : "notes"}, ${seconds.toFixed(1)} s`;
    if (this.full) text = `${this.data.most} notes, the maximum. Undo some to add more.`;
    else if (!this.notes.length) text = "No notes yet";
    if (this.count.textContent !== text) this.count.textContent = text;
  }

  destroy() {
    clearTimeout(this.saying);
    this.stopHearing();
    this.listening.abort();
    this.resizing.disconnect();
    this.twoWay.destroy();
    this.strings.close();
  }
}

function octave(pitch) {
  return Math.floor(pitch / 12) - 1;
}

function round4(value) {
  return Math.round(value * 10_000) / 10_000;
}

export default kept(".keyboard", (root) => new Keyboard(root));
