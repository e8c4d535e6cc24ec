// Lines over plotly charts that follow the sound of the scenes. Follows component_state.js and player_chart.js.

const LOOK_MS = 500;

class Playheads {
  constructor(root) {
    this.element = root.querySelector(".follows");
    this.links = "";
    this.heads = [];
    this.timer = setInterval(() => this.wake(), LOOK_MS);
  }

  update(data) {
    const links = JSON.stringify(data.links);
    this.seconds = data.seconds;
    if (data.follows !== this.follows) this.player = null;
    this.follows = data.follows;
    if (links === this.links) return;
    this.links = links;
    this.clear();
    this.heads = data.links.map((link) => new ChartPlayhead(link, (time) => this.seek(time)));
    this.wake();
  }

  // What plays stands in a shadow root below its container, which Streamlit may write anew at any time.
  find() {
    if (this.player?.isConnected) return this.player;
    this.player = null;
    for (const element of document.querySelectorAll(`${this.follows}, ${this.follows} *`)) {
      this.player = element.shadowRoot?.querySelector("[data-time]") ?? null;
      if (this.player) break;
    }
    return this.player;
  }

  // While the picture is out of sight it draws nothing and its written time stands still, but its sound goes on. Its
  // own clock is asked then; without one the time is carried on from what was written last.
  get time() {
    const player = this.find();
    if (!player) return null;
    const now = performance.now();
    const written = Number(player.dataset.time);
    if (written !== this.last?.written || !this.playing) this.last = { written, now };
    const own = player.__scenes?.component?.sound?.heard?.();
    const time = Number.isFinite(own) ? own : written + (now - this.last.now) / 1000;
    return Number.isFinite(time) ? Math.min(this.seconds, Math.max(0, time)) : null;
  }

  get playing() {
    return this.player?.classList.contains("playing") ?? false;
  }

  wake() {
    if (!this.frame) this.frame = requestAnimationFrame(() => this.tick());
  }

  tick() {
    this.frame = 0;
    const { time } = this;
    if (time === null) return;
    const style = getComputedStyle(this.element);
    const theme = { ink: style.getPropertyValue("--st-text-color"), ground: style.getPropertyValue("--st-background-color") };
    for (const head of this.heads) head.show(time, theme);
    this.element.dataset.time = time.toFixed(3);
    if (this.playing && document.visibilityState !== "hidden") this.wake();
  }

  seek(time) {
    const slider = this.find()?.querySelector('[data-do="seek"]');
    if (!slider) return;
    slider.value = time;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    this.wake();
  }

  clear() {
    for (const head of this.heads) head.destroy();
    this.heads = [];
  }

  destroy() {
    clearInterval(this.timer);
    cancelAnimationFrame(this.frame);
    this.clear();
  }
}

export default kept(".follows", (root) => new Playheads(root));
