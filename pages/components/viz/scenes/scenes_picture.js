// From the ten parameters at a moment to a picture: camera, colors, quality, and the time a frame takes.

const ORBIT_SEC = 0.12; // A turn by hand is followed within this.
const QUALITY = { low: 0.3, high: 1 };
const LEAST_QUALITY = 0.15;
const MOST_PIXELS = 1920 * 1080;
const SLOW_MS = 24; // Longer frames than this lower the quality, shorter ones than FAST_MS raise it.
const FAST_MS = 17.6;
const STILL_SEC = 6; // With reduced motion the picture stands still for so long; the next one fades in over it.
const FADE_MS = 1500;

class Picture {
  // former: a canvas over the picture, which shows the last still while it fades.
  constructor(canvas, former, calm) {
    this.canvas = canvas;
    this.former = former;
    this.still = null;
    this.shape = null; // [width, height] of which the picture keeps the ratio; null: as it fits the page.
    this.caption = "";
    this.calm = calm; // Media query: prefers-reduced-motion.
    this.p = new Float32Array(10);
    this.phase = new Float64Array(3);
    this.age = new Float32Array(4);
    this.orbit = { yaw: 0, pitch: 0, zoom: 1 };
    this.eased = { yaw: 0, pitch: 0, zoom: 1 };
    this.palette = "spectrum";
    this.limiter = true;
    this.quality = 0.75;
    this.wanted = "auto";
    this.scene = null;
    this.deltas = [];
    this.drawn = {};
    this.flat = null;
    this.stage = null;
    this.last = null;
    this.idle = 0;
    this.meter = { frames: [], cost_ms: [], build_ms: [], interval_ms: [] };
    this.build();
    canvas.addEventListener("webglcontextlost", (event) => {
      event.preventDefault();
      this.stage = null;
    });
    canvas.addEventListener("webglcontextrestored", () => this.build());
  }

  build() {
    this.drawn = {};
    try {
      this.stage = new Stage(this.canvas);
    } catch (reason) {
      this.reason = String(reason.message ?? reason);
      this.stage = null;
      // A canvas that has been asked for WebGL gives nothing else; a fresh one stands in its place.
      const fresh = this.canvas.cloneNode();
      this.canvas.replaceWith(fresh);
      this.canvas = fresh;
      this.flat = new Flat(fresh);
    }
  }

  setScene(name) {
    this.scene = name in SCENES ? name : "bars";
  }

  setQuality(wanted) {
    this.wanted = wanted;
    this.quality = QUALITY[wanted] ?? 0.75;
    this.slowed = false;
  }

  lower() {
    if (this.wanted === "auto") this.quality = Math.max(LEAST_QUALITY, this.quality * 0.65);
  }

  get usualMs() {
    const recent = this.meter.interval_ms.slice(-30).sort((a, b) => a - b);
    return recent.length < 10 ? Infinity : recent[Math.floor(recent.length / 2)];
  }

  // Turn, tilt and distance by hand: radians, radians, factor.
  move(yaw, pitch, zoom = 1) {
    this.orbit.yaw += yaw;
    this.orbit.pitch = Math.min(0.9, Math.max(-0.5, this.orbit.pitch + pitch));
    this.orbit.zoom = Math.min(2, Math.max(0.5, this.orbit.zoom * zoom));
  }

  reset() {
    this.eased.yaw %= 2 * Math.PI; // Whole turns need not be turned back.
    this.orbit = { yaw: 0, pitch: 0, zoom: 1 };
  }

