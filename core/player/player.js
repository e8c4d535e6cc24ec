// The player itself: a sound, its pictures and one playhead. It is kept while what it shows changes.

const CALM_STEP_SEC = 0.25; // With reduced motion the playhead steps from note to note, no faster than this.
const FRAME_SEC = 1 / 60; // What is drawn now is seen one frame later, so it is drawn for then.
const SPAN_EVENT = "sonoscope:play-span"; // Another component asks for a stretch: {player: selector, from, to}, in seconds.

class Player {
  // linkChart(link, seek): makes what shows the time on a chart elsewhere on the page. drawings: as Drawings takes them; they
  // stand in for the player's own pictures of the same view.
  constructor(root, { linkChart = null, drawings = {} } = {}) {
    this.root = root;
    this.linkChart = linkChart;
    this.element = root.querySelector(".player");
    const find = (selector) => this.element.querySelector(selector);
    this.picture = find(".picture");
    this.canvas = find(".still");
    this.lit = find(".lit");
    this.drawings = new Drawings(this.picture, drawings);
    this.playhead = find(".playhead");
    this.played = find(".played");
    this.audio = root.querySelector("audio");
    this.sound = new Sound(this.audio);
    this.listening = new AbortController();
    this.on = listener(this.listening.signal);
    this.calm = window.matchMedia("(prefers-reduced-motion: reduce)");
    this.id = null;
    this.soundId = null;
    this.view = null;
    this.charts = [];
    this.touched = false;
    this.dragging = null;
    this.frame = 0;
    this.stopAt = Infinity; // Where a stretch that is played alone ends.
    this.overlay = null;
    this.sounding = []; // Indices of the notes that are lit.
    this.explorer = new Explorer(this.element, this.listening.signal, {
      position: () => this.sound.time(),
      sound: (point, seconds) => this.playPoint(point, seconds),
    });
    this.volume = 1; // As the visitor has set it; under words of a browser's voice the sound is softer.
    this.level = 1;
    this.captions = new Captions(find(".caption"), (level) => this.setLevel(level));
    this.score = new Score(find(".sheet"), (time) => this.seek(time), {
      signal: this.listening.signal,
      calm: this.calm,
    });
    this.listen();
    this.resizing = new ResizeObserver(() => this.draw());
    this.resizing.observe(this.picture);
  }

  control(name) {
    return this.element.querySelector(`[data-do="${name}"]`);
  }

  listen() {
    const click = (name, action) => this.on(this.control(name), "click", action);
    click("play", () => this.toggle());
    click("stop", () => this.stop());
    click("back", () => this.skip(-1));
    click("forward", () => this.skip(1));
    click("loop", () => this.setLoop(!this.audio.loop));
    click("mute", () => this.setVolume(this.volume || 1, !this.audio.muted));
    this.on(this.control("speed"), "change", (event) => {
      this.audio.playbackRate = this.audio.defaultPlaybackRate = Number(event.target.value);
    });
    this.on(this.control("volume"), "input", (event) => {
      this.setVolume(event.target.value / 100, Number(event.target.value) === 0);
    });
    for (const button of this.element.querySelectorAll("[data-view]")) {
      this.on(button, "click", () => this.setView(button.dataset.view));
    }
    this.on(this.picture, "keydown", (event) => this.key(event));
    this.on(this.picture, "pointerdown", (event) => this.grab(event));
    this.on(this.picture, "pointermove", (event) => this.drag(event));
    this.on(this.picture, "pointerup", (event) => this.release(event));
    this.on(this.picture, "pointercancel", () => (this.dragging = null));
    for (const type of ["play", "playing", "pause", "ended", "seeked", "ratechange"]) {
      this.on(this.audio, type, () => this.refresh());
    }
    this.on(this.audio, "error", () => this.fail(BROKEN));
    this.on(this.calm, "change", () => this.refresh());
    this.on(window, SPEAKING_EVENT, (event) => {
      if (event.detail !== this) this.silence();
    });
    this.on(window, SPAN_EVENT, ({ detail }) => {
      if ((this.root.host ?? this.root).closest(detail.player)) this.playSpan(detail.from, detail.to);
    });
  }

