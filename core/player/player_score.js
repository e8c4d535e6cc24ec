// The engraved score, whole below the picture or as a view that scrolls: what sounds stands in a frame, a click on a note goes there.

const FRAME_PX = 5; // Between a note and the frame around it.
const FITS = 0.74; // A drawing may shrink so far before one with fewer bars a line is taken.
const EARLY_SEC = 0.001; // A seek may land a hair before the note that was meant.
const ABOVE_PX = 6; // Between the upper edge of a score that scrolls and the line that is shown.

class Score {
  constructor(element, seek, { signal, calm }) {
    this.element = element;
    this.paper = element.querySelector(".paper");
    this.frame = element.querySelector(".frame");
    this.calm = calm;
    this.drawings = [];
    this.drawing = null;
    this.isView = this.isOpen = false;
    this.line = null; // The line of what was marked last.
    this.notes = []; // The elements that are marked: what begins together, on one staff or two.
    this.time = null;
    this.pick = ""; // Names the score while a click selects a bar.
    this.picked = new Set(); // Numbers of bars, from 1; the pickup goes with the first.
    this.paper.addEventListener("click", (event) => {
      if (this.pick) {
        this.pickAt(event.clientX, event.clientY);
        return;
      }
      const time = this.timeAt(event.clientX, event.clientY);
      if (time !== null) seek(time);
    }, { signal });
    this.resizing = new ResizeObserver(() => this.fit());
    this.resizing.observe(element);
  }

  // drawings: [{width, url, or svg and notes: [[ids apart by spaces, onset, end], ...] by onset}]
  // isView: it is one of the player's views, shown while that is open, and scrolls within a bounded height.
  load(drawings, label, isView) {
    this.drawings = [...drawings].sort((a, b) => a.width - b.width);
    this.drawing = null;
    this.time = null;
    this.mark([]);
    this.paper.replaceChildren();
    this.line = null;
    this.isView = isView;
    this.element.classList.toggle("bounded", isView);
    this.element.scrollTop = 0;
    // What scrolls can be scrolled by keys.
    if (isView) this.element.tabIndex = 0;
    else this.element.removeAttribute("tabindex");
    this.paper.setAttribute("aria-label", label);
    this.open(this.isOpen);
    this.fit();
  }

  // Whether the view of this name is chosen; a score that is no view is always shown.
  open(isOpen) {
    this.isOpen = isOpen;
    this.element.hidden = !this.drawings.length || (this.isView && !isOpen);
    if (this.element.hidden) return;
    this.place();
    this.scrollToLine("instant");
  }

  fit() {
    const width = this.paper.clientWidth;
    if (!this.drawings.length || !width) return;
    const chosen = this.drawings.findLast((drawing) => drawing.width * FITS <= width) ?? this.drawings[0];
    if (chosen !== this.drawing) {
      if (chosen.svg === undefined) {
        this.bring(chosen);
        return;
      }
      this.mark([]);
      this.drawing = chosen;
      this.paper.innerHTML = chosen.svg; // Our own drawing, checked by core.music.engraving.
      this.showPicked();
      this.paper.firstElementChild.style.maxWidth = `${Math.round(chosen.width * 1.5)}px`;
    }
    this.show(this.time, false);
    this.place();
    this.scrollToLine("instant");
  }

  // Of several drawings only those are fetched that are shown.
  async bring(drawing) {
    if (drawing.coming) return;
    drawing.coming = true;
    try {
      Object.assign(drawing, JSON.parse(new TextDecoder().decode(await fetchFile(drawing.url, "This score"))));
    } catch (reason) {
      if (!this.drawings.includes(drawing)) return;
      this.mark([]);
      this.drawing = null;
      this.paper.textContent = reason.message;
      return;
    }
    if (this.drawings.includes(drawing)) this.fit();
  }

  show(time, playing) {
    this.time = time;
    if (!this.drawing) return;
    const { notes } = this.drawing;
    const at = time === null ? -1 : lastBegun(notes, time + EARLY_SEC);
    const sounds = at >= 0 && time < notes[at][2] - EARLY_SEC;
    const marked = sounds ? this.find(notes[at][0]) : [];
    if (marked[0] === this.notes[0]) return;
    // Whoever reads elsewhere on the page is left there; whoever sees the line that has ended is shown the next.
    const isNext = marked.length && this.line !== marked[0].closest(".system");
    const follows = playing && isNext && this.inView();
    this.mark(marked);
    const behavior = this.calm.matches ? "instant" : "smooth";
    if (this.isView) {
      if (isNext) this.scrollToLine(behavior);
    } else if (follows) this.frame.scrollIntoView({ block: "nearest", behavior });
  }

  // In a score that scrolls by itself the page stays where it is, and the line that is played is always shown.
  scrollToLine(behavior) {
    if (!this.isView || this.element.hidden || !this.line?.isConnected) return;
    const [line, sheet] = [this.line.getBoundingClientRect(), this.element.getBoundingClientRect()];
    if (line.top >= sheet.top && line.bottom <= sheet.bottom) return;
    this.element.scrollTo({ top: this.element.scrollTop + line.top - sheet.top - ABOVE_PX, behavior });
  }

