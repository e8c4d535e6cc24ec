// What everything that sounds uses: its words, keys and listeners.

const SPEAKING_EVENT = "sonoscope:sounding"; // Whoever starts to sound says so, and all others fall silent.
const BROKEN = "This sound cannot be played because it is empty or damaged. Change a setting to make a new one, or reload the page.";

function svgElement(name, attributes, text) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

// Adds listeners that all go when the signal is aborted.
function listener(signal) {
  return (target, type, act, options = {}) => target.addEventListener(type, act, { signal, ...options });
}

// Shows a sentence in place of a component that has nothing to play; null shows the component again.
function showBroken(root, element, sentence) {
  const broken = root.querySelector(".broken");
  element.hidden = sentence !== null;
  broken.hidden = sentence === null;
  if (sentence !== null) broken.textContent = sentence;
}

// Where a key of a slider leads from a time, in seconds; undefined where it leads nowhere.
function timeByKey(key, now, duration, step = 1) {
  return {
    ArrowLeft: now - step, ArrowDown: now - step, ArrowRight: now + step, ArrowUp: now + step,
    PageDown: now - 10, PageUp: now + 10, Home: 0, End: duration,
  }[key];
}

function clockText(seconds, digits = 1) {
  const whole = Math.max(0, Number(seconds.toFixed(digits)));
  const minutes = Math.floor(whole / 60);
  return `${minutes}:${(whole - minutes * 60).toFixed(digits).padStart(digits ? 3 + digits : 2, "0")}`;
}
