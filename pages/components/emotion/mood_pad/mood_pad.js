// The valence-arousal plane with its handles. Follows component_state.js in the same module.

const INSET = 20; // Pixels between the plane's edge and where a value is -1 or 1, so that a handle there is whole.
const REACH = 22; // From a handle's middle; half of its size in the style sheet.
const TAP_PX = 10; // A finger that moves further scrolls the page.
const KEY_STEP = 0.05;
const LONG_STEP = 0.25;
const KEYS_REST_MS = 350;

class MoodPad {
  constructor(root) {
    this.element = root.querySelector(".pad");
    this.plane = root.querySelector(".plane");
    this.map = root.querySelector(".map");
    this.told = root.querySelector(".told");
    this.listening = new AbortController();
    this.twoWay = new TwoWay(root, this.listening.signal);
    this.handles = { end: this.makeHandle("end"), start: this.makeHandle("start") };
    this.places = { start: [0, 0], end: null };
    this.data = null;
    this.drag = null;
    const on = (type, listener) => this.plane.addEventListener(type, listener, { signal: this.listening.signal });
    on("pointerdown", (event) => this.grab(event));
    on("pointermove", (event) => this.move(event));
    on("pointerup", (event) => this.release(event));
    on("pointercancel", (event) => this.cancel(event));
    this.resizing = new ResizeObserver(() => this.draw());
    this.resizing.observe(this.plane);
  }

  // A handle is two sliders that nobody sees: every screen reader knows how to move them, on phones too. The keys
  // move both ways from either, so only the first is a stop of the tab key.
  makeHandle(name) {
    const element = document.createElement("div");
    element.className = `handle ${name}`;
    element.hidden = true;
    const inputs = ["valence", "arousal"].map((axis, i) => {
      const input = document.createElement("input");
      Object.assign(input, { type: "range", min: "-1", max: "1", step: "0.01", tabIndex: i ? -1 : 0 });
      input.setAttribute("aria-roledescription", "slider in two directions");
      if (i) input.setAttribute("aria-orientation", "vertical");
      const options = { signal: this.listening.signal };
      input.addEventListener("keydown", (event) => this.key(event, name, i), options);
      input.addEventListener("input", () => {
        const place = [...this.places[name]];
        place[i] = Number(input.value);
        this.put(name, place);
        this.changed(KEYS_REST_MS);
      }, options);
      element.append(input);
      return input;
    });
    this.plane.append(element);
    return { element, inputs };
  }

  update(data, setStateValue) {
    this.data = data;
    const { start, end } = data;
    if (this.twoWay.receive(data, { start, end }, setStateValue) || !data.editable) {
      this.places = { start, end };
      this.drag = null;
    }
    this.places.end ??= end;
    this.element.hidden = false;
    this.element.style.setProperty("--height", `${data.height}px`);
    this.element.classList.toggle("editable", data.editable);
    this.tint();
    this.draw();
  }

  // The quarters have the colors of the charts: warm where arousal is high, cool where it is low.
  tint() {
    const colors = getComputedStyle(this.element)
      .getPropertyValue("--st-chart-categorical-colors")
      .split(/,(?![^(]*\))/)
      .map((color) => color.trim());
    [1, 3, 2, 0].forEach((color, quarter) => {
      this.element.style.setProperty(`--q${quarter + 1}`, colors[color] || "transparent");
    });
  }

  get shown() {
    return this.data.moving && this.places.end ? ["start", "end"] : ["start"];
  }

  // Places

  toXY([valence, arousal]) {
    const { clientWidth: width, clientHeight: height } = this.plane;
    return [
      INSET + ((valence + 1) / 2) * (width - 2 * INSET),
      INSET + ((1 - arousal) / 2) * (height - 2 * INSET),
    ];
  }

  toPlace(x, y) {
    const { clientWidth: width, clientHeight: height } = this.plane;
    const valence = ((x - INSET) / Math.max(1, width - 2 * INSET)) * 2 - 1;
    const arousal = 1 - ((y - INSET) / Math.max(1, height - 2 * INSET)) * 2;
    return [rounded(valence), rounded(arousal)];
  }

  under(event) {
    const box = this.plane.getBoundingClientRect();
    return [event.clientX - box.left - this.plane.clientLeft, event.clientY - box.top - this.plane.clientTop];
  }