  find(ids) {
    return ids.split(" ").map((id) => this.paper.querySelector(`[id="${id}"]`)).filter(Boolean);
  }

  mark(notes) {
    for (const note of this.notes) note.classList.remove("sounding");
    this.notes = notes;
    this.element.dataset.sounding = notes.map((note) => note.id).join(" ");
    this.frame.hidden = !notes.length;
    if (!notes.length) return;
    for (const note of notes) note.classList.add("sounding");
    this.line = notes[0].closest(".system");
    this.place();
  }

  place() {
    if (!this.notes.length) return;
    const ground = this.element.getBoundingClientRect();
    const heads = this.notes.map(headBox);
    const boxes = [...heads, ...staffBoxes(this.notes[0])];
    const left = Math.min(...heads.map((box) => box.left)) - FRAME_PX;
    const right = Math.max(...heads.map((box) => box.right)) + FRAME_PX;
    const top = Math.min(...boxes.map((box) => box.top)) - FRAME_PX;
    const bottom = Math.max(...boxes.map((box) => box.bottom)) + FRAME_PX;
    const { scrollLeft, scrollTop, clientTop } = this.element;
    Object.assign(this.frame.style, {
      left: `${left - ground.left + scrollLeft}px`, width: `${right - left}px`,
      top: `${top - ground.top - clientTop + scrollTop}px`, height: `${bottom - top}px`,
    });
  }

  // Whether the place of the last frame can be seen; hidden between two notes it still has its place.
  inView() {
    if (!this.line?.isConnected) return false;
    const box = this.line.getBoundingClientRect();
    return box.bottom > 0 && box.top < window.innerHeight;
  }

  // Onset of the note nearest to a place: first by line, then along it.
  timeAt(x, y) {
    if (!this.drawing) return null;
    let best = null;
    let least = Infinity;
    for (const [ids, onset] of this.drawing.notes) {
      const [note] = this.find(ids.split(" ", 1)[0]);
      if (!note) continue;
      const head = headBox(note);
      const staves = staffBoxes(note);
      const above = Math.max(0, staves[0].top - y, y - staves.at(-1).bottom);
      const distance = above * 1000 + Math.abs(x - (head.left + head.width / 2));
      if (distance < least) [best, least] = [onset, distance];
    }
    return best;
  }

  // While `pick` is not empty a click selects a bar or lets go of it, and all that are selected are told.
  pickBars(pick, hasPickup, tell) {
    this.hasPickup = hasPickup;
    this.tellPicked = tell;
    if (pick === this.pick) return;
    this.pick = pick;
    this.picked.clear();
    this.paper.classList.toggle("picking", Boolean(pick));
    this.showPicked();
  }

  pickAt(x, y) {
    const bars = [...this.paper.querySelectorAll(".measure")];
    const away = (bar) => {
      const box = bar.getBoundingClientRect();
      return Math.max(0, box.top - y, y - box.bottom) * 1000 + Math.max(0, box.left - x, x - box.right);
    };
    const nearest = bars.reduce((best, bar) => (best && away(best) <= away(bar) ? best : bar), null);
    if (!nearest) return;
    const number = this.numberOf(nearest, bars);
    if (!this.picked.delete(number)) this.picked.add(number);
    this.showPicked();
    this.tellPicked([...this.picked].sort((a, b) => a - b));
  }

  // A pickup is drawn as a bar and counts as the first one's.
  numberOf(bar, bars) {
    return Math.max(1, bars.indexOf(bar) + 1 - (this.hasPickup ? 1 : 0));
  }

  showPicked() {
    const bars = [...this.paper.querySelectorAll(".measure")];
    for (const bar of bars) bar.classList.toggle("picked", this.picked.has(this.numberOf(bar, bars)));
  }

  destroy() {
    this.resizing.disconnect();
  }
}

// The index of the last note that has begun, -1 before the first.
function lastBegun(notes, time) {
  let low = 0;
  let high = notes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (notes[middle][1] <= time) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

const headBox = (note) => (note.querySelector(".notehead") ?? note).getBoundingClientRect();

// The staves of the note's bar, from above. Of each the five lines; its own box would hold every ledger line and stem.
function staffBoxes(note) {
  const bar = note.closest(".measure") ?? note.closest(".staff")?.parentElement;
  const boxes = [...(bar?.querySelectorAll(".staff") ?? [])].flatMap((staff) => {
    const lines = [...staff.children].filter((part) => part.tagName === "path");
    if (!lines.length) return [];
    const [first, last] = [lines[0].getBoundingClientRect(), lines.at(-1).getBoundingClientRect()];
    return [{ top: Math.min(first.top, last.top), bottom: Math.max(first.bottom, last.bottom) }];
  });
  return boxes.length ? boxes : [headBox(note)];
}
