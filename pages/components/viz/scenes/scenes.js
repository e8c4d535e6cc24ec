// The component: controls, clock, keys, and one picture that follows either a track or the microphone.

const AWAY_MS = 3000;
const TELL_MS = 400;
const REST_SEC = 20; // A picture that nobody plays or touches stops moving after this, to spare the battery.
const REST_FRAME_MS = 33; // Between two frames of a picture that waits; on a slow machine SLOW_REST_FRAME_MS.
const SLOW_REST_FRAME_MS = 600;
const LATE_REST_MS = 90;
const LEAD_MOST_SEC = 0.1;
const NO_WEBGL = "This browser has no WebGL2, so the scenes are simplified. Turn on hardware acceleration in its settings, or use another browser.";
const LIVE_WORDS = "The scene follows the microphone. Nothing is recorded or sent.";
const EMPTY_FILM = "Nothing was recorded: the browser drew no picture in this time. Set Display, Quality to Low and record again.";
const CALM_FILM = " Reduced motion is on, so the video shows one still picture every 6 seconds.";

class Scenes {
  constructor(root) {
    this.root = root;
    this.element = root.querySelector(".scenes");
    this.find = (selector) => this.element.querySelector(selector);
    this.stage = this.find(".stage");
    this.listening = new AbortController();
    this.on = listener(this.listening.signal);
    this.calm = window.matchMedia("(prefers-reduced-motion: reduce)");
    this.sound = new SceneSound(() => this.ended());
    this.picture = new Picture(this.find("canvas"), this.find(".former"), this.calm);
    this.element.__scenes = this.picture.meter;
    Object.assign(this.picture.meter, { component: this, picture: this.picture, clock_ms: [], handed_ms: [], drawn: null });
    this.id = null;
    this.soundId = null;
    this.given = null;
    this.latency = 0;
    this.lead = 1 / 60;
    this.microphone = null;
    this.film = null;
    this.touchedAt = performance.now();
    this.seen = true;
    this.control("film").hidden = !filmType();
    this.control("fullscreen").hidden = !this.element.requestFullscreen;
    this.listen();
    this.watching = new IntersectionObserver(([entry]) => {
      this.seen = entry.isIntersecting;
      this.wake();
    });
    this.watching.observe(this.stage);
    this.resizing = new ResizeObserver(() => this.wake());
    this.resizing.observe(this.stage);
    if (this.picture.flat) this.say(NO_WEBGL);
  }

  control(name) {
    return this.element.querySelector(`[data-do="${name}"]`);
  }

  fillChoices({ scenes, palettes }) {
    const options = (names) => Object.entries(names).map(([value, name]) => new Option(name, value));
    this.control("scene").replaceChildren(...options(scenes));
    this.control("palette").replaceChildren(...options(palettes));
  }

  listen() {
    const click = (name, action) => this.on(this.control(name), "click", action);
    click("play", () => this.toggle());
    click("begin", () => this.play());
    click("microphone", () => (this.microphone ? this.closeMicrophone() : this.openMicrophone()));
    click("still", () => this.still());
    click("film", () => (this.film ? this.endFilm() : this.beginFilm()));
    click("fullscreen", () => this.fullscreen());
    click("settings", () => {
      const open = (this.find(".settings").hidden = !this.find(".settings").hidden);
      this.control("settings").setAttribute("aria-expanded", String(!open));
    });
    this.on(this.control("scene"), "change", (event) => this.choose("scene", event.target.value));
    this.on(this.control("palette"), "change", (event) => this.choose("palette", event.target.value));
    this.on(this.control("limiter"), "change", (event) => this.choose("limiter", event.target.checked));
    this.on(this.control("aspect"), "change", (event) => this.choose("aspect", event.target.value));
    this.on(this.control("caption"), "input", (event) => this.choose("caption", event.target.value));
    this.on(this.control("latency"), "input", (event) => this.choose("latency_ms", Number(event.target.value)));
    this.on(this.control("quality"), "change", (event) => {
      this.picture.setQuality(event.target.value);
      this.wake();
    });
    this.on(this.control("volume"), "input", (event) => {
      this.sound.setVolume((event.target.value / 100) ** 2); // A straight line sounds loud too soon.
      fill(event.target);
    });
    this.on(this.control("seek"), "input", (event) => this.seek(Number(event.target.value)));
    this.on(this.control("seek"), "keydown", (event) => this.seekKey(event));
    this.on(this.stage, "keydown", (event) => this.key(event));
    this.on(this.stage, "pointerdown", (event) => this.grab(event));
    this.on(this.stage, "pointermove", (event) => this.drag(event));
    for (const type of ["pointerup", "pointercancel"]) this.on(this.stage, type, () => this.letGo());
    this.on(this.stage, "dblclick", () => this.fullscreen());
    this.on(this.stage, "wheel", (event) => this.wheel(event), { passive: false });
    for (const type of ["pointermove", "pointerdown", "keydown", "focusin"]) {
      this.on(this.element, type, () => this.stir());
    }
    this.on(document, "fullscreenchange", () => this.showFullscreen());
    this.on(document, "visibilitychange", () => this.wake());
    this.on(this.calm, "change", () => this.wake());
    this.on(window, SPEAKING_EVENT, (event) => {
      if (event.detail !== this) this.silence();
    });
  }

