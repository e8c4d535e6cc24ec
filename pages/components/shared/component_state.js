// The browser's half of a value that the visitor changes here and that the page may replace.

class TwoWay {
  // root: the shadow root; outside of it the visitor is done with the component.
  constructor(root, signal) {
    this.version = null;
    this.turn = 0;
    this.send = () => {};
    this.waiting = null;
    this.timer = 0;
    this.known = "";
    // Somebody who goes on to a button of the page means it with what was done here.
    window.addEventListener("pointerdown", (event) => {
      if (!event.composedPath().includes(root)) this.flush();
    }, { signal, capture: true });
    root.addEventListener("focusout", (event) => {
      if (!root.contains(event.relatedTarget)) this.flush();
    }, { signal });
  }

  // Whether the page has something new, which is then to be shown: a new version, or, where this component has
  // been drawn anew, what the visitor did before. An older turn is what was shown before the last move.
  receive({ version, turn }, value, setStateValue) {
    this.send = (sent) => setStateValue("value", sent);
    if (version === this.version && turn <= this.turn) return false;
    clearTimeout(this.timer);
    this.waiting = null;
    this.version = version;
    this.turn = turn;
    this.known = JSON.stringify(value);
    return true;
  }

  // Tells the page once nothing has changed for a while; what it knows already is not told.
  change(value, afterMs) {
    this.waiting = value;
    clearTimeout(this.timer);
    if (afterMs) this.timer = setTimeout(() => this.flush(), afterMs);
    else this.flush();
  }

  flush() {
    clearTimeout(this.timer);
    const value = this.waiting;
    this.waiting = null;
    if (value === null || JSON.stringify(value) === this.known) return;
    this.known = JSON.stringify(value);
    this.send({ version: this.version, turn: ++this.turn, ...value });
  }

  destroy() {
    clearTimeout(this.timer);
  }
}
