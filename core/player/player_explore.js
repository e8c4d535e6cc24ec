// Explore by ear: from point to point with keys or buttons; each is named and its piece of the sound is played.

// Shorter than this a pitch is hardly heard as one; longer would play the next notes of dense data as well.
const SHORTEST_SLICE_SEC = 0.12;

class Explorer {
  // hooks: {position(): seconds, sound(point): void}
  constructor(root, signal, hooks) {
    this.hooks = hooks;
    this.row = root.querySelector(".explore");
    this.ear = root.querySelector(".ear");
    this.announced = root.querySelector(".announced");
    this.points = [];
    this.at = null;
    this.ear.addEventListener("keydown", (event) => this.key(event), { signal });
    for (const button of this.row.querySelectorAll("[data-step]")) {
      button.addEventListener("click", () => this.step(button.dataset.step), { signal });
    }
  }

  // noun: what a point is called.
  load(points, voiceNames, title, noun) {
    this.noun = noun;
    this.all = points;
    this.voiceNames = voiceNames;
    this.voiceOf = takeTurns(points) ? () => 0 : (point) => point.voice;
    this.voices = [...new Set(points.map(this.voiceOf))].sort((a, b) => a - b);
    this.voice = this.voices[0] ?? 0;
    this.points = points.filter((point) => this.voiceOf(point) === this.voice);
    this.at = null;
    this.row.hidden = !points.length;
    this.ear.setAttribute("aria-label", `Explore ${title} by ear`);
    this.hasPeaks = points.some((point) => point.peak);
    this.hasGaps = points.some((point) => point.gap);
    this.offer(".by-voice, [data-step='voice']", this.voices.length > 1);
    this.offer(".by-peak, [data-step='peak']", this.hasPeaks);
    this.offer(".by-gap, [data-step='gap']", this.hasGaps);
    this.offer(".by-either", this.hasPeaks || this.hasGaps);
    this.offer(".by-both", this.hasPeaks && this.hasGaps);
    for (const word of this.row.querySelectorAll(".noun")) word.textContent = noun;
    const count = `${this.points.length.toLocaleString("en")} ${this.points.length === 1 ? noun : `${noun}s`}`;
    this.announced.textContent = `${count}. Each step plays one ${noun} and announces it.`;
  }

  offer(parts, isOffered) {
    for (const part of this.row.querySelectorAll(parts)) part.hidden = !isOffered;
  }

  // Called when the sound was played or moved otherwise: the next step starts from there.
  forget() {
    this.at = null;
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const back = event.shiftKey;
    const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const step = {
      ArrowRight: "next", ArrowLeft: "previous", Home: "first", End: "last", " ": "again", Enter: "again",
      ArrowDown: "voice", ArrowUp: "voice-before",
      p: back ? "peak-before" : "peak", g: back ? "gap-before" : "gap",
    }[name];
    if (!step || (step.startsWith("voice") && this.voices.length < 2)) return;
    if ((step.startsWith("peak") && !this.hasPeaks) || (step.startsWith("gap") && !this.hasGaps)) return;
    event.preventDefault();
    this.step(step);
  }

  step(step) {
    const last = this.points.length - 1;
    if (step === "voice" || step === "voice-before") return this.turn(step === "voice" ? 1 : -1);
    if (step === "first" || step === "last") return this.go(step === "first" ? 0 : last);
    if (step === "again") return this.go(this.at ?? this.from(1));
    const [what, before] = step.split("-");
    const forward = !before && what !== "previous";
    const wanted = { peak: (point) => point.peak, gap: (point) => point.gap }[what] ?? (() => true);
    let place = this.at === null ? this.from(forward ? 1 : -1) : this.at + (forward ? 1 : -1);
    while (place >= 0 && place <= last && !wanted(this.points[place])) place += forward ? 1 : -1;
    if (place >= 0 && place <= last) return this.go(place);
    const noun = what === "peak" || what === "gap" ? what : this.noun;
    this.say(`No ${forward ? "later" : "earlier"} ${noun}.`);
  }

  // The first point to stop at when coming from the playhead: the one under it or after it, or the one before.
  from(direction) {
    const now = this.hooks.position();
    const after = this.points.findIndex((point) => point.t >= now - 0.02);
    const place = after < 0 ? this.points.length : after;
    return direction > 0 ? place : place - 1;
  }

  turn(by) {
    const now = this.at === null ? this.hooks.position() : this.points[this.at].t;
    const place = this.voices.indexOf(this.voice) + by;
    this.voice = this.voices[(place + this.voices.length) % this.voices.length];
    this.points = this.all.filter((point) => this.voiceOf(point) === this.voice);
    let nearest = 0;
    this.points.forEach((point, i) => {
      if (Math.abs(point.t - now) < Math.abs(this.points[nearest].t - now)) nearest = i;
    });
    const name = this.voiceNames[this.voice] ?? `Voice ${this.voice + 1}`;
    this.go(nearest, `${name}: `);
  }

  go(place, before = "") {
    const at = Math.min(Math.max(0, place), this.points.length - 1);
    this.hooks.sound(this.points[at], Math.max(SHORTEST_SLICE_SEC, this.points[at].d));
    this.at = at;
    this.say(before + this.points[at].label);
  }

  // A live region stays silent when its text does not change, so a repeated sentence gets a space that nobody sees.
  say(text) {
    this.announced.textContent = this.announced.textContent === text ? `${text}\u00a0` : text;
  }
}

// Whether each point begins where the one before has ended, whatever its voice: then they are stepped through in one row.
function takeTurns(points) {
  return points.every((point, i) => i === 0 || point.t >= points[i - 1].t + points[i - 1].d - 0.001);
}
