// Spoken captions: their words as text while they are said, and said by the browser's own voice where the sound has none.

const DUCKED = 10 ** (-6 / 20); // The sound is 6 dB softer under words, as in files that have them.
const JUMP_SEC = 1; // A clock that has gone farther than this between two pictures was set to another time.

class Captions {
  // setLevel(factor): makes the sound softer, 1 brings it back.
  constructor(line, setLevel) {
    this.line = line;
    this.setLevel = setLevel;
    this.load(null);
  }

  // captions: {list: [[onset, duration, what is said, what is shown if other], ...], language, speak}, or null.
  load(captions) {
    this.quiet();
    this.list = captions?.list ?? [];
    this.speaks = Boolean(captions?.speak && window.speechSynthesis);
    this.language = captions?.language ?? "";
    this.before = null;
    this.line.hidden = !this.list.length;
    this.line.lang = this.language;
    this.line.textContent = "";
  }

  show(time, playing, rate, volume) {
    if (!this.list.length) return;
    const now = this.list.findLast(([onset]) => onset <= time);
    const text = now && time < now[0] + now[1] ? (now[3] ?? now[2]) : "";
    if (this.line.textContent !== text) this.line.textContent = text;
    if (!this.speaks) return;
    if (!playing) {
      if (this.before !== null) this.quiet();
      this.before = null;
      return;
    }
    const from = this.before ?? time - 0.05;
    this.before = time;
    if (time < from || time - from > JUMP_SEC) {
      this.quiet();
      return;
    }
    const begun = this.list.findLast(([onset]) => onset > from && onset <= time);
    if (begun) this.say(begun[2], rate, volume);
  }

  say(text, rate, volume) {
    this.quiet();
    const words = new SpeechSynthesisUtterance(text);
    Object.assign(words, { lang: this.language, rate: Math.min(Math.max(rate, 0.5), 2), volume });
    words.onend = words.onerror = () => {
      if (this.words === words) this.finish();
    };
    this.words = words;
    this.setLevel(DUCKED);
    window.speechSynthesis.speak(words);
  }

  finish() {
    this.words = null;
    this.setLevel(1);
  }

  quiet() {
    if (!this.words) return;
    this.finish();
    window.speechSynthesis.cancel();
  }
}
