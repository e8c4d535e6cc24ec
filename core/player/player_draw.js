// The still pictures under the playhead. Lengths are CSS pixels; the canvas itself is in device pixels.

const MARGIN = { left: 46, right: 14, bottom: 22, top: 12 };
const TIME_STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800];
const LABEL_PX = 11;
const LANE_GAP = 18;

function numberText(value) {
  const size = Math.abs(value);
  const notation = size >= 1e5 || (size > 0 && size < 1e-3) ? "scientific" : "standard";
  return new Intl.NumberFormat("en", { notation, maximumSignificantDigits: notation === "standard" ? 4 : 2 })
    .format(value)
    .replace("-", "−");
}

function timeToX(time, duration, width) {
  return MARGIN.left + (time / duration) * (width - MARGIN.left - MARGIN.right);
}

function xToTime(x, duration, width) {
  const share = (x - MARGIN.left) / Math.max(1, width - MARGIN.left - MARGIN.right);
  return Math.min(1, Math.max(0, share)) * duration;
}

// Colors as the theme has them now. `probe` is an element in the quiet text color.
function readTheme(host, probe) {
  const style = getComputedStyle(host);
  const of = (name) => style.getPropertyValue(`--st-${name}`).trim();
  const voices = of("chart-categorical-colors")
    .split(/,(?![^(]*\))/)
    .map((color) => color.trim())
    .filter((color) => color && color !== "unset");
  return {
    ink: of("text-color"),
    accentInk: inkOn(of("primary-color")),
    ground: of("background-color"),
    panel: of("secondary-background-color"),
    rule: of("border-color"),
    quiet: getComputedStyle(probe).color,
    font: of("font") || "sans-serif",
    voices: voices.length ? voices : [of("primary-color")],
  };
}

// White or near-black, whichever can be read on a color (WCAG 2 contrast).
function inkOn(color) {
  const g = document.createElement("canvas").getContext("2d");
  g.fillStyle = color;
  g.fillRect(0, 0, 1, 1);
  const [red, green, blue] = [...g.getImageData(0, 0, 1, 1).data].map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05) >= 4.5 ? "#fff" : "#0b1012";
}

const voiceColor = (theme, voice) => theme.voices[voice % theme.voices.length];

// Fits a canvas to its place on the page. Returns {g, scale, box}, or null while it has no place.
function prepare(canvas, model, theme) {
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  if (!width || !height) return null;
  const scale = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const g = canvas.getContext("2d");
  g.scale(canvas.width / width, canvas.height / height);
  g.font = `${LABEL_PX}px ${theme.font}`;
  const box = {
    left: MARGIN.left,
    right: width - MARGIN.right,
    top: MARGIN.top,
    bottom: height - MARGIN.bottom - 8,
    foot: height - MARGIN.bottom,
    x: (time) => timeToX(time, model.duration, width),
  };
  return { g, scale, box };
}

function drawPicture(canvas, view, model, theme) {
  const place = prepare(canvas, model, theme);
  if (!place) return;
  const { g, scale, box } = place;
  drawTimes(g, box, model.duration, theme);
  if (view === "roll") drawRoll(g, box, model.notes, theme);
  else if (view === "line") drawLines(g, box, model, theme);
  else if (view === "waveform") drawWaveform(g, box, model.samples, theme, scale);
}

// An empty canvas over the piano roll, and where its notes lie.
function prepareLit(canvas, model, theme) {
  const place = prepare(canvas, model, theme);
  return place && { ...place, at: rollPlaces(place.box, model.notes) };
}

// The notes that sound now, drawn over the still picture.
function drawLit({ g, at }, sounding, theme) {
  g.clearRect(0, 0, at.right + MARGIN.right, at.foot);
  g.strokeStyle = theme.ink;
  g.lineWidth = 2;
  for (const note of sounding) {
    g.fillStyle = voiceColor(theme, note[4]);
    notePath(g, at, note);
    g.fill();
    g.stroke();
  }
}

function rule(g, x0, y0, x1, y1, color) {
  g.strokeStyle = color;
  g.lineWidth = 1;
  g.beginPath();
  g.moveTo(Math.round(x0) + 0.5, Math.round(y0) + 0.5);
  g.lineTo(Math.round(x1) + 0.5, Math.round(y1) + 0.5);
  g.stroke();
}

function drawTimes(g, box, duration, theme) {
  const room = box.right - box.left;
  const step = TIME_STEPS.find((s) => (room * s) / duration >= 64) ?? TIME_STEPS.at(-1);
  const { foot } = box;
  rule(g, box.left, foot, box.right, foot, theme.rule);
  g.fillStyle = theme.quiet;
  g.textAlign = "center";
  g.textBaseline = "middle";
  for (let i = 0; i * step <= duration + 1e-9; i++) {
    const x = box.x(i * step);
    rule(g, x, foot, x, foot + 4, theme.quiet);
    if (x < box.right - 8) g.fillText(clockText(i * step, step < 1 ? 1 : 0), x, foot + 13);
  }
}

function gutterText(g, text, y, theme) {
  g.fillStyle = theme.quiet;
  g.textAlign = "right";
  g.textBaseline = "middle";
  g.fillText(text, MARGIN.left - 8, y, MARGIN.left - 10);
}