  // Streamlit calls on every rerun; only a new id is something new, and only new givens replace what was chosen.
  update(data, setStateValue) {
    this.send = (value) => setStateValue("value", value);
    const { header, bytes } = readMessage(data);
    if (header.id !== this.id || (header.sound?.id ?? null) !== this.soundId) this.load(header, bytes);
    if (header.given !== this.given && !this.failed) {
      this.given = header.given;
      this.chosen = JSON.parse(header.given);
      this.showChosen();
    }
    this.wake();
    if (header.sound && isNewWish(header.play)) this.play();
  }

  // Where only the rest is new the sound plays on.
  load(header, rest) {
    this.id = header.id;
    this.failed = (!header.n && !header.microphone) || (header.has_sound && !header.sound);
    if (this.failed) {
      this.fail(BROKEN);
      return;
    }
    showBroken(this.root, this.element, null);
    this.fillChoices(header);
    const size = (header.n ?? 0) * 10 * 2;
    const values = Float32Array.from(new Uint16Array(rest.slice(0, size).buffer), (value) => value / 65_535);
    this.track = header.n ? new Track(values, header.rate) : null;
    this.still_track = this.track ?? new LiveTrack();
    this.header = header;
    if ((header.sound?.id ?? null) !== this.soundId) this.bring(header.sound, rest.subarray(size));
    this.find(".title").textContent = header.title;
    this.element.setAttribute("aria-label", `Scenes: ${header.title}`);
    this.stage.setAttribute("aria-label", `Picture of ${header.title}`);
    this.element.style.setProperty("--stage-height", `${header.height}px`);
    this.showLength();
    for (const part of [".seek", ".play", ".loudness", ".begin"]) this.find(part).hidden = !header.sound;
    this.control("microphone").hidden = !header.microphone;
    this.element.classList.toggle("started", !header.sound || this.sound.playing || this.sound.offset > 0);
    if (header.quality !== this.quality) {
      this.quality = header.quality;
      this.picture.setQuality(header.quality);
      this.control("quality").value = header.quality;
    }
    if (this.chosen) this.showChosen();
    fill(this.control("volume"));
    this.refresh();
  }

  async bring(sound, bytes) {
    this.silence();
    this.closeMicrophone();
    this.sound.clear();
    this.soundId = sound?.id ?? null;
    if (!sound) return;
    this.element.setAttribute("aria-busy", "true");
    const arrival = this.sound.expect(sound, readSamples(sound, bytes));
    try {
      await arrival;
      if (this.sound.arrival !== arrival) return;
    } catch (reason) {
      if (this.sound.arrival === arrival) this.fail(reason.message);
      return;
    }
    this.element.removeAttribute("aria-busy");
    this.showLength();
  }

  // The next rerun tries again.
  fail(sentence) {
    this.failed = true;
    this.soundId = null;
    this.silence();
    this.sound.clear();
    this.closeMicrophone();
    showBroken(this.root, this.element, sentence);
  }

  showLength() {
    this.control("seek").max = this.sound.duration.toFixed(2);
    this.find(".all").textContent = fullSeconds(this.sound.duration);
  }

  choose(what, value) {
    this.chosen[what] = value;
    this.showChosen();
    clearTimeout(this.telling);
    this.telling = setTimeout(() => this.send({ ...this.chosen, given: this.given }), TELL_MS);
  }

