// The engraved score under the picture: the note that sounds stands in a frame, and a click on a note goes there.

const FRAME_PX = 5; // Between a note and the frame around it.
const FITS = 0.74; // A drawing may shrink so far before one with fewer bars a line is taken.
const EARLY_SEC = 0.001; // A seek may land a hair before the note that was meant.

class Score {
  constructor(element, seek, { signal, calm }) {
    this.element = element;
    this.paper = element.querySelector(".paper");
    this.frame = element.querySelector(".frame");
    this.calm = calm;
    this.drawings = [];
    this.drawing = null;
    this.note = null; // The element that is marked.
    this.time = null;
    this.paper.addEventListener("click", (event) => {
      const time = this.timeAt(event.clientX, event.clientY);
      if (time !== null) seek(time);
    }, { signal });
    this.resizing = new ResizeObserver(() => this.fit());
    this.resizing.observe(element);
  }

  // drawings: [{width, url or svg, notes: [[id, onset, end], ...] by onset}]
  load(drawings, label) {
    this.drawings = [...drawings].sort((a, b) => a.width - b.width);
    this.drawing = null;
    this.time = null;
    this.mark(null);
    this.paper.replaceChildren();
    this.element.hidden = !drawings.length;
    this.paper.setAttribute("aria-label", label);
    this.fit();
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
      this.mark(null);
      this.drawing = chosen;
      this.paper.innerHTML = chosen.svg; // Our own drawing, checked by core.music.engraving.
      this.paper.firstElementChild.style.maxWidth = `${Math.round(chosen.width * 1.5)}px`;
    }
    this.show(this.time, false);
    this.place();
  }

  // Of several drawings only those are fetched that are shown.
  async bring(drawing) {
    if (drawing.coming) return;
    drawing.coming = true;
    try {
      drawing.svg = new TextDecoder().decode(await fetchFile(drawing.url, "This score"));
    } catch (reason) {
      if (!this.drawings.includes(drawing)) return;
      this.mark(null);
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
    const note = sounds ? this.paper.querySelector(`[id="${notes[at][0]}"]`) : null;
    if (note === this.note) return;
    // Whoever reads elsewhere on the page is left there; whoever sees the line that has ended is shown the next.
    const follows = playing && note && this.inView() && this.line !== note.closest(".system");
    this.mark(note);
    if (follows) this.frame.scrollIntoView({ block: "nearest", behavior: this.calm.matches ? "auto" : "smooth" });
  }

  mark(note) {
    this.note?.classList.remove("sounding");
    this.note = note;
    this.element.dataset.sounding = note?.id ?? "";
    this.frame.hidden = !note;
    if (!note) return;
    note.classList.add("sounding");
    this.line = note.closest(".system");
    this.place();
  }

  place() {
    if (!this.note) return;
    const ground = this.element.getBoundingClientRect();
    const [head, staff] = [headBox(this.note), staffBox(this.note)];
    const top = Math.min(head.top, staff.top) - FRAME_PX;
    const bottom = Math.max(head.bottom, staff.bottom) + FRAME_PX;
    Object.assign(this.frame.style, {
      left: `${head.left - FRAME_PX - ground.left}px`, width: `${head.width + 2 * FRAME_PX}px`,
      top: `${top - ground.top}px`, height: `${bottom - top}px`,
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
    for (const [id, onset] of this.drawing.notes) {
      const note = this.paper.querySelector(`[id="${id}"]`);
      if (!note) continue;
      const [head, staff] = [headBox(note), staffBox(note)];
      const above = Math.max(0, staff.top - y, y - staff.bottom);
      const distance = above * 1000 + Math.abs(x - (head.left + head.width / 2));
      if (distance < least) [best, least] = [onset, distance];
    }
    return best;
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

// The five lines; a staff's own box would hold every ledger line and stem.
function staffBox(note) {
  const lines = [...(note.closest(".staff")?.children ?? [])].filter((part) => part.tagName === "path");
  if (!lines.length) return headBox(note);
  const boxes = [lines[0].getBoundingClientRect(), lines.at(-1).getBoundingClientRect()];
  return { top: Math.min(boxes[0].top, boxes[1].top), bottom: Math.max(boxes[0].bottom, boxes[1].bottom) };
}
