// The sound and its clock: an audio element for playing (it keeps the pitch at every speed), Web Audio for slices.

const SNAP_SEC = 0.04; // Beyond this the drawn clock jumps to the sound's clock instead of approaching it.

class Sound {
  constructor(element) {
    this.element = element;
    this.url = null;
    this.samples = null;
    this.seconds = 0;
    this.arrival = null;
    this.wanted = null;
    this.context = null;
    this.playingSlice = null;
    this.anchor = null;
  }

  // Another sound is on its way. Until `arrival` is settled all but its samples is known.
  expect(seconds, arrival) {
    this.unload();
    this.seconds = seconds;
    this.element.currentTime = 0;
    const mine = arrival.then((samples) => {
      if (this.arrival !== mine) throw new Error("Another sound has taken its place.");
      this.load(samples);
    });
    this.arrival = mine;
    return mine;
  }

  load(samples) {
    this.samples = samples;
    this.seconds = samples.frames / samples.sr;
    this.url = URL.createObjectURL(wavBlob(samples));
    const { playbackRate, loop } = this.element;
    this.element.src = this.url;
    this.element.defaultPlaybackRate = this.element.playbackRate = playbackRate; // Loading resets it.
    this.element.loop = loop;
  }

  unload() {
    this.pause();
    this.stopSlice();
    this.samples = null;
    this.arrival = null;
    if (!this.url) return;
    this.element.removeAttribute("src");
    this.element.load();
    URL.revokeObjectURL(this.url);
    this.url = null;
  }

  get duration() {
    return this.seconds;
  }

  get playing() {
    return !this.element.paused && !this.element.ended;
  }

  // Whether the clock runs: a moment after `playing` becomes true.
  get moving() {
    return this.playing && Boolean(this.anchor?.moving);
  }

  play() {
    this.stopSlice();
    this.anchor = null;
    // At once where it can: browsers ask for a click shortly before.
    return this.samples ? this.element.play() : this.later(() => this.play());
  }

  // Acts when the samples are there, unless something else is wanted by then.
  async later(act) {
    const wanted = (this.wanted = Symbol("wanted"));
    await this.arrival;
    if (this.wanted === wanted) return act();
  }

  pause() {
    this.wanted = null;
    this.element.pause();
    this.anchor = null;
  }

  seek(time) {
    this.element.currentTime = Math.min(Math.max(0, time), this.duration);
    this.anchor = null;
  }

  // The element's clock moves in steps in some browsers and pauses before the first sound in all of them: between
  // its steps this one runs with the computer's clock, and it starts only when the element's has moved.
  time() {
    const media = Math.min(this.element.currentTime, this.duration);
    if (!this.playing || this.element.seeking) {
      this.anchor = null;
      return media;
    }
    const now = performance.now() / 1000;
    if (!this.anchor) this.anchor = { media, now, moving: false, start: media };
    const anchor = this.anchor;
    if (!anchor.moving) {
      anchor.moving = media !== anchor.start;
      anchor.media = media;
      anchor.now = now;
      return media;
    }
    const guess = anchor.media + (now - anchor.now) * this.element.playbackRate;
    const off = media - guess;
    anchor.media = Math.abs(off) > SNAP_SEC * Math.max(1, this.element.playbackRate) ? media : guess + off * 0.15;
    anchor.now = now;
    return Math.min(anchor.media, this.duration);
  }

  // Plays `seconds` from `from` alone, with faded ends. Only ever called from a click or a key.
  playSlice(from, seconds) {
    this.pause();
    this.stopSlice();
    if (!this.samples) {
      this.later(() => this.playSlice(from, seconds)).catch(() => {});
      return;
    }
    this.context ??= new AudioContext();
    this.context.resume();
    const source = this.context.createBufferSource();
    const gain = this.context.createGain();
    gain.gain.value = this.element.muted ? 0 : this.element.volume;
    source.buffer = slice(this.context, this.samples, from, seconds);
    source.connect(gain).connect(this.context.destination);
    source.onended = () => {
      if (this.playingSlice?.source === source) this.playingSlice = null;
    };
    source.start();
    this.playingSlice = { source, gain, from, seconds: source.buffer.duration };
  }

  stopSlice() {
    if (!this.playingSlice) return;
    const { source, gain } = this.playingSlice;
    this.playingSlice = null;
    const now = this.context.currentTime;
    gain.gain.setTargetAtTime(0, now, 0.004);
    source.stop(now + 0.03);
  }

  destroy() {
    this.unload();
    this.context?.close();
    this.context = null;
  }
}