  // Called with every rerun of the app and every change of the theme; only a new id is something new. `bytes`: the sound
  // where it has no address.
  update(header, bytes) {
    if (header.id !== this.id || (header.sound?.id ?? null) !== this.soundId) this.load(header, bytes);
    const theme = readTheme(this.element, this.element.querySelector(".of"));
    if (JSON.stringify(theme) !== JSON.stringify(this.theme)) {
      this.theme = theme;
      this.element.style.setProperty("--accent-ink", theme.accentInk);
      this.draw();
      this.drawLegend();
      this.show();
    }
  }

  pickBars(pick, hasPickup, tell) {
    this.score.pickBars(pick, hasPickup, tell);
  }

  // Where only the rest is new the sound plays on.
  load(header, bytes) {
    this.id = header.id;
    if (!header.sound) {
      this.fail(BROKEN);
      return;
    }
    if (header.sound.id !== this.soundId) this.bring(header.sound, bytes, this.placeIn(header));
    showBroken(this.root, this.element, null);
    this.header = header;
    const longest = header.notes.reduce((most, note) => Math.max(most, note[1]), 0);
    this.model = { ...header, samples: this.sound.samples, duration: this.sound.duration, longest };
    this.stops = stops(header.points.length ? header.points.map((point) => point.t) : header.notes.map((note) => note[0]));
    this.calmSteps = thinned(this.stops, this.sound.duration);
    this.explorer.load(header.points, header.voices, header.title, header.noun);
    this.captions.load(header.captions ?? null);
    for (const chart of this.charts) chart.destroy();
    this.charts = (header.charts ?? []).map((link) => this.linkChart(link, (time) => this.seek(time)));
    this.score.load(header.scores ?? [], `Score of ${header.title}`, header.views.includes("score"));
    this.label(header);
    this.theme = null; // Draws all that is drawn.
    this.setView(header.views.includes(this.view) ? this.view : header.views[0]);
    this.refresh();
  }

  // Sounds that share a time line are compared at the same place: {time, playing} there, or null.
  placeIn({ timeline }) {
    const before = this.header?.timeline;
    if (!timeline || !before || before.name !== timeline.name || !this.touched) return null;
    return { time: this.sound.time() + before.start - timeline.start, playing: this.sound.playing };
  }

  async bring(sound, bytes, place = null) {
    this.silence();
    this.touched = false;
    this.soundId = sound.id;
    this.element.setAttribute("aria-busy", "true");
    const arrival = this.sound.expect(sound.frames / sound.sr, readSamples(sound, bytes));
    try {
      await arrival;
      if (this.sound.arrival !== arrival) return;
    } catch (reason) {
      if (this.sound.arrival === arrival) this.fail(reason.message);
      return;
    }
    this.element.removeAttribute("aria-busy");
    // A file that ends before its header says so plays as far as it goes.
    Object.assign(this.model, { samples: this.sound.samples, duration: this.sound.duration });
    this.label(this.header);
    this.draw();
    if (!place) return;
    this.seek(place.time);
    if (place.playing) this.play();
  }

  // The next rerun tries again.
  fail(sentence) {
    this.soundId = null;
    this.sound.unload();
    for (const chart of this.charts) chart.destroy();
    this.charts = [];
    showBroken(this.root, this.element, sentence);
  }

  label(header) {
    const { duration } = this.sound;
    this.element.setAttribute("aria-label", `Player: ${header.title}`);
    this.element.querySelector(".title").textContent = header.title;
    this.element.querySelector(".all").textContent = clockText(duration);
    this.picture.setAttribute("aria-label", `Position in ${header.title}`);
    this.picture.setAttribute("aria-valuemax", duration.toFixed(1));
    const noun = header.points.length ? header.noun : "note";
    for (const [name, word] of [["back", "previous"], ["forward", "next"]]) {
      const button = this.control(name);
      button.hidden = !this.stops.length;
      button.title = `Skip to the ${word} ${noun}`;
      button.setAttribute("aria-label", button.title);
    }
    const switches = this.element.querySelector(".views");
    switches.hidden = header.views.length < 2;
    const buttons = [...switches.children].sort((a, b) => header.views.indexOf(a.dataset.view) - header.views.indexOf(b.dataset.view));
    for (const button of buttons) button.hidden = !header.views.includes(button.dataset.view);
    switches.append(...buttons);
  }