  put(name, place) {
    this.places[name] = place.map(rounded);
    this.draw();
  }

  changed(afterMs) {
    this.twoWay.change({ start: this.places.start, end: this.places.end }, afterMs);
  }

  // Pointers

  grab(event) {
    if (event.button !== 0 || this.drag || !this.data?.editable) return;
    const [x, y] = this.under(event);
    const away = (name) => {
      const [hx, hy] = this.toXY(this.places[name]);
      return Math.hypot(hx - x, hy - y);
    };
    // Where both are as near, the end goes: the start is where the piece begins, and stays.
    const name = this.shown.reduce((best, other) => (away(other) <= away(best) ? other : best));
    const onHandle = away(name) <= REACH; // Where it stands, not where it may still be gliding.
    const [hx, hy] = this.toXY(this.places[name]);
    this.drag = {
      id: event.pointerId,
      name,
      from: [x, y],
      // A handle that is taken beside its middle does not jump.
      off: onHandle ? [hx - x, hy - y] : [0, 0],
      before: this.places[name],
      // A finger on the plane may want to scroll; it sets the mood only when it is a tap.
      tap: event.pointerType === "touch" && !onHandle,
    };
    if (this.drag.tap) return;
    event.preventDefault(); // No text is selected; and the focus goes where it belongs.
    this.handles[name].inputs[0].focus({ preventScroll: true });
    this.plane.setPointerCapture(event.pointerId);
    this.element.classList.add("dragging");
    if (!onHandle) this.put(name, this.toPlace(x, y));
  }

  move(event) {
    const drag = this.drag;
    if (drag?.id !== event.pointerId) return;
    const [x, y] = this.under(event);
    if (!drag.tap) this.put(drag.name, this.toPlace(x + drag.off[0], y + drag.off[1]));
    else if (Math.hypot(x - drag.from[0], y - drag.from[1]) > TAP_PX) this.drag = null;
  }

  release(event) {
    const drag = this.drag;
    if (drag?.id !== event.pointerId) return;
    if (drag.tap) this.put(drag.name, this.toPlace(...this.under(event)));
    this.drag = null;
    this.element.classList.remove("dragging");
    this.changed(0);
  }

  cancel(event) {
    const drag = this.drag;
    if (drag?.id !== event.pointerId) return;
    this.drag = null;
    this.element.classList.remove("dragging");
    this.put(drag.name, drag.before);
  }

