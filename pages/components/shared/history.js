// Browser history: one entry for each page that was shown, with the choices that it had when it was left.
//
// Streamlit adds an entry for each parameter that a message of the server sets, takes the parameters of the page that is
// left out of the address and may put those of the next into it before it goes there: Back then leads to pages as nobody
// has seen them. What was seen is the address at the click that leads to another page.
(() => {
  if (window.sonoscopeHistory) return;
  window.sonoscopeHistory = true;
  const push = history.pushState.bind(history);
  let seen = null;
  // After Back or Forward, until somebody touches the page: what the page that was left still says of its address is late.
  let isReturning = false;
  const touch = () => (isReturning = false);
  const look = () => (seen = location.href);

  history.pushState = (state, title, url) => {
    const here = new URL(location.href);
    if (new URL(url ?? "", here).pathname === here.pathname) return history.replaceState(state, title, url);
    if (isReturning) return;
    if (seen && new URL(seen).pathname === here.pathname) history.replaceState(history.state, title, seen);
    seen = null;
    push(state, title, url);
  };
  addEventListener("click", look, true);
  addEventListener(
    "popstate",
    () => {
      seen = null;
      isReturning = true;
    },
    true,
  );
  for (const kind of ["pointerdown", "click", "keydown", "change", "drop"]) addEventListener(kind, touch, true);
})();
