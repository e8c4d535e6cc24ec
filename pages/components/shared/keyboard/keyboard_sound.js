// A small piano of two oscillators a note. It exists from the first key on: browsers allow no sound before.

const ATTACK_SEC = 0.004;
const RELEASE_SEC = 0.12;

class Strings {
  constructor() {
    this.context = null;
    this.sounding = new Set();
  }

  open() {
    if (!this.context) {
      this.context = new AudioContext({ latencyHint: "interactive" });
      // Ten fingers at once must not clip.
      this.out = new DynamicsCompressorNode(this.context, { threshold: -18, ratio: 8 });
      this.out.connect(this.context.destination);
    }
    this.context.resume();
    return this.context.currentTime;
  }

  // Starts a note at a time of the context; returns a function that ends it at a time.
  strike(pitch, velocity, at) {
    const hz = 440 * 2 ** ((pitch - 69) / 12);
    const gain = new GainNode(this.context, { gain: 0 });
    const color = new BiquadFilterNode(this.context, { frequency: Math.min(9000, hz * (2 + velocity / 24)), Q: 0.3 });
    const loud = 0.34 * (velocity / 127) ** 1.5;
    const dies = 0.35 + 260 / (hz + 130); // High strings die away sooner, in seconds to a third.
    gain.gain.setValueAtTime(0, at);
    gain.gain.linearRampToValueAtTime(loud, at + ATTACK_SEC);
    gain.gain.setTargetAtTime(0, at + ATTACK_SEC, dies);
    const oscillators = [["triangle", 1], ["sawtooth", 1.0015]].map(([type, detune]) => {
      const oscillator = new OscillatorNode(this.context, { type, frequency: hz * detune });
      oscillator.connect(color);
      oscillator.start(at);
      return oscillator;
    });
    color.connect(gain).connect(this.out);
    const note = { gain, oscillators };
    this.sounding.add(note);
    oscillators[0].onended = () => {
      gain.disconnect();
      this.sounding.delete(note);
    };
    return (end) => {
      gain.gain.setTargetAtTime(0, end, RELEASE_SEC / 3);
      for (const oscillator of oscillators) oscillator.stop(end + 3 * RELEASE_SEC);
    };
  }

  silence() {
    if (!this.context) return;
    const now = this.context.currentTime;
    for (const { gain, oscillators } of this.sounding) {
      gain.gain.cancelScheduledValues(now);
      gain.gain.setTargetAtTime(0, now, 0.01);
      for (const oscillator of oscillators) oscillator.stop(now + 0.08);
    }
  }

  close() {
    this.context?.close();
    this.context = null;
  }
}
