// One button a join. The player of the page plays it: a window event says from where to where.

class JoinButtons {
  constructor(root) {
    this.element = root.querySelector(".joins");
    this.known = "";
  }

  update(data) {
    const known = JSON.stringify(data);
    if (known === this.known) return;
    this.known = known;
    this.element.setAttribute("aria-label", data.label);
    this.element.replaceChildren(...data.joins.map((join) => this.button(join, data.player)));
    this.element.hidden = false;
  }

  button({ from, to, text, good }, player) {
    const button = document.createElement("button");
    button.type = "button";
    button.classList.toggle("beyond", !good);
    const icon = svgElement("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" });
    icon.append(svgElement("path", { d: "M8.5 5.6v12.8a.9.9 0 0 0 1.37.77l10.3-6.4a.9.9 0 0 0 0-1.54l-10.3-6.4a.9.9 0 0 0-1.37.77z" }));
    button.append(icon, text); // A string becomes a text node, whatever is in it.
    button.addEventListener("click", () => {
      window.dispatchEvent(new CustomEvent("sonoscope:play-span", { detail: { player, from, to } }));
    });
    return button;
  }

  destroy() {}
}

export default kept(".joins", (root) => new JoinButtons(root));
