// The ten parameters over time: what they are at any moment, what has added up until then, when beats fell.

const PARAMETERS = ["scale", "pulse", "hue", "warmth", "turbulence", "spread", "detail", "rotation", "glow", "drift"];
const [SCALE, PULSE, HUE, WARMTH, TURBULENCE, SPREAD, DETAIL, ROTATION, GLOW, DRIFT] = PARAMETERS.keys();
const RELEASE_SEC = 0.35; // With the limiter brightness falls no faster than this, so that a strobe melts.
const HUE_SEC = 0.3; // And colors turn no faster than this.
const BEAT_LEAST = 0.14; // How far a pulse must rise to count as a beat.
const BEAT_APART_SEC = 0.18;

// How fast the three phases run: at rest, and more with the parameter.
const PHASES = [
  [ROTATION, 0.12, 1.1],
  [DRIFT, 0.25, 1.5],
  [TURBULENCE, 0.3, 1.3],
];

class Track {
  // values: Float32Array of n x 10, one row every 1 / rate seconds.
  constructor(values, rate) {
    this.rate = rate;
    this.n = Math.floor(values.length / PARAMETERS.length);
    this.raw = values;
    this.soft = softened(values, this.n, rate);
    this.sums = sums(values, this.n, rate);
    this.beats = beats(values, this.n, rate);
  }

  // The ten values at a time, into `out`: a curve through the rows that never leaves their range.
  at(time, out, limited) {
    const table = limited ? this.soft : this.raw;
    const place = Math.min(Math.max(0, time * this.rate), this.n - 1);
    const row = Math.min(Math.floor(place), Math.max(0, this.n - 2));
    const share = place - row;
    const a = row * 10;
    const b = Math.min(row + 1, this.n - 1) * 10;
    const eased = share * share * (3 - 2 * share);
    for (let i = 0; i < 10; i++) out[i] = table[a + i] + (table[b + i] - table[a + i]) * eased;
    return out;
  }

  phases(time, out) {
    const place = Math.min(Math.max(0, time * this.rate), this.n - 1);
    const row = Math.min(Math.floor(place), Math.max(0, this.n - 2));
    const next = Math.min(row + 1, this.n - 1);
    for (let i = 0; i < 3; i++) {
      const from = this.sums[row * 3 + i];
      out[i] = from + (this.sums[next * 3 + i] - from) * (place - row);
    }
    return out;
  }

  // The mean of a stretch, for a still picture of it.
  mean(from, to, out) {
    const first = Math.min(Math.max(0, Math.round(from * this.rate)), this.n - 1);
    const last = Math.min(Math.max(first + 1, Math.round(to * this.rate)), this.n);
    out.fill(0);
    for (let row = first; row < last; row++) for (let i = 0; i < 10; i++) out[i] += this.raw[row * 10 + i] / (last - first);
    return out;
  }

  // Seconds since each of the last four beats, the latest first; 99 where there was none.
  ages(time, out) {
    let last = this.beats.length - 1;
    let low = 0;
    while (low <= last) {
      const middle = (low + last) >> 1;
      if (this.beats[middle] <= time) low = middle + 1;
      else last = middle - 1;
    }
    for (let i = 0; i < 4; i++) out[i] = last - i >= 0 ? time - this.beats[last - i] : 99;
    return out;
  }

  // The values of the last `rows` steps of `step` seconds, the latest first, for scenes that show the past.
  history(time, rows, step, out, limited) {
    const table = limited ? this.soft : this.raw;
    for (let row = 0; row < rows; row++) {
      const place = (time - row * step) * this.rate;
      const inside = place >= 0 && place <= this.n;
      const at = Math.min(Math.max(0, Math.round(place)), this.n - 1) * 10;
      for (let i = 0; i < 10; i++) out[row * 10 + i] = inside ? table[at + i] : 0;
    }
    return out;
  }
}

// Loudness and light fall slowly and colors turn slowly: no row can flash against the next.
function softened(values, n, rate) {
  const out = Float32Array.from(values);
  const fall = Math.exp(-1 / (rate * RELEASE_SEC));
  const turn = 1 - Math.exp(-1 / (rate * HUE_SEC));
  for (let row = 1; row < n; row++) {
    for (const i of [SCALE, PULSE, GLOW]) {
      out[row * 10 + i] = Math.max(out[row * 10 + i], out[(row - 1) * 10 + i] * fall);
    }
    for (const i of [HUE, WARMTH]) {
      const before = out[(row - 1) * 10 + i];
      out[row * 10 + i] = before + (out[row * 10 + i] - before) * turn;
    }
  }
  return out;
}

function sums(values, n, rate) {
  const out = new Float64Array(n * 3);
  for (let row = 1; row < n; row++) {
    PHASES.forEach(([index, rest, more], i) => {
      out[row * 3 + i] = out[(row - 1) * 3 + i] + (rest + more * values[(row - 1) * 10 + index]) / rate;
    });
  }
  return out;
}