// Where pitches and times lie in the piano roll.
function rollPlaces(box, notes) {
  let low = Infinity;
  let high = -Infinity;
  for (const [, , pitch] of notes) {
    low = Math.min(low, pitch);
    high = Math.max(high, pitch);
  }
  const middle = (low + high) / 2;
  const range = Math.max(high - low, 7); // Two neighboring notes shall not look like a leap.
  const room = box.bottom - box.top;
  const thick = Math.min(14, Math.max(5, (room / (range + 1)) * 0.86));
  const y = (pitch) => box.bottom - thick / 2 - ((pitch - middle) / range + 0.5) * (room - thick);
  return { ...box, y, thick, lowest: middle - range / 2, highest: middle + range / 2 };
}

function notePath(g, at, [onset, seconds, pitch]) {
  const x = at.x(onset);
  const wide = Math.max(2, Math.min(at.right, at.x(onset + seconds)) - x - 0.75);
  g.beginPath();
  g.roundRect(x, at.y(pitch) - at.thick / 2, wide, at.thick, Math.min(3, wide / 2, at.thick / 2));
}

function drawRoll(g, box, notes, theme) {
  const at = rollPlaces(box, notes);
  for (let c = 0; c <= 120; c += 12) {
    if (c < at.lowest - 1 || c > at.highest + 1) continue;
    rule(g, at.left, at.y(c), at.right, at.y(c), theme.rule);
    gutterText(g, `C${c / 12 - 1}`, at.y(c), theme);
  }
  for (const note of notes) {
    const [, , , velocity, voice] = note;
    g.globalAlpha = 0.5 + 0.5 * Math.min(1, velocity / 112);
    g.fillStyle = voiceColor(theme, voice);
    notePath(g, at, note);
    g.fill();
  }
  g.globalAlpha = 1;
}

// One lane a voice: two columns rarely share a unit.
function lanes(model) {
  const byVoice = new Map();
  for (const point of model.points) {
    if (!byVoice.has(point.voice)) byVoice.set(point.voice, []);
    byVoice.get(point.voice).push([point.t, point.gap ? null : point.value]);
  }
  if (byVoice.size < 2 && model.line.length) return [[0, model.line]];
  return [...byVoice].sort((a, b) => a[0] - b[0]);
}

function drawLines(g, box, model, theme) {
  const rows = lanes(model);
  const room = (box.bottom - box.top + LANE_GAP) / Math.max(1, rows.length);
  rows.forEach(([voice, pairs], place) => {
    const top = box.top + place * room;
    drawLine(g, { ...box, top, bottom: top + room - LANE_GAP }, pairs, theme, voiceColor(theme, voice));
  });
}

function drawLine(g, box, pairs, theme, color) {
  let low = Infinity;
  let high = -Infinity;
  let known = 0;
  for (const [, value] of pairs) {
    if (value === null) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
    known++;
  }
  if (!known) return;
  const range = high - low || 1;
  const y = (value) => (high === low ? (box.top + box.bottom) / 2 : box.bottom - ((value - low) / range) * (box.bottom - box.top));
  for (const value of high === low ? [low] : [low, high]) {
    rule(g, box.left, y(value), box.right, y(value), theme.rule);
    gutterText(g, numberText(value), y(value), theme);
  }
  g.strokeStyle = g.fillStyle = color;
  g.lineWidth = 1.75;
  g.lineJoin = g.lineCap = "round";
  g.beginPath();
  let joined = false;
  pairs.forEach(([time, value], i) => {
    if (value === null) {
      joined = false;
      return;
    }
    const alone = !joined && (i + 1 === pairs.length || pairs[i + 1][1] === null);
    if (joined) g.lineTo(box.x(time), y(value));
    else g.moveTo(box.x(time), y(value));
    if (alone) g.lineTo(box.x(time) + 0.01, y(value)); // A value between two gaps is a dot.
    joined = true;
  });
  g.stroke();
  if ((box.right - box.left) / known < 9) return;
  for (const [time, value] of pairs) {
    if (value === null) continue;
    g.beginPath();
    g.arc(box.x(time), y(value), 3, 0, 2 * Math.PI);
    g.fill();
  }
}

// samples: null while they are on their way.
function drawWaveform(g, box, samples, theme, scale) {
  if (!samples) return;
  const columns = Math.max(1, Math.floor((box.right - box.left) * scale));
  const { lows, highs } = extremes(samples, columns);
  let peak = 0;
  for (let i = 0; i < columns; i++) peak = Math.max(peak, -lows[i], highs[i]);
  const middle = (box.top + box.bottom) / 2;
  const reach = (box.bottom - box.top) / 2 - 2;
  rule(g, box.left, middle, box.right, middle, theme.rule);
  if (!peak) {
    gutterText(g, "silent", middle, theme);
    return;
  }
  g.fillStyle = voiceColor(theme, 0);
  for (let i = 0; i < columns; i++) {
    const top = middle - (highs[i] / peak) * reach;
    const bottom = middle - (lows[i] / peak) * reach;
    g.fillRect(box.left + i / scale, top - 0.5, 1 / scale, bottom - top + 1);
  }
  // The picture is stretched to its peak, the sound is not: the gutter says how loud the peak is.
  gutterText(g, `${(20 * Math.log10(peak / 32768)).toFixed(1).replace("-", "−")} dB`, box.top + 2, theme);
}