  setView(view) {
    this.view = view;
    for (const button of this.element.querySelectorAll("[data-view]")) {
      button.setAttribute("aria-pressed", String(button.dataset.view === view));
    }
    const isDrawn = this.drawings.has(view);
    this.picture.classList.toggle("drawn", isDrawn);
    this.picture.classList.toggle("time-line", view === "score" && !isDrawn);
    this.drawings.open(view);
    this.score.open(view === "score");
    this.draw();
    this.drawLegend();
  }

  draw() {
    if (!this.model || !this.theme) return;
    this.drawings.fit();
    this.sounding = [];
    if (this.drawings.has(this.view)) {
      this.show();
      return;
    }
    drawPicture(this.canvas, this.view, this.model, this.theme);
    this.overlay = prepareLit(this.lit, this.model, this.theme);
    this.playhead.hidden = false;
    this.playhead.style.height = this.playhead.style.clipPath = "";
    this.show();
  }

  drawLegend() {
    const list = this.element.querySelector(".voices");
    const names = this.model?.voices ?? [];
    list.hidden = names.length < 2 || this.view === "waveform" || this.view === "score" || this.drawings.has(this.view);
    if (list.hidden || !this.theme) return;
    list.replaceChildren(
      ...names.map((name, voice) => {
        const item = document.createElement("li");
        const swatch = document.createElement("i");
        swatch.style.background = voiceColor(this.theme, voice);
        item.append(swatch, name); // A string becomes a text node, whatever is in it.
        return item;
      }),
    );
  }

  // Playing

  toggle() {
    if (this.sound.playing) this.sound.pause();
    else this.play();
  }

  play() {
    this.speak();
    this.touched = true;
    this.stopAt = Infinity;
    this.explorer.forget();
    // Refused without a gesture, and cut short by a quick pause: both leave the button as it was.
    this.sound.play().catch(() => this.refresh());
  }

  playSpan(from, to) {
    this.seek(from);
    this.play();
    this.stopAt = to;
  }

  stop() {
    this.silence();
    this.seek(0);
  }

  speak() {
    window.dispatchEvent(new CustomEvent(SPEAKING_EVENT, { detail: this }));
  }

  silence() {
    this.sound.pause();
    this.sound.stopSlice();
  }

  seek(time) {
    this.sound.stopSlice();
    this.sound.seek(time);
    this.touched = true;
    this.stopAt = Infinity;
    this.explorer.forget();
    this.refresh();
  }

  // While it plays, the stop that has just gone by is left out, or one could never go back by two.
  skip(direction) {
    const now = this.sound.time();
    const near = this.sound.playing ? 0.4 : 0.001;
    const stop = direction > 0 ? this.stops.find((t) => t > now + 0.001) : this.stops.findLast((t) => t < now - near);
    this.seek(stop ?? (direction > 0 ? this.sound.duration : 0));
  }

  playPoint(point, seconds) {
    this.speak();
    this.sound.seek(point.t);
    this.touched = true;
    this.sound.playSlice(point.t, seconds);
    this.refresh();
  }

  setLoop(on) {
    this.audio.loop = on;
    this.control("loop").setAttribute("aria-pressed", String(on));
  }

  setLevel(level) {
    this.level = level;
    this.audio.volume = this.volume * level;
  }

  setVolume(volume, muted) {
    this.volume = volume;
    this.audio.volume = volume * this.level;
    this.audio.muted = muted;
    const shown = Math.round((muted ? 0 : volume) * 100);
    const slider = this.control("volume");
    slider.value = shown;
    slider.style.setProperty("--filled", `${shown}%`);
    this.control("mute").setAttribute("aria-pressed", String(muted));
  }