// Where the pulse peaks after a rise.
function beats(values, n, rate) {
  const out = [];
  let low = n ? values[PULSE] : 0;
  for (let row = 1; row < n; row++) {
    const now = values[row * 10 + PULSE];
    const next = row + 1 < n ? values[(row + 1) * 10 + PULSE] : 0;
    low = Math.min(low, now);
    if (now - low < BEAT_LEAST || next > now) continue;
    const time = row / rate;
    if (!out.length || time - out.at(-1) >= BEAT_APART_SEC) out.push(time);
    low = now;
  }
  return out;
}

// The same questions to what is heard now: rows are added as they come, and the past is short.
class LiveTrack {
  constructor() {
    this.values = new Float32Array(10).fill(0.3); // Before anything is heard.
    this.sums = [0, 0, 0];
    this.beats = [];
    this.past = []; // [time, values], the latest last
    this.last = null;
    this.low = 0;
  }

  add(time, values) {
    const dt = this.last === null ? 0 : Math.min(0.1, Math.max(0, time - this.last));
    this.last = time;
    const fall = Math.exp(-dt / 0.2);
    for (let i = 0; i < 10; i++) {
      const slow = i === HUE || i === WARMTH ? HUE_SEC : 0.06;
      const near = this.values[i] + (values[i] - this.values[i]) * (1 - Math.exp(-dt / slow));
      const fast = i === PULSE || i === GLOW || i === SCALE;
      this.values[i] = fast ? Math.max(values[i], this.values[i] * fall) : near;
    }
    PHASES.forEach(([index, rest, more], i) => (this.sums[i] += (rest + more * this.values[index]) * dt));
    this.low = Math.min(this.low + dt * 0.5, values[PULSE]);
    if (values[PULSE] - this.low > BEAT_LEAST * 2 && time - (this.beats.at(-1) ?? -9) > 0.25) {
      this.beats.push(time);
      if (this.beats.length > 8) this.beats.shift();
      this.low = values[PULSE];
    }
    this.past.push([time, Float32Array.from(this.values)]);
    while (this.past.length && time - this.past[0][0] > 6) this.past.shift();
  }

  at(_, out) {
    out.set(this.values);
    return out;
  }

  mean(_, to, out) {
    out.fill(0);
    const rows = this.past.length ? this.past : [[0, this.values]];
    for (const [, values] of rows) for (let i = 0; i < 10; i++) out[i] += values[i] / rows.length;
    return out;
  }

  phases(_, out) {
    for (let i = 0; i < 3; i++) out[i] = this.sums[i];
    return out;
  }

  ages(time, out) {
    for (let i = 0; i < 4; i++) out[i] = time - (this.beats.at(-1 - i) ?? time - 99);
    return out;
  }

  history(time, rows, step, out) {
    let at = this.past.length - 1;
    for (let row = 0; row < rows; row++) {
      while (at > 0 && this.past[at][0] > time - row * step) at--;
      const found = at >= 0 && this.past[at][0] <= time - row * step + step ? this.past[at][1] : null;
      for (let i = 0; i < 10; i++) out[row * 10 + i] = found ? found[i] : 0;
    }
    return out;
  }
}

// Colors

// Each palette is a stretch of the color circle of OKLCH, in degrees: middle and width.
const PALETTES = { spectrum: [0, 360], aurora: [175, 150], ember: [35, 110], ocean: [235, 110], orchid: [330, 110] };
const WARM_DEGREES = 55;
const COLD_DEGREES = 255;

// OKLCH to linear RGB (Ottosson, "A perceptual color space for image processing", 2020), not below zero.
function oklch(lightness, chroma, degrees) {
  const angle = (degrees * Math.PI) / 180;
  const a = chroma * Math.cos(angle);
  const b = chroma * Math.sin(angle);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    Math.max(0, 4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    Math.max(0, -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    Math.max(0, -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

// Five colors that belong together: dark ground, middle, main, its counterpart, and the light.
function harmony(palette, hue, warmth) {
  const [middle, width] = PALETTES[palette] ?? PALETTES.spectrum;
  const main = middle + (hue - 0.5) * width;
  const light = toward(main, warmth > 0.5 ? WARM_DEGREES : COLD_DEGREES, 0.35 + Math.abs(warmth - 0.5) * 1.2);
  const deep = toward(main, COLD_DEGREES - 15, 0.45 - 0.35 * warmth);
  return {
    deep: oklch(0.2, 0.055, deep),
    mid: oklch(0.4 + 0.05 * warmth, 0.11, deep + 12),
    main: oklch(0.66, 0.19, main),
    accent: oklch(0.74, 0.15, main + 70 + 70 * warmth),
    light: oklch(0.84, 0.105, light),
  };
}

// The shorter way round the circle.
function toward(from, to, share) {
  const way = ((((to - from) % 360) + 540) % 360) - 180;
  return from + way * Math.min(1, share);
}