  key(event, name, axis) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const place = [...this.places[name]];
    const step = event.shiftKey ? LONG_STEP : KEY_STEP;
    const go = {
      ArrowLeft: [0, -step], ArrowRight: [0, step], ArrowDown: [1, -step], ArrowUp: [1, step],
      PageDown: [axis, -LONG_STEP], PageUp: [axis, LONG_STEP], Home: [axis, -2], End: [axis, 2],
    }[event.key];
    if (!go) return;
    event.preventDefault();
    event.stopPropagation();
    place[go[0]] += go[1];
    this.put(name, place);
    this.changed(KEYS_REST_MS);
  }

  // Drawing

  draw() {
    const { clientWidth: width, clientHeight: height } = this.plane;
    if (!this.data || !width || !height) return;
    this.map.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.map.replaceChildren(...this.grid(width, height), ...this.way(), ...this.names(), ...this.measurement());
    for (const name of ["start", "end"]) this.placeHandle(name);
    this.tell();
  }

  grid(width, height) {
    const [x, y] = this.toXY([0, 0]);
    const line = (x1, y1, x2, y2) => svgElement("line", { x1, y1, x2, y2, class: "rule" });
    return [line(x, 0, x, height), line(0, y, width, y)];
  }

  // A name that would lie under a handle moves down.
  names() {
    const handles = this.shown.map((name) => this.toXY(this.places[name]));
    return this.data.moods.flatMap(([name, valence, arousal]) => {
      const [x, y] = this.toXY([valence, arousal]);
      const under = handles.find(([hx, hy]) => Math.abs(hx - x) < 30 && Math.abs(hy - y - 6) < 20);
      const below = under ? under[1] - y + 28 : 17;
      return [
        svgElement("circle", { cx: x, cy: y, r: 2.5, class: "dot" }),
        svgElement("text", { x, y: y + below, class: "name" }, name),
      ];
    });
  }

  // The line from start to end and its head, which touches the end's ring.
  way() {
    if (this.shown.length < 2) return [];
    const [x1, y1] = this.toXY(this.places.start);
    const [x2, y2] = this.toXY(this.places.end);
    const length = Math.hypot(x2 - x1, y2 - y1);
    if (length < 34) return [];
    const [ux, uy] = [(x2 - x1) / length, (y2 - y1) / length];
    const [tx, ty] = [x2 - 14 * ux, y2 - 14 * uy];
    const corner = (side) => `${tx - 11 * ux - side * 6 * uy},${ty - 11 * uy + side * 6 * ux}`;
    return [
      svgElement("line", { x1, y1, x2: tx - 9 * ux, y2: ty - 9 * uy, class: "way" }),
      svgElement("polygon", { points: `${tx},${ty} ${corner(1)} ${corner(-1)}`, class: "head" }),
    ];
  }

  measurement() {
    const points = this.data.measured.map(([, ...mood]) => this.toXY(mood));
    if (!points.length) return [];
    const diamond = ([x, y], kind) =>
      svgElement("polygon", { points: `${x},${y - 8} ${x + 8},${y} ${x},${y + 8} ${x - 8},${y}`, class: `diamond ${kind}` });
    const last = diamond(points.at(-1), "filled");
    if (points.length === 1) return [last];
    const line = svgElement("polyline", { points: points.map((point) => point.join()).join(" "), class: "measured" });
    return [line, diamond(points[0], "open"), last];
  }

  placeHandle(name) {
    const { element, inputs } = this.handles[name];
    element.hidden = !this.shown.includes(name);
    if (element.hidden) return;
    const place = this.places[name];
    const [x, y] = this.toXY(place);
    element.style.transform = `translate(${x}px, ${y}px)`;
    const which = this.shown.length > 1 ? { start: "start", end: "end" }[name] : "";
    inputs.forEach((input, i) => {
      input.value = String(place[i]);
      input.hidden = !this.data.editable;
      const axis = i ? "calm to excited" : "unpleasant to pleasant";
      input.setAttribute("aria-label", [this.data.label, which, axis].filter(Boolean).join(", "));
      input.setAttribute("aria-valuetext", `${this.nearest(place)}, pleasantness ${signed(place[0])}, energy ${signed(place[1])}`);
    });
  }

  // In words below the plane, which are also the description of a pad that cannot be changed.
  tell() {
    const inWords = (place) => `${this.nearest(place)} (${signed(place[0])}, ${signed(place[1])})`;
    const { start, end } = this.places;
    const rows = [["set", this.shown.length > 1 ? `from ${inWords(start)} to ${inWords(end)}` : inWords(start)]];
    const measured = this.data.measured.map(([, ...mood]) => mood);
    if (measured.length) {
      // Names only: the figures are those of the whole piece, below.
      const [first, last] = [measured[0], measured.at(-1)].map((place) => this.nearest(place));
      rows.push(["found", first === last ? `rated: ${first}` : `rated: from ${first} to ${last}`]);
    }
    this.told.replaceChildren(
      ...rows.map(([kind, text]) => {
        const item = document.createElement("li");
        item.className = kind;
        item.textContent = text;
        return item;
      }),
    );
    this.element.setAttribute("aria-label", `${this.data.label}: pleasantness and energy`);
  }

  nearest([valence, arousal]) {
    let best = ["", Infinity];
    for (const [name, v, a] of this.data.moods) {
      const away = Math.hypot(v - valence, a - arousal);
      if (away < best[1]) best = [name, away];
    }
    return best[0];
  }

  destroy() {
    this.listening.abort();
    this.resizing.disconnect();
    this.twoWay.destroy();
    for (const { element } of Object.values(this.handles)) element.remove();
  }
}

function rounded(value) {
  return Math.round(Math.min(1, Math.max(-1, value)) * 100) / 100 + 0; // Plus 0: no "-0".
}

function signed(value) {
  return value.toFixed(2).replace("-", "−");
}

export default kept(".pad", (root) => new MoodPad(root));
