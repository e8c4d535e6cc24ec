// What every component of ours uses: mounting, messages with bytes, and words and keys of those that sound.

const SPEAKING_EVENT = "sonoscope:sounding"; // Whoever starts to sound says so, and all others fall silent.
const BROKEN = "This sound cannot be played because it is empty or damaged. Change a setting to make a new one, or reload the page.";

// One object a mounted component, kept while Streamlit calls its module again and again: with every rerun and
// every change of the theme. A call's cleanup must not end what a later call goes on with.
function kept(selector, make) {
  const all = new WeakMap(); // Shadow root -> {part, calls}
  return function ({ data, parentElement, setStateValue }) {
    let entry = all.get(parentElement);
    // Streamlit may have written the HTML anew under the same root.
    if (entry && entry.part.element !== parentElement.querySelector(selector)) {
      entry.part.destroy();
      entry = undefined;
    }
    if (!entry) {
      entry = { part: make(parentElement), calls: 0 };
      all.set(parentElement, entry);
    }
    const call = ++entry.calls;
    entry.part.update(data, setStateValue);
    return () => {
      if (entry.calls !== call) return;
      entry.part.destroy();
      if (all.get(parentElement) === entry) all.delete(parentElement);
    };
  };
}

// A click on another page's Play button asks once for a sound here (play_next.py). The message says so with every rerun,
// so what was played already is known to the document and not to the mounted component. Each component's script has a
// module, and so a variable, of its own.
const wishes = new Set();

function isNewWish(wish) {
  if (!wish || wishes.has(wish)) return false;
  wishes.add(wish);
  return true;
}

function svgElement(name, attributes, text) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

// The header of a message and the bytes that follow it; no header where there is none.
function readMessage(data) {
  return { header: readHeader(data), bytes: data?.byteLength > 4 ? data.subarray(headerEnd(data)) : null };
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
