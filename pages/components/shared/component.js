// What every component of ours uses: mounting, and messages with bytes. Follows controls.js.

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

// The header of a message and the bytes that follow it; no header where there is none.
function readMessage(data) {
  return { header: readHeader(data), bytes: data?.byteLength > 4 ? data.subarray(headerEnd(data)) : null };
}
