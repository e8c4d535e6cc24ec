// One button a join. The player of the page plays it: a window event says from where to where. The button of the join that
// plays is pressed, and stops it; it is released when the player stops or goes elsewhere.

const PLAY = "M8.5 5.6v12.8a.9.9 0 0 0 1.37.77l10.3-6.4a.9.9 0 0 0 0-1.54l-10.3-6.4a.9.9 0 0 0-1.37.77z";
const STOP = "M7 6h10a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H7a1 1 0 0 1-1-1V7a1 1 0 0 1 1-1z";
const LOOK_MS = 150;
const START_MS = 2000; // The sound may have to be fetched before it plays.
const SPARE_SEC = 2; // With reduced motion the written time moves in steps.

class JoinButtons {
  constructor(root) {
    this.element = root.querySelector(".joins");
    this.known = "";
  }

  update(data) {
    const known = JSON.stringify(data);
    if (known === this.known) return;
    this.known = known;
    this.mark(null);
    this.element.setAttribute("aria-label", data.label);
    this.element.replaceChildren(...data.joins.map((join) => this.button(join, data.player)));
    this.element.hidden = false;
  }

  button({ from, to, text, good }, player) {
    const button = document.createElement("button");
    button.type = "button";
    button.classList.toggle("beyond", !good);
    const icon = svgElement("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" });
    icon.append(svgElement("path", { d: PLAY }));
    button.append(icon, text); // A string becomes a text node, whatever is in it.
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => {
      if (this.pressed === button) {
        const sounding = this.find(player);
        if (sounding?.classList.contains("playing")) sounding.querySelector('[data-do="play"]').click();
        this.mark(null);
        return;
      }
      window.dispatchEvent(new CustomEvent("sonoscope:play-span", { detail: { player, from, to } }));
      this.mark(button, player, from, to);
    });
    return button;
  }

  // What plays stands in a shadow root below its container.
  find(player) {
    for (const element of document.querySelectorAll(`${player}, ${player} *`)) {
      const found = element.shadowRoot?.querySelector(".player");
      if (found) return found;
    }
    return null;
  }

  mark(button, player, from, to) {
    clearInterval(this.timer);
    for (const [each, pressed] of [[this.pressed, false], [button, true]]) {
      each?.setAttribute("aria-pressed", String(pressed));
      each?.querySelector("path").setAttribute("d", pressed ? STOP : PLAY);
    }
    this.pressed = button;
    if (!button) return;
    const begun = performance.now();
    let heard = false;
    this.timer = setInterval(() => {
      const sounding = this.find(player);
      const time = Number(sounding?.querySelector(".playhead").dataset.time);
      const near = time >= from - SPARE_SEC && time <= to + SPARE_SEC;
      const plays = near && sounding.classList.contains("playing");
      heard ||= plays;
      if (!plays && (heard || performance.now() - begun > START_MS)) this.mark(null);
    }, LOOK_MS);
  }

  destroy() {
    clearInterval(this.timer);
  }
}

export default kept(".joins", (root) => new JoinButtons(root));
