// The second playhead: a line over a plotly chart that lives elsewhere on the page and comes and goes as it likes.

const CHART_LOOK_MS = 400; // How often a missing, zoomed or redrawn chart is looked for while nothing plays.

// y at `at` on the line through the points (from[i], to[i]); `from` never falls.
function interpolate(at, from, to) {
  const last = from.length - 1;
  if (at <= from[0]) return to[0];
  if (at >= from[last]) return to[last];
  let low = 0;
  let high = last;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (from[middle] <= at) low = middle;
    else high = middle;
  }
  const share = (at - from[low]) / (from[high] - from[low] || 1);
  return to[low] + share * (to[high] - to[low]);
}

// The first time at which the map passes closest to x. Seldom called, so it may look at everything.
function invert(x, times, places) {
  let best = times[0];
  let distance = Math.abs(places[0] - x);
  for (let i = 1; i < places.length; i++) {
    const [a, b] = [places[i - 1], places[i]];
    const share = a === b ? 0 : Math.min(1, Math.max(0, (x - a) / (b - a)));
    const off = Math.abs(a + share * (b - a) - x);
    if (off < distance - 1e-9) {
      distance = off;
      best = times[i - 1] + share * (times[i] - times[i - 1]);
    }
  }
  return best;
}

class ChartPlayhead {
  constructor(link, seek) {
    this.link = link;
    this.seek = seek;
    this.plot = null;
    this.emitter = null;
    this.time = null;
    this.theme = null;
    this.line = document.createElement("div");
    this.line.className = "sonoscope-chart-playhead";
    this.line.setAttribute("aria-hidden", "true");
    Object.assign(this.line.style, {
      position: "absolute", left: "0", width: "2px", marginLeft: "-1px", pointerEvents: "none", zIndex: "2", display: "none",
    });
    this.onClick = (event) => this.clicked(event);
    this.onDrawn = () => this.place();
    this.timer = setInterval(() => this.place(), CHART_LOOK_MS);
  }

  show(time, theme) {
    this.time = time;
    this.theme = theme;
    this.place();
  }

  // Plotly keeps its event emitter on the plot and throws it away when it starts afresh.
  find() {
    if (!this.plot?.isConnected) {
      this.leave();
      this.plot = document.querySelector(this.link.selector);
    }
    const plot = this.plot;
    if (!plot?._fullLayout || typeof plot.on !== "function") return null;
    if (plot._ev !== this.emitter) {
      this.emitter = plot._ev;
      plot.on("plotly_click", this.onClick);
      plot.on("plotly_afterplot", this.onDrawn);
      plot.on("plotly_relayout", this.onDrawn);
    }
    const paper = plot.querySelector(".svg-container") ?? plot;
    if (this.line.parentNode !== paper) {
      if (getComputedStyle(paper).position === "static") paper.style.position = "relative";
      paper.append(this.line);
    }
    return plot;
  }

  axis(plot) {
    const axis = plot._fullLayout[this.link.axis];
    return axis && typeof axis.l2p === "function" && axis._length > 0 ? axis : null;
  }

  place() {
    const plot = this.find();
    const axis = plot && this.axis(plot);
    const x = axis && this.time !== null ? interpolate(this.time, this.link.t, this.link.x) : null;
    // Linear coordinates are numbers, and milliseconds since 1970 on a date axis; only a logarithm differs.
    const pixel = x === null ? NaN : axis.type === "log" ? axis.d2p(x) : axis.l2p(x);
    const inside = pixel >= -0.5 && pixel <= (axis?._length ?? 0) + 0.5;
    const style = this.line.style;
    style.display = inside ? "block" : "none";
    if (!inside) return;
    const size = plot._fullLayout._size;
    style.top = `${size.t}px`;
    style.height = `${size.h}px`;
    style.background = this.theme.ink;
    style.boxShadow = `0 0 0 1px ${this.theme.ground}`;
    style.transform = `translateX(${axis._offset + pixel}px)`;
  }

  clicked(event) {
    const point = event?.points?.[0];
    const axis = this.plot && this.axis(this.plot);
    if (!point || !axis) return;
    const x = typeof point.x === "number" ? point.x : axis.d2c(point.x);
    if (Number.isFinite(x)) this.seek(invert(x, this.link.t, this.link.x));
  }

  leave() {
    if (this.plot && this.emitter && this.plot._ev === this.emitter) {
      this.plot.removeListener("plotly_click", this.onClick);
      this.plot.removeListener("plotly_afterplot", this.onDrawn);
      this.plot.removeListener("plotly_relayout", this.onDrawn);
    }
    this.emitter = null;
    this.plot = null;
    this.line.remove();
  }

  destroy() {
    clearInterval(this.timer);
    this.leave();
  }
}
