// The sound and its clock. Samples are handed to Web Audio in pieces whose places are counted in samples, so the
// time of the track that is heard now follows from the output's own time stamp.

const PIECE_SEC = 1;
const AHEAD_SEC = 3; // So much is always handed over; a page that is busy for less than this is not heard.
const FEED_MS = 250;
const LEAD_SEC = 0.06; // Between the click and the first sample.
const JUMP_SEC = 0.035; // Beyond this the clock that is drawn by jumps instead of approaching.

class SceneSound {
  constructor(ended) {
    this.ended = ended;
    this.samples = null;
    this.seconds = 0;
    this.sr = 0;
    this.arrival = null;
    this.context = null;
    this.playing = false;
    this.offset = 0; // Where in the track it stands, or stood when it began to play, in seconds.
    this.start = 0; // Time of the context at which `offset` sounds.
    this.sources = new Set();
    this.volume = 1;
    this.smooth = null;
    this.timer = 0;
  }

  clear() {
    this.pause();
    this.offset = 0;
    this.close(); // Another sound may have another rate.
    this.samples = null;
    this.arrival = null;
    this.seconds = this.sr = 0;
  }

  // Another sound is on its way: {sr, frames}, and a promise of its samples.
  expect({ sr, frames }, arrival) {
    this.clear();
    this.sr = sr;
    this.seconds = frames / sr;
    const mine = arrival.then((samples) => {
      if (this.arrival !== mine) throw new Error("Another sound has taken its place.");
      this.samples = samples;
      this.seconds = samples.frames / samples.sr;
    });
    this.arrival = mine;
    return mine;
  }

  // Whether there is one, be it on its way.
  get exists() {
    return this.seconds > 0;
  }

  get duration() {
    return this.seconds;
  }

  // Only ever called from a click or a key, which browsers ask for.
  open() {
    if (this.context) return;
    try {
      // At the sound's own rate the pieces join without a seam.
      this.context = new AudioContext({ sampleRate: this.sr, latencyHint: "interactive" });
    } catch {
      this.context = new AudioContext(); // A rate that this browser does not take.
    }
    this.gain = this.context.createGain();
    this.gain.gain.value = this.volume;
    this.gain.connect(this.context.destination);
    this.bus = this.context.createGain(); // Before the volume: what a recording hears.
    this.bus.connect(this.gain);
    // Keeps the bus awake: one that has just fallen silent hands nothing to a recorder, which then waits for it.
    const silence = this.context.createConstantSource();
    silence.offset.value = 0;
    silence.connect(this.bus);
    silence.start();
  }

  async play() {
    this.open();
    const wanted = (this.wanted = Symbol("play"));
    await Promise.all([this.context.resume(), this.arrival]);
    if (this.wanted !== wanted) return;
    if (this.offset >= this.duration - 0.01) this.offset = 0;
    this.begin();
  }

  begin() {
    this.playing = true;
    this.start = this.context.currentTime + LEAD_SEC;
    this.next = Math.round(this.offset * this.samples.sr);
    this.first = this.next;
    this.smooth = null;
    this.feed();
    clearInterval(this.timer);
    this.timer = setInterval(() => this.feed(), FEED_MS);
  }

  feed() {
    const { sr, frames } = this.samples;
    const until = this.first + (this.context.currentTime - this.start + AHEAD_SEC) * sr;
    while (this.next < frames && this.next < until) {
      const length = Math.min(Math.round(PIECE_SEC * sr), frames - this.next);
      const source = this.context.createBufferSource();
      source.buffer = piece(this.context, this.samples, this.next, length);
      source.connect(this.bus);
      source.onended = () => this.sources.delete(source);
      source.start(this.start + (this.next - this.first) / sr);
      this.sources.add(source);
      this.next += length;
    }
    if (this.heard() >= this.duration) {
      this.pause();
      this.offset = this.duration;
      this.ended();
    }
  }

  pause() {
    this.wanted = null;
    if (!this.playing) return;
    this.offset = Math.min(this.duration, Math.max(this.offset, this.heard()));
    this.playing = false;
    this.silence();
  }

  silence() {
    clearInterval(this.timer);
    for (const source of this.sources) {
      source.onended = null;
      source.stop();
      source.disconnect();
    }
    this.sources.clear();
  }

  seek(time) {
    const playing = this.playing;
    if (playing) this.silence();
    this.offset = Math.min(Math.max(0, time), this.duration);
    if (playing) this.begin();
  }

  setVolume(volume) {
    this.volume = volume;
    this.gain?.gain.setTargetAtTime(volume, this.context.currentTime, 0.01);
  }

  // The time of the track that leaves the loudspeaker now, straight from the output's time stamp.
  heard(now = performance.now()) {
    if (!this.playing) return this.offset;
    return Math.max(this.offset, this.offset + this.output(now) - this.start);
  }

  output(now) {
    const stamp = this.context.getOutputTimestamp?.();
    if (stamp?.performanceTime > 0 && stamp.contextTime > 0) {
      return Math.min(stamp.contextTime + (now - stamp.performanceTime) / 1000, this.context.currentTime + 0.1);
    }
    return this.context.currentTime - (this.context.outputLatency ?? 0);
  }

  // The same without the steps that some outputs make: it runs with the computer's clock and is led by the output's.
  time(now) {
    if (!this.playing) return this.offset;
    const raw = this.heard(now);
    const last = this.smooth;
    if (!last || raw <= this.offset) {
      this.smooth = { now, time: raw };
      return Math.max(this.offset, raw);
    }
    const guess = last.time + (now - last.now) / 1000;
    const off = raw - guess;
    const time = Math.abs(off) > JUMP_SEC ? raw : guess + off * 0.2;
    this.smooth = { now, time };
    return Math.min(Math.max(this.offset, time), this.duration);
  }

  // What plays, for a recording: without the volume, so that a quiet listener does not make a quiet film.
  stream() {
    const tap = this.context.createMediaStreamDestination();
    this.bus.connect(tap);
    return { stream: tap.stream, close: () => this.bus.disconnect(tap) };
  }

  close() {
    this.silence();
    this.playing = false;
    this.context?.close();
    this.context = null;
  }
}

function piece(context, sound, from, length) {
  const buffer = context.createBuffer(sound.channels, length, sound.sr);
  for (let channel = 0; channel < sound.channels; channel++) {
    const out = buffer.getChannelData(channel);
    let at = from * sound.channels + channel;
    for (let i = 0; i < length; i++, at += sound.channels) out[i] = sound.samples[at] / 32768;
  }
  return buffer;
}
