// Drawings: pictures as SVG that stand in the page already, the way of the playhead over them, and what lights up.

const ROUNDED_SEC = 0.0001; // To which times of marks are given.
const SCROLL_MARGIN_PX = 12; // Between the upper edge of a drawing that scrolls and the line that is played.

class Drawings {
  // drawings: {view: [{element, width, height, segments, marks, dots, panels}]}. The element holds the SVG; of a view's drawings, made for
  // several widths, the page's style sheet shows one. segments: [[begin, end, x, x, top, bottom]] and marks: [[onset, end, x,
  // y, width, height, voice]], both in order of time, in seconds and in pixels of the drawing. dots: whether marks are dots. panels: [[top,
  // bottom]] that the playhead runs over, where it spares what is between them.
  constructor(picture, drawings) {
    this.picture = picture;
    this.drawings = drawings;
    this.shown = null;
    this.lit = "";
    for (const drawing of Object.values(drawings).flat()) {
      picture.append(drawing.element);
      drawing.overlay = svgElement("svg", { viewBox: `0 0 ${drawing.width} ${drawing.height}`, class: "overlay", "aria-hidden": "true" });
      drawing.element.append(drawing.overlay);
      drawing.longest = drawing.marks.reduce((most, [onset, end]) => Math.max(most, end - onset), 0);
    }
  }

  has(view) {
    return Object.hasOwn(this.drawings, view);
  }

  // Shows those of a view, or none. Of them the style sheet decides which is seen.
  open(view) {
    this.sizes = this.drawings[view] ?? [];
    for (const drawing of Object.values(this.drawings).flat()) drawing.element.classList.toggle("away", !this.sizes.includes(drawing));
    this.fit();
  }

  fit() {
    this.shown = this.sizes.find((drawing) => drawing.element.clientWidth) ?? null;
    this.scale = this.shown ? this.shown.element.clientWidth / this.shown.width : 1;
    this.line = null;
    this.lit = "";
  }

  // Moves the playhead to a time and lights up what sounds then.
  show(time, playhead, theme, isTouched) {
    if (!this.shown) return;
    const at = Math.max(0, countUntil(this.shown.segments, time) - 1);
    const segment = this.shown.segments[at];
    playhead.hidden = !segment;
    if (segment) {
      const [begin, end, from, to, top, bottom] = segment;
      const share = end > begin ? Math.min(1, Math.max(0, (time - begin) / (end - begin))) : 0;
      const x = (from + share * (to - from)) * this.scale;
      playhead.style.transform = `translate(${x}px, ${top * this.scale}px)`;
      if (this.line !== `${top} ${bottom}`) {
        this.line = `${top} ${bottom}`;
        playhead.style.height = `${(bottom - top) * this.scale}px`;
        playhead.style.clipPath = this.clip(top);
        if (isTouched) this.scrollTo(top * this.scale, bottom * this.scale);
      }
    }
    this.light(isTouched ? time : null, theme);
  }

  clip(top) {
    const spans = this.shown.panels.map((panel) => panel.map((y) => (y - top) * this.scale));
    return spans.length < 2 ? "" : `path("${spans.map(([from, to]) => `M-6 ${from}H8V${to}H-6Z`).join("")}")`;
  }

  scrollTo(top, bottom) {
    const { scrollTop, clientHeight } = this.picture;
    if (top >= scrollTop && bottom <= scrollTop + clientHeight) return;
    this.picture.scrollTop = top - SCROLL_MARGIN_PX;
  }

  light(time, theme) {
    const { marks, dots, longest, overlay } = this.shown;
    const sounding = [];
    if (time !== null) {
      const t = time + ROUNDED_SEC; // A step goes to where a note begins, whose mark may have been rounded up.
      let i = countUntil(marks, t) - 1;
      for (; i >= 0 && marks[i][0] > t - longest - 0.001; i--) if (marks[i][1] > t) sounding.push(i);
    }
    const lit = sounding.join();
    if (lit === this.lit) return;
    this.lit = lit;
    overlay.replaceChildren(...sounding.map((i) => markShape(marks[i], dots, theme)));
  }

  // The time at a place of the window: on the nearest line, the nearest place.
  timeAt(clientX, clientY) {
    if (!this.shown) return 0;
    const box = this.shown.element.getBoundingClientRect();
    const x = (clientX - box.left) / this.scale;
    const y = (clientY - box.top) / this.scale;
    let best = 0;
    let least = Infinity;
    for (const [begin, end, from, to, top, bottom] of this.shown.segments) {
      const share = from === to ? 0 : Math.min(1, Math.max(0, (x - from) / (to - from)));
      const off = Math.max(0, top - y, y - bottom) * 1000 + Math.abs(x - (from + share * (to - from)));
      if (off < least - 1e-9) [best, least] = [begin + share * (end - begin), off];
    }
    return best;
  }
}

// A dot gets a ring, a note a frame.
function markShape([, , x, y, width, height, voice], isDot, theme) {
  const look = { fill: voiceColor(theme, voice), stroke: theme.ink, "stroke-width": 2 };
  if (isDot) {
    return svgElement("circle", { ...look, cx: x + width / 2, cy: y + height / 2, r: Math.max(5, width) });
  }
  return svgElement("rect", { ...look, "fill-opacity": 0.35, x: x - 1, y: y - 1, width: Math.max(3, width) + 2, height: height + 2, rx: 3 });
}