  // track: what answers for parameters; time: in it; now: the browser's clock in ms; frozen: size stays as it is.
  draw({ track, time, now, moving, fixed }) {
    const dt = this.last === null ? 1 / 60 : Math.min(0.25, Math.max(0.001, (now - this.last) / 1000));
    if (this.last !== null) this.adapt(now - this.last, fixed || !moving);
    this.last = now;
    if (this.calm.matches) time = this.standStill(track, time, dt, fixed);
    else {
      track.at(time, this.p, this.limiter);
      track.phases(time, this.phase);
      track.ages(time, this.age);
      this.still = null;
    }
    // A picture that waits still breathes, so long as nobody asked for stillness.
    if (!moving && !this.calm.matches) this.idle += dt * 0.25;
    for (let i = 0; i < 3; i++) this.phase[i] += this.idle;
    const follow = this.calm.matches ? 1 : 1 - Math.exp(-dt / ORBIT_SEC);
    for (const what of ["yaw", "pitch", "zoom"]) this.eased[what] += (this.orbit[what] - this.eased[what]) * follow;
    this.paint(track, time, dt, fixed);
  }

  paint(track, time, dt, fixed) {
    if (this.flat) this.drawFlat(track, time, dt, fixed);
    else if (this.stage && this.scene) this.drawStage(track, time, dt, fixed);
  }

  // Reduced motion: nothing moves. Each section of the sound has one picture, of its mean; returns the picture's time.
  standStill(track, time, dt, fixed) {
    const section = Math.floor(time / STILL_SEC);
    const at = section * STILL_SEC;
    const name = `${section} ${this.scene} ${this.palette}`;
    if (this.still?.name === name && this.still.track === track) return at;
    // A canvas can be copied in the task that has drawn it.
    if (this.still) {
      this.paint(this.still.track, this.still.at, dt, fixed);
      this.fadeFrom();
    }
    track.mean(at, at + STILL_SEC, this.p);
    track.phases(at, this.phase);
    this.age.fill(99);
    this.still = { name, track, at };
    return at;
  }

  fadeFrom() {
    const { former, canvas } = this;
    former.width = canvas.width;
    former.height = canvas.height;
    former.getContext("2d").drawImage(canvas, 0, 0);
    former.style.transition = "none";
    former.style.opacity = "1";
    former.getBoundingClientRect(); // The fade begins from here.
    former.style.transition = `opacity ${FADE_MS}ms linear`;
    former.style.opacity = "0";
  }

  sized(fixed) {
    if (fixed) return fixed;
    let box = this.canvas.getBoundingClientRect();
    if (this.shape) {
      const fit = Math.min(box.width / this.shape[0], box.height / this.shape[1]);
      box = { width: this.shape[0] * fit, height: this.shape[1] * fit };
    }
    const dpr = Math.min(2, window.devicePixelRatio || 1);
    let scale = dpr * Math.min(1, 0.2 + 0.8 * this.quality);
    scale *= Math.min(1, Math.sqrt(MOST_PIXELS / Math.max(1, box.width * box.height * scale * scale)));
    return [Math.max(64, Math.round((box.width * scale) / 8) * 8), Math.max(48, Math.round((box.height * scale) / 8) * 8)];
  }

  drawStage(track, time, dt, fixed) {
    const { stage, p } = this;
    const [width, height] = this.sized(fixed);
    stage.resize(width, height, this.quality > 0.8);
    const scene = SCENES[this.scene];
    // A scene is built when it is first seen.
    const known = this.scene in this.drawn;
    this.drawn[this.scene] ??= scene.make(stage);
    const camera = scene.camera(p, this.phase);
    this.fill(camera, width, height, time);
    stage.begin();
    this.drawn[this.scene]({ track, time, p, quality: this.quality, limited: this.limiter });
    this.built = known;
    stage.finish({ bloom: camera.bloom + 0.16 * p[GLOW], dt, limiter: this.limiter, seconds: time + this.idle });
    if (this.caption) stage.write(this.caption);
  }