  showChosen() {
    const { scene, palette, limiter, latency_ms: latency, aspect, caption } = this.chosen;
    this.picture.setScene(scene);
    this.picture.palette = palette;
    this.picture.limiter = limiter;
    this.picture.shape = aspect === "16:9" ? null : FILM_SIZES[aspect];
    this.picture.caption = caption.trim();
    this.stage.classList.toggle("shaped", this.picture.shape !== null);
    this.control("aspect").value = aspect;
    if (this.root.activeElement !== this.control("caption")) this.control("caption").value = caption;
    this.latency = latency / 1000;
    this.control("scene").value = this.picture.scene;
    this.control("palette").value = palette;
    this.control("limiter").checked = limiter;
    this.control("latency").value = latency;
    fill(this.control("latency"));
    this.find(".latency-value").textContent = latency;
    this.element.dataset.scene = this.picture.scene;
    this.stir();
  }

  // Playing

  toggle() {
    if (this.sound.playing) this.sound.pause();
    else this.play();
    this.refresh();
  }

  async play() {
    if (!this.sound.exists) return;
    this.closeMicrophone();
    window.dispatchEvent(new CustomEvent(SPEAKING_EVENT, { detail: this }));
    this.element.classList.add("started");
    await this.sound.play().catch(() => {}); // A sound that does not arrive is told of elsewhere.
    this.refresh();
  }

  silence() {
    this.sound.pause();
    this.refresh();
  }

  ended() {
    if (this.film) this.endFilm();
    this.refresh();
  }

  seek(time) {
    this.sound.seek(time);
    this.element.classList.add("started");
    this.refresh();
  }

  refresh() {
    const { playing } = this.sound;
    this.element.classList.toggle("playing", playing);
    this.control("play").setAttribute("aria-label", playing ? "Pause" : "Play");
    this.tell(this.sound.heard(), true);
    this.stir();
  }

  // Keys, pointer

  seekKey(event) {
    const to = timeByKey(event.key, this.sound.heard(), this.sound.duration);
    if (event.key === " ") this.toggle();
    else if (to !== undefined) this.seek(to);
    else return;
    event.preventDefault();
  }

  key(event) {
    if (event.target !== this.stage || event.ctrlKey || event.metaKey || event.altKey) return;
    const turn = { ArrowLeft: [-0.12, 0], ArrowRight: [0.12, 0], ArrowUp: [0, 0.08], ArrowDown: [0, -0.08] }[event.key];
    if (turn) this.picture.move(...turn);
    else if (event.key === "+" || event.key === "=") this.picture.move(0, 0, 0.9);
    else if (event.key === "-") this.picture.move(0, 0, 1.1);
    else if (event.key === "0") this.picture.reset();
    else if (event.key === " ") this.toggle();
    else if (event.key === "f" || event.key === "F") this.fullscreen();
    else return;
    event.preventDefault();
    this.wake();
  }

  grab(event) {
    if (event.button !== 0 || event.target.closest("button")) return;
    this.grabbed = { id: event.pointerId, x: event.clientX, y: event.clientY };
    this.stage.setPointerCapture(event.pointerId);
    this.stage.classList.add("grabbed");
  }

  drag(event) {
    if (this.grabbed?.id !== event.pointerId) return;
    const reach = this.stage.clientHeight;
    this.picture.move(((event.clientX - this.grabbed.x) / reach) * 2.4, ((event.clientY - this.grabbed.y) / reach) * 1.6);
    Object.assign(this.grabbed, { x: event.clientX, y: event.clientY });
  }

  letGo() {
    this.grabbed = null;
    this.stage.classList.remove("grabbed");
  }

  // A wheel belongs to the page; it zooms only where there is no page.
  wheel(event) {
    if (document.fullscreenElement === null && !event.ctrlKey) return;
    event.preventDefault();
    this.picture.move(0, 0, Math.exp(Math.sign(event.deltaY) * 0.06));
    this.wake();
  }

  fullscreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.element.requestFullscreen?.().catch(() => this.say("The browser does not allow full screen here."));
  }

  get isFull() {
    return this.element.matches(":fullscreen");
  }

  showFullscreen() {
    this.control("fullscreen").querySelector(".word").textContent = this.isFull ? "Exit full screen" : "Full screen";
    this.stir();
  }

  // Somebody is there: controls and cursor come back, and go again when nothing happens while it plays.
  stir() {
    this.touchedAt = performance.now();
    this.element.classList.remove("away");
    clearTimeout(this.leaving);
    this.leaving = setTimeout(() => {
      const open = !this.find(".settings").hidden;
      if ((this.sound.playing || this.microphone) && !open) this.element.classList.add("away");
    }, AWAY_MS);
    this.wake();
  }

  // Microphone

  async openMicrophone() {
    this.silence();
    window.dispatchEvent(new CustomEvent(SPEAKING_EVENT, { detail: this }));
    const microphone = new Microphone();
    try {
      await microphone.open();
    } catch (reason) {
      microphone.close();
      this.say(reason.message);
      return;
    }
    this.closeMicrophone();
    this.microphone = microphone;
    this.picture.meter.microphone = microphone;
    this.element.classList.add("started");
    this.control("microphone").setAttribute("aria-pressed", "true");
    this.say(LIVE_WORDS);
    this.stir();
  }

  closeMicrophone() {
    if (!this.microphone) return;
    this.microphone.close();
    this.microphone = null;
    this.control("microphone").setAttribute("aria-pressed", "false");
    this.say("");
  }

  // Still and film

  still() {
    this.draw(performance.now());
    this.picture.canvas.toBlob((blob) => {
      if (blob) save(blob, fileName(`${this.header.title} ${this.picture.scene}`, "png"));
    }, "image/png");
  }

  // Pressed again while it begins or is saved, the button waits for that.
  async beginFilm() {
    if (this.filming || (!this.sound.exists && !this.microphone)) return;
    this.filming = true;
    await this.record();
  }

  async record() {
    const { sound, picture } = this;
    const live = Boolean(this.microphone);
    if (!live) {
      sound.pause();
      sound.open();
      await Promise.all([sound.context.resume(), sound.arrival]); // A recorder waits for a sound that does not run.
    }
    // A machine that is in time with ease draws the film larger than what is shown; all others keep to it.
    const quick = picture.quality > 0.6 && picture.usualMs < FAST_MS;
    const [width, height] = FILM_SIZES[this.chosen.aspect];
    const [shownWidth, shownHeight] = picture.sized();
    const share = quick ? 1 : Math.min(1, Math.sqrt((shownWidth * shownHeight) / (width * height)));
    this.fixed = [width, height].map((side) => 2 * Math.round((side * share) / 2));
    this.element.classList.add("filming");
    this.filmFrom = sound.offset;
    const film = new Film(picture.canvas, live ? null : sound.stream());
    this.film = film;
    const button = this.control("film");
    button.setAttribute("aria-pressed", "true");
    button.querySelector(".word").textContent = "Stop and save";
    const words = live ? "Recording the picture. Press again to save it." : "Recording from here to the end. Press again to stop and save.";
    this.say(words + (this.calm.matches ? CALM_FILM : ""));
    this.wake();
    await film.start();
    if (!live && this.film === film) await this.play();
  }

  async endFilm() {
    const { film } = this;
    if (!film) return;
    this.film = null;
    this.silence();
    const button = this.control("film");
    button.setAttribute("aria-pressed", "false");
    button.querySelector(".word").textContent = "Record video";
    this.find(".progress").hidden = true;
    // Until then it is drawn on at the film's size: the first pictures may still be on their way.
    this.saving = true;
    this.wake();
    const blob = await film.stop();
    this.saving = this.filming = false;
    this.fixed = null;
    this.element.classList.remove("filming");
    this.picture.meter.film = blob;
    if (!blob.size) {
      this.say(EMPTY_FILM);
      return;
    }
    save(blob, fileName(`${this.header.title} ${this.picture.scene}`, film.ending));
    this.say(`Video saved: ${(blob.size / 1e6).toFixed(1)} MB.`);
    this.wake();
  }

  // Drawing

  wake() {
    this.touchedAt = Math.max(this.touchedAt, performance.now() - REST_SEC * 500);
    if (!this.frame && this.seen && !this.failed) this.frame = requestAnimationFrame((now) => this.tick(now));
  }

  get moving() {
    return this.sound.playing || Boolean(this.microphone);
  }

  tick(stamp) {
    this.frame = 0;
    const now = performance.now();
    const rests = !this.moving && !this.film && !this.saving;
    if (rests && now - this.touchedAt > REST_SEC * 1000) return;
    if ((this.seen || this.film || this.saving) && document.visibilityState !== "hidden") {
      this.frame = requestAnimationFrame((next) => this.tick(next));
    }
    // While it waits, a frame after which the next one comes late says that this machine is slow.
    if (rests && this.drawnAt === this.stampAt && stamp - this.stampAt > LATE_REST_MS) this.picture.lower();
    this.stampAt = stamp;
    const pause = this.picture.quality < 0.4 ? SLOW_REST_FRAME_MS : REST_FRAME_MS;
    if (rests && !this.grabbed && this.drawnAt && stamp - this.drawnAt < pause) return;
    const delta = this.drawnAt ? stamp - this.drawnAt : 0;
    this.drawnAt = stamp;
    // What is drawn now is seen about one frame later, so it is drawn for then.
    if (delta > 4 && delta < 250) this.lead += (Math.min(LEAD_MOST_SEC, delta / 1000) - this.lead) * 0.1;
    this.compare(now);
    this.draw(now);
    const { picture } = this;
    // The first frame of a scene builds its programs; it is counted by itself.
    picture.note(picture.built === false ? picture.meter.build_ms : picture.meter.cost_ms, performance.now() - now);
    if (!this.shown || picture.built === false) return;
    const late = this.shown.time - this.lead - this.sound.heard();
    picture.note(picture.meter.handed_ms, late * 1000);
  }

  // The frame that is on the screen now against the sound that is heard now.
  compare(now) {
    const { meter } = this.picture;
    if (!this.shown || !this.sound.playing || this.film || this.shown.offset !== this.sound.offset || this.picture.built === false) return;
    this.picture.note(meter.frames, (this.shown.time - this.sound.heard(now)) * 1000);
  }

  draw(now) {
    const { sound, picture } = this;
    let track = this.still_track;
    let time = 0;
    this.shown = null;
    if (this.microphone) {
      track = this.microphone.track;
      time = now / 1000;
      picture.meter.level = this.microphone.listen(time);
    } else if (sound.exists) {
      const clock = sound.time(now);
      const runs = sound.playing && clock > sound.offset;
      // A recorder dates a picture by when it is drawn, and gets the sound about as late as a loudspeaker.
      const lead = runs && !this.film ? this.lead : 0;
      if (runs && !this.film) {
        picture.note(picture.meter.clock_ms, (clock - sound.heard(now)) * 1000);
        this.shown = { time: clock + lead, offset: sound.offset };
      }
      time = Math.min(sound.duration, Math.max(0, clock + lead - (this.film ? 0 : this.latency)));
      this.tell(clock);
    }
    picture.meter.drawn = time;
    picture.draw({ track, time, now, moving: this.moving, fixed: this.fixed ?? null });
  }

  // A screen reader reads a focused slider out whenever its value changes, so while it plays it is left alone.
  tell(time, settled = false) {
    const seek = this.control("seek");
    if (this.film) {
      const progress = this.find(".progress");
      progress.hidden = !this.sound.playing;
      progress.value = (time - this.filmFrom) / Math.max(0.01, this.sound.duration - this.filmFrom);
    }
    const tenth = Math.floor(time * 5);
    if (!settled && this.told === tenth) return;
    this.told = tenth;
    this.find(".now").textContent = fullSeconds(time);
    this.element.dataset.time = time.toFixed(3);
    if (!settled && this.root.activeElement === seek && this.sound.playing) {
      seek.style.setProperty("--filled", `${(100 * time) / Math.max(0.01, this.sound.duration)}%`);
      return;
    }
    seek.value = time;
    seek.setAttribute("aria-valuetext", `${fullSeconds(time)} of ${fullSeconds(this.sound.duration)}`);
    fill(seek);
  }

  say(text) {
    this.find(".said").textContent = text;
  }

  destroy() {
    cancelAnimationFrame(this.frame);
    this.failed = true;
    clearTimeout(this.leaving);
    clearTimeout(this.telling);
    this.listening.abort();
    this.watching.disconnect();
    this.resizing.disconnect();
    this.microphone?.close();
    if (this.film?.recorder.state === "recording") this.film.recorder.stop();
    this.sound.close();
    this.picture.destroy();
  }
}

// 75.9 becomes "1:15".
function fullSeconds(time) {
  return clockText(Math.floor(time + 0.001), 0);
}

// How far a slider is filled.
function fill(slider) {
  const share = (slider.value - slider.min) / Math.max(1e-6, slider.max - slider.min);
  slider.style.setProperty("--filled", `${100 * share}%`);
}

export default kept(".scenes", (root) => new Scenes(root));
