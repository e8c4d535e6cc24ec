// Ten entries in ten places. Follows component_state.js in the same module.

const REST_MS = 500; // Keys and buttons come in bursts; the page is told once they rest.
const GRIP = '<svg viewBox="0 0 10 14" aria-hidden="true"><circle cx="2.5" cy="2.5" r="1.4"/><circle cx="7.5" cy="2.5" r="1.4"/><circle cx="2.5" cy="7" r="1.4"/><circle cx="7.5" cy="7" r="1.4"/><circle cx="2.5" cy="11.5" r="1.4"/><circle cx="7.5" cy="11.5" r="1.4"/></svg>';
const UP = '<svg viewBox="0 0 12 12" aria-hidden="true"><path d="M2.5 7.5 6 4l3.5 3.5"/></svg>';
const DOWN = '<svg viewBox="0 0 12 12" aria-hidden="true"><path d="M2.5 4.5 6 8l3.5-3.5"/></svg>';

class OrderList {
  constructor(root) {
    this.root = root;
    this.element = root.querySelector(".order");
    this.slots = root.querySelector(".slots");
    this.list = root.querySelector(".chips");
    this.said = root.querySelector(".said");
    this.listening = new AbortController();
    this.twoWay = new TwoWay(root, this.listening.signal);
    this.order = [];
    this.chips = new Map(); // Entry -> its element
    this.drag = null;
  }

  update(data, setStateValue) {
    const names = JSON.stringify([data.slots, data.items]);
    const fresh = this.twoWay.receive(data, { order: data.order }, setStateValue);
    if (fresh) {
      this.order = [...data.order];
      this.drag = null;
    }
    if (names !== this.names) this.make(data);
    this.names = names;
    this.data = data;
    this.element.hidden = false;
    this.element.setAttribute("aria-label", data.label);
    this.draw();
    if (fresh) this.sort();
  }

  make({ slots, items }) {
    this.element.style.setProperty("--n", slots.length);
    this.slots.replaceChildren(...slots.map((name) => {
      const slot = document.createElement("div");
      slot.className = "slot";
      slot.textContent = name;
      return slot;
    }));
    this.chips = new Map(items.map((name, item) => [item, this.makeChip(name, item)]));
    this.list.replaceChildren(...this.order.map((item) => this.chips.get(item)));
  }

  makeChip(name, item) {
    const chip = document.createElement("div");
    chip.className = "chip";
    chip.setAttribute("role", "listitem");
    chip.innerHTML = `<button type="button" class="grip" aria-describedby="order-keys">${GRIP}<span></span></button>
      <button type="button" class="step up" tabindex="-1">${UP}</button><button type="button" class="step down" tabindex="-1">${DOWN}</button>`;
    chip.querySelector("span").textContent = name;
    chip.title = name;
    const on = listener(this.listening.signal);
    const grip = chip.querySelector(".grip");
    on(grip, "pointerdown", (event) => this.grab(event, item));
    on(grip, "pointermove", (event) => this.move(event));
    for (const type of ["pointerup", "pointercancel"]) on(grip, type, (event) => this.drop(event));
    on(grip, "keydown", (event) => this.key(event, item));
    on(chip.querySelector(".up"), "click", () => this.step(item, -1));
    on(chip.querySelector(".down"), "click", () => this.step(item, 1));
    return chip;
  }

  get rowPx() {
    return this.list.parentElement.clientHeight / Math.max(1, this.order.length);
  }

  draw() {
    const { items, slots } = this.data;
    this.order.forEach((item, place) => {
      const chip = this.chips.get(item);
      const held = this.drag?.item === item;
      chip.classList.toggle("held", held);
      chip.style.transform = `translateY(${held ? this.drag.y : place * this.rowPx}px)`;
      chip.querySelector(".grip").setAttribute("aria-label", `${items[item]} drives ${slots[place]}, place ${place + 1} of ${slots.length}`);
      for (const [way, last] of [["up", 0], ["down", slots.length - 1]]) {
        const button = chip.querySelector(`.${way}`);
        button.setAttribute("aria-label", `Move ${items[item]} ${way}`);
        button.disabled = place === last;
      }
    });
  }

  // The tab key goes through the list as it is seen. Moving an element takes the focus from it.
  sort() {
    const focused = this.root.activeElement;
    for (const item of this.order) this.list.append(this.chips.get(item));
    if (focused && this.root.activeElement !== focused) focused.focus();
  }

  place(item, to) {
    const from = this.order.indexOf(item);
    const place = Math.min(this.order.length - 1, Math.max(0, to));
    if (place === from) return false;
    this.order.splice(from, 1);
    this.order.splice(place, 0, item);
    return true;
  }

  step(item, by) {
    if (this.place(item, this.order.indexOf(item) + by)) this.changed(item, REST_MS);
  }

  changed(item, afterMs) {
    const { items, slots } = this.data;
    this.draw();
    this.sort();
    this.said.textContent = `${items[item]} now drives ${slots[this.order.indexOf(item)]}.`;
    this.twoWay.change({ order: [...this.order] }, afterMs);
  }

  key(event, item) {
    const at = this.order.indexOf(item);
    const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: this.order.length - 1 }[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    if (this.place(item, to)) this.changed(item, REST_MS);
  }

  grab(event, item) {
    if (event.button !== 0 || this.drag) return;
    const y = this.order.indexOf(item) * this.rowPx;
    this.drag = { id: event.pointerId, item, y, off: y - event.clientY, before: [...this.order], moved: false };
    event.currentTarget.setPointerCapture(event.pointerId);
    this.draw();
  }

  move(event) {
    if (this.drag?.id !== event.pointerId) return;
    const most = (this.order.length - 1) * this.rowPx;
    this.drag.y = Math.min(most, Math.max(0, event.clientY + this.drag.off));
    this.place(this.drag.item, Math.round(this.drag.y / this.rowPx));
    this.draw();
  }

  drop(event) {
    if (this.drag?.id !== event.pointerId) return;
    const { item, before } = this.drag;
    this.drag = null;
    if (event.type === "pointercancel") this.order = before;
    if (this.order.some((value, i) => value !== before[i])) this.changed(item, 0);
    else this.draw();
  }

  destroy() {
    this.listening.abort();
    this.twoWay.destroy();
  }
}

export default kept(".order", (root) => new OrderList(root));
