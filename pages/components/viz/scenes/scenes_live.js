// The microphone: the ten parameters from what is heard now, in this browser. Nothing is sent or kept.

const MICROPHONE_DENIED = "The microphone is blocked. Allow it for this page in the browser's settings, then press Microphone again.";
const MICROPHONE_MISSING = "No microphone was found. Connect one, then press Microphone again.";
const MICROPHONE_BROKEN = "The microphone cannot be opened here: another program may hold it, or the page is not served over HTTPS.";
const LIVE_FFT = 2048;
const ADAPT_SEC = 8; // Loudest and quietest of about this long become 1 and 0.

class Microphone {
  constructor() {
    this.track = new LiveTrack();
    this.values = new Float32Array(10);
    this.ranges = Array.from({ length: 10 }, () => [0, 0.02]);
    this.last = null;
    this.started = false;
  }

  // Throws a sentence for the visitor.
  async open() {
    if (!navigator.mediaDevices?.getUserMedia) throw new Error(MICROPHONE_BROKEN);
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({
        audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
      });
    } catch (reason) {
      const denied = reason.name === "NotAllowedError" || reason.name === "SecurityError";
      const missing = reason.name === "NotFoundError" || reason.name === "OverconstrainedError";
      throw new Error(denied ? MICROPHONE_DENIED : missing ? MICROPHONE_MISSING : MICROPHONE_BROKEN);
    }
    this.context = new AudioContext();
    await this.context.resume();
    this.analyzer = this.context.createAnalyser();
    this.analyzer.fftSize = LIVE_FFT;
    this.analyzer.smoothingTimeConstant = 0;
    this.context.createMediaStreamSource(this.stream).connect(this.analyzer);
    this.wave = new Float32Array(LIVE_FFT);
    this.bins = new Float32Array(LIVE_FFT / 2);
    this.before = new Float32Array(LIVE_FFT / 2);
  }

  // Call once a frame; `time` in seconds.
  listen(time) {
    const dt = this.last === null ? 1 / 60 : Math.min(0.1, time - this.last);
    this.last = time;
    this.analyzer.getFloatTimeDomainData(this.wave);
    this.analyzer.getFloatFrequencyData(this.bins);
    let power = 0;
    for (const sample of this.wave) power += sample * sample;
    const level = Math.sqrt(power / LIVE_FFT);
    const hz = this.context.sampleRate / LIVE_FFT;
    const sums = [0, 0, 0]; // Below 250 Hz, up to 2.5 kHz, above.
    let [all, place, flux, logs, squares] = [1e-9, 0, 0, 0, 0];
    for (let i = 2; i < this.bins.length; i++) {
      const size = 10 ** (Math.max(-100, this.bins[i]) / 20);
      const f = i * hz;
      sums[f < 250 ? 0 : f < 2500 ? 1 : 2] += size;
      all += size;
      place += size * Math.log2(f / 60);
      squares += size * size * Math.log2(f / 60) ** 2;
      logs += Math.log(size + 1e-6);
      flux += Math.max(0, size - this.before[i]);
      this.before[i] = size;
    }
    const flat = Math.exp(logs / (this.bins.length - 2)) / (all / this.bins.length);
    const spread = Math.sqrt(squares) / all;
    const bright = place / all / 8;
    // In the order of PARAMETERS; each is then stretched to what was lately heard.
    const heard = [level, flux, sums[1] / all, sums[0] / all, flat, spread, sums[2] / all, bright, level * bright, sums[0]];
    const quiet = level < 0.0015;
    heard.forEach((value, i) => {
      const range = this.ranges[i];
      if (!quiet) {
        if (range[1] <= 0.02) range[0] = value * 0.9;
        const slow = 1 - Math.exp(-dt / ADAPT_SEC);
        range[0] = value < range[0] ? value : range[0] + (value - range[0]) * slow * 0.5;
        range[1] = value > range[1] ? value : range[1] + (value - range[1]) * slow * 0.5;
      }
      const width = Math.max(range[1] - range[0], i === 0 || i === 8 ? 0.01 : 1e-4);
      const share = Math.min(1, Math.max(0, (value - range[0]) / width));
      // Silence is calm, not a noise stretched to the full.
      this.values[i] = quiet ? (i === HUE || i === WARMTH ? this.values[i] : 0) : share;
    });
    this.track.add(time, this.values);
    return level;
  }

  close() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.context?.close();
    this.context = null;
  }
}