  fill(camera, width, height, time) {
    const { frame } = this.stage;
    const { p, phase, age } = this;
    const aspect = width / height;
    frame.set([p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8], p[9], aspect, time + this.idle]);
    frame.set([phase[0], phase[1], phase[2], height], 12);
    frame.set(age, 16);
    for (let i = 0; i < 4; i++) frame[20 + i] = (((time - age[i]) * 7.618034) % 1 + 1) % 1;
    const colors = harmony(this.palette, p[HUE], p[WARMTH]);
    ["deep", "mid", "main", "accent", "light"].forEach((name, i) => frame.set([...colors[name], 1], 24 + i * 4));
    const { target } = camera;
    let away = camera.eye.map((value, i) => value - target[i]);
    const distance = Math.hypot(...away) * this.eased.zoom * (aspect < 1.2 ? 1.2 + 0.5 * (1.2 - aspect) : 1);
    const angle = Math.atan2(away[0], away[2]) - this.eased.yaw;
    const tilt = Math.asin(away[1] / Math.hypot(...away)) + this.eased.pitch;
    // Below the ground of a landscape there is nothing to see.
    const least = this.scene === "bars" || this.scene === "waves" ? 0.04 : -1.4;
    away = turned(distance, Math.min(1.45, Math.max(least, tilt)), angle);
    if (this.scene === "storm") away = turned(distance, Math.min(0.1, Math.max(-0.42, tilt)), angle);
    const eye = away.map((value, i) => value + target[i]);
    frame.set([...eye, this.quality], 44);
    frame.set([...unit(camera.sun), 0], 48);
    look(frame, 52, 84, eye, target);
    perspective(frame, 68, camera.fov, aspect, 0.1, 120);
  }

  drawFlat(track, time, dt, fixed) {
    const [width, height] = this.sized(fixed);
    const colors = harmony(this.palette, this.p[HUE], this.p[WARMTH]);
    this.flat.draw({
      width, height, p: this.p, phase: this.phase, age: this.age, colors, scene: this.scene, dt,
      limiter: this.limiter, yaw: this.eased.yaw, zoom: this.eased.zoom,
    });
    if (this.caption) this.canvas.getContext("2d").drawImage(paintCaption(this.caption, width, height), 0, 0);
  }

  // The machine decides how fine the picture is; while something is recorded it stays as it is.
  adapt(delta, frozen) {
    if (delta > 4000) return; // The page was away.
    this.note(this.meter.interval_ms, delta);
    if (frozen) return;
    if (this.wanted !== "auto") return;
    this.deltas.push(delta);
    // A machine that is far too slow is seen after a few frames.
    const late = this.deltas.length >= 6 && this.deltas.slice(-6).every((each) => each > 2.5 * SLOW_MS);
    if (this.deltas.length < 40 && !late) return;
    const sorted = this.deltas.sort((a, b) => a - b);
    const usual = sorted[Math.floor(sorted.length * 0.7)];
    this.deltas = [];
    if (usual > SLOW_MS) {
      this.quality = Math.max(LEAST_QUALITY, this.quality * (usual > 2 * SLOW_MS ? 0.65 : 0.85));
      this.slowed = true;
    } else if (usual < FAST_MS && !this.slowed) this.quality = Math.min(1, this.quality + 0.08);
  }

  note(list, value) {
    list.push(Math.round(value * 1000) / 1000);
    if (list.length > 2000) list.splice(0, 1000);
  }

  destroy() {
    this.stage?.destroy();
  }
}

// The title as a picture of the size of the whole, at the lower left.
function paintCaption(text, width, height) {
  const canvas = new OffscreenCanvas(width, height);
  const pen = canvas.getContext("2d");
  const side = Math.min(width, height);
  let size = 0.062 * side;
  const font = () => `600 ${size}px "Source Serif Pro", "Source Serif 4", Georgia, serif`;
  pen.font = font();
  size *= Math.min(1, (width - 0.12 * side) / Math.max(1, pen.measureText(text).width));
  pen.font = font();
  pen.fillStyle = "#fff";
  pen.shadowColor = "rgb(0 0 0 / 75%)";
  pen.shadowBlur = 0.35 * size;
  pen.fillText(text, 0.06 * side, height - 0.07 * side);
  return canvas;
}