  // Seeking in the picture

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const to = timeByKey(event.key, this.sound.time(), this.sound.duration, event.shiftKey ? 5 : 1);
    if (event.key === " ") this.toggle();
    else if (to !== undefined) this.seek(to);
    else return;
    event.preventDefault();
  }

  timeUnder(event) {
    if (this.drawings.has(this.view)) return this.drawings.timeAt(event.clientX, event.clientY);
    const box = this.picture.getBoundingClientRect();
    return xToTime(event.clientX - box.left, this.sound.duration, box.width);
  }

  grab(event) {
    if (event.button !== 0) return;
    this.dragging = event.pointerId;
    this.picture.setPointerCapture(event.pointerId);
    this.seek(this.timeUnder(event));
  }

  drag(event) {
    if (this.dragging === event.pointerId) this.seek(this.timeUnder(event));
  }

  release(event) {
    if (this.dragging === event.pointerId) this.dragging = null;
  }

  // Drawing what moves

  refresh() {
    const playing = this.sound.playing;
    this.element.classList.toggle("playing", playing);
    this.control("play").setAttribute("aria-label", playing ? "Pause" : "Play");
    this.show(true);
    cancelAnimationFrame(this.frame);
    if (playing) this.frame = requestAnimationFrame(() => this.tick());
  }

  tick() {
    if (this.sound.time() >= this.stopAt) this.sound.pause();
    this.show();
    if (this.sound.playing) this.frame = requestAnimationFrame(() => this.tick());
  }

  show(settled = false) {
    if (!this.model || !this.theme) return;
    const duration = this.sound.duration;
    let time = this.sound.time();
    this.captions.show(time, this.sound.playing, this.audio.playbackRate, this.audio.muted ? 0 : this.volume);
    if (this.sound.moving) time = Math.min(duration, time + FRAME_SEC * this.audio.playbackRate);
    if (this.calm.matches && this.sound.playing) time = this.calmSteps.findLast((t) => t <= time) ?? 0;
    this.playhead.dataset.time = time.toFixed(4);
    if (this.drawings.has(this.view)) this.drawings.show(time, this.playhead, this.theme, this.touched);
    else this.moveTo(time, duration);
    const clock = clockText(time);
    const now = this.element.querySelector(".now");
    if (now.textContent !== clock) now.textContent = clock;
    this.light(time);
    this.tell(time, settled);
    for (const chart of this.charts) chart.show(this.touched ? time : null, this.theme);
    this.score.show(this.touched ? time : null, this.sound.playing);
  }

  moveTo(time, duration) {
    const x = timeToX(time, duration, this.picture.clientWidth) - MARGIN.left;
    this.playhead.style.transform = `translateX(${x}px)`;
    this.played.style.transform = `scaleX(${time / duration})`;
  }

  // Lights up the notes that sound at a time; draws only when they change.
  light(time) {
    const { notes, longest } = this.model;
    const sounding = [];
    if (this.touched && this.view === "roll" && !this.drawings.has("roll")) {
      let i = countUntil(notes, time) - 1;
      for (; i >= 0 && notes[i][0] > time - longest; i--) if (notes[i][0] + notes[i][1] > time) sounding.push(i);
    }
    const same = this.sounding.length === sounding.length && sounding.every((note, i) => note === this.sounding[i]);
    if (same || !this.overlay) return;
    this.sounding = sounding;
    drawLit(this.overlay, sounding.map((i) => notes[i]), this.theme);
  }

  // A screen reader reads a focused slider out whenever its value changes, so while it plays it is left alone.
  tell(time, settled) {
    const second = Math.floor(time);
    if (!settled && (this.told === second || this.root.activeElement === this.picture)) return;
    this.told = second;
    this.picture.setAttribute("aria-valuenow", time.toFixed(1));
    this.picture.setAttribute("aria-valuetext", `${clockText(time)} of ${clockText(this.sound.duration)}`);
  }

  destroy() {
    cancelAnimationFrame(this.frame);
    this.listening.abort();
    this.resizing.disconnect();
    for (const chart of this.charts) chart.destroy();
    this.score.destroy();
    this.captions.quiet();
    this.sound.destroy();
  }
}

// Distinct times in order.
function stops(times) {
  return [...new Set(times)].sort((a, b) => a - b);
}

// How many notes have begun at a time; notes are in order.
function countUntil(notes, time) {
  let low = 0;
  let high = notes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (notes[middle][0] <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}

// Times at least CALM_STEP_SEC apart: those given, or an even grid where there are none.
function thinned(times, duration) {
  if (!times.length) return Array.from({ length: Math.ceil(duration / CALM_STEP_SEC) + 1 }, (_, i) => i * CALM_STEP_SEC);
  const kept = [];
  for (const time of times) if (!kept.length || time - kept.at(-1) >= CALM_STEP_SEC) kept.push(time);
  return kept;
}
