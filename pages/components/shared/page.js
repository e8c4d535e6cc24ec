// Repairs of what Streamlit draws and no setting changes: the names of the menu's buttons, a menu that stays open over the
// page that was chosen in it, and the role of an upload's area.
(() => {
  const all = (name) => document.querySelectorAll(`[data-testid="${name}"]`);

  const PHONE_PX = 768; // Up to here Streamlit lays the sidebar over the page.
  const CLOSE = '[data-testid="stSidebarCollapseButton"] button';

  // On a phone the pages are in the sidebar, with the settings of the page where it has any.
  function menuName() {
    if (!all("stSidebarNav").length) return "Settings";
    return document.querySelector('[data-testid="stSidebarUserContent"] [data-testid="stElementContainer"]')
      ? "Menu & settings"
      : "Menu";
  }

  function repair() {
    waiting = 0;
    for (const button of all("stExpandSidebarButton")) {
      const name = menuName();
      if (button.getAttribute("aria-label") !== name) button.setAttribute("aria-label", name);
    }
    for (const button of document.querySelectorAll(CLOSE)) {
      if (button.getAttribute("aria-label") !== "Close") button.setAttribute("aria-label", "Close");
    }
    // It has a name and can have the focus: no element of mere looks.
    for (const area of all("stFileUploaderDropzone")) {
      if (area.getAttribute("role") === "presentation") area.setAttribute("role", "group");
    }
  }

  if (window.sonoscopeRepairs) return;
  window.sonoscopeRepairs = true;
  let waiting = 0;
  new MutationObserver(() => (waiting ||= requestAnimationFrame(repair))).observe(document.body, {
    subtree: true,
    childList: true,
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.('[data-testid="stSidebarNavLink"]') || innerWidth > PHONE_PX) return;
    setTimeout(() => document.querySelector(CLOSE)?.click());
  });
  repair();
})();
