// Without WebGL2: the same parameters on a plain canvas, simpler. Its own limiter keeps the same purse as the other.

class Flat {
  constructor(canvas) {
    this.canvas = canvas;
    this.g = canvas.getContext("2d", { alpha: false });
    this.tiny = document.createElement("canvas");
    this.tiny.width = this.tiny.height = 8;
    this.small = this.tiny.getContext("2d", { willReadFrequently: true });
    this.shown = 0;
    this.purse = 0;
  }

  draw(frame) {
    const { g, canvas } = this;
    const { width, height, p, colors } = frame;
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    const ground = g.createLinearGradient(0, 0, 0, height);
    ground.addColorStop(0, css(colors.deep, 0.35));
    ground.addColorStop(0.62, css(colors.mid, 0.55));
    ground.addColorStop(1, css(colors.deep, 0.2));
    g.globalCompositeOperation = "source-over";
    g.globalAlpha = 1;
    g.fillStyle = ground;
    g.fillRect(0, 0, width, height);
    g.globalCompositeOperation = "lighter";
    this.glow(width / 2, height * 0.5, height * (0.35 + 0.3 * p[SCALE]), colors.light, 0.12 + 0.3 * p[GLOW] + 0.2 * p[PULSE]);
    const row = frame.scene === "bars" || frame.scene === "waves" || frame.scene === "storm";
    if (row) this.row(frame);
    else this.ring(frame);
    this.ripples(frame);
    this.govern(frame);
  }

  glow(x, y, radius, color, strength) {
    const { g } = this;
    const light = g.createRadialGradient(x, y, 0, x, y, radius);
    light.addColorStop(0, css(color, 1, strength));
    light.addColorStop(1, css(color, 1, 0));
    g.fillStyle = light;
    g.fillRect(x - radius, y - radius, 2 * radius, 2 * radius);
  }

  // Bars, waves, storm: the ten side by side, over their mirror image.
  row({ width, height, p, phase, colors, scene, zoom }) {
    const { g } = this;
    const count = 10 + 2 * Math.round(10 * p[DETAIL]);
    const floor = height * 0.66;
    const span = (width * (0.72 + 0.22 * p[SPREAD])) / zoom;
    for (let i = 0; i < count; i++) {
      const u = (i + 0.5) / count;
      const value = p[Math.min(9, Math.floor(Math.abs(u * 2 - 1) * 10))];
      const wave = Math.sin(u * 14 + phase[1] * 2) * Math.sin(u * 5 - phase[2] * 1.5);
      const tall = height * (0.05 + value ** 1.6 * (0.2 + 0.3 * p[SCALE]) + (0.02 + 0.07 * p[TURBULENCE]) * (1 + wave));
      const x = width / 2 + (u - 0.5) * span;
      const wide = (span / count) * (scene === "storm" ? 0.22 : 0.66);
      const color = mixed(colors.main, colors.accent, Math.abs(u * 2 - 1));
      const light = g.createLinearGradient(0, floor - tall, 0, floor);
      light.addColorStop(0, css(color, 0.9, 0.55 + 0.4 * value));
      light.addColorStop(1, css(color, 0.25, 0.5));
      g.fillStyle = light;
      g.fillRect(x - wide / 2, floor - tall, wide, tall);
      g.fillStyle = css(color, 0.2, 0.35);
      g.fillRect(x - wide / 2, floor, wide, tall * 0.45);
      this.glow(x, floor - tall, wide * (0.8 + p[GLOW]), color, 0.15 + 0.35 * value * p[GLOW]);
    }
  }

  // Spheres, crystals, cloud, planet: the ten around a middle.
  ring({ width, height, p, phase, colors, scene, yaw, zoom }) {
    const { g } = this;
    const middle = [width / 2, height / 2];
    const many = scene === "cloud" ? 120 : 20 + Math.round(20 * p[DETAIL]);
    const around = (Math.min(width, height) * (0.2 + 0.14 * p[SPREAD])) / zoom;
    for (let i = 0; i < many; i++) {
      const value = p[i % 10];
      const angle = i * 2.39996 + phase[0] * 0.7 + yaw;
      const far = around * (0.4 + Math.sqrt(i / many)) * (1 + 0.25 * p[TURBULENCE] * Math.sin(phase[2] * 2 + i));
      const x = middle[0] + Math.cos(angle) * far * 1.35;
      const y = middle[1] + Math.sin(angle) * far * (scene === "planet" ? 0.35 : 0.85) + Math.sin(phase[1] + i) * 6;
      const size = (height / 60) * (0.35 + value * (0.8 + 1.6 * p[SCALE])) * (1 + 0.3 * p[PULSE]);
      const color = mixed(colors.main, colors.accent, (i % 10) / 9);
      if (scene === "crystals") {
        g.fillStyle = css(color, 0.8, 0.3 + 0.5 * value);
        g.beginPath();
        g.moveTo(middle[0] + (x - middle[0]) * 0.35 - size / 2, middle[1] + (y - middle[1]) * 0.35);
        g.lineTo(x, y);
        g.lineTo(middle[0] + (x - middle[0]) * 0.35 + size / 2, middle[1] + (y - middle[1]) * 0.35);
        g.fill();
      }
      this.glow(x, y, size * 2.6, color, 0.25 + 0.5 * value);
    }
    if (scene === "planet") this.glow(...middle, around * 1.1, colors.main, 0.9);
  }

  ripples({ width, height, p, age, colors }) {
    const { g } = this;
    for (let b = 0; b < 3; b++) {
      if (age[b] > 3) continue;
      g.strokeStyle = css(colors.light, 0.8, 0.35 * p[PULSE] * Math.exp(-age[b] * 1.4));
      g.lineWidth = 2;
      g.beginPath();
      g.ellipse(width / 2, height * 0.55, age[b] * height * 0.5 + 4, age[b] * height * 0.3 + 2, 0, 0, 2 * Math.PI);
      g.stroke();
    }
  }

  govern({ width, height, dt, limiter }) {
    const { g } = this;
    this.small.drawImage(this.canvas, 0, 0, 8, 8);
    const { data } = this.small.getImageData(0, 0, 8, 8);
    let wanted = 0;
    for (let i = 0; i < data.length; i += 4) {
      const [r, green, b] = [linear(data[i]), linear(data[i + 1]), linear(data[i + 2])];
      wanted += (0.2126 * r + 0.7152 * green + 0.0722 * b) / 64;
    }
    this.purse = Math.min(PURSE, this.purse + dt * PURSE_A_SECOND);
    const rise = Math.min(Math.max(0, wanted - this.shown), this.purse);
    const shown = limiter && wanted > this.shown ? this.shown + rise : wanted;
    if (limiter) this.purse -= rise;
    this.shown = shown;
    if (shown >= wanted) return;
    g.globalCompositeOperation = "source-over";
    // The canvas mixes encoded colors: the share of light is the power of the share of the code.
    g.fillStyle = `rgba(0, 0, 0, ${1 - (shown / wanted) ** (1 / 2.2)})`;
    g.fillRect(0, 0, width, height);
  }
}

const linear = (code) => {
  const c = code / 255;
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
};

function css(color, share, alpha = 1) {
  const code = color.map((c) => Math.round(255 * Math.min(1, Math.max(0, c * share)) ** (1 / 2.2)));
  return `rgba(${code.join(", ")}, ${Math.min(1, Math.max(0, alpha))})`;
}

const mixed = (a, b, share) => a.map((value, i) => value + (b[i] - value) * share);
