// Stands for a component's script in its messages: the script is fetched once, and cached.

let mounting = null;

async function load() {
  const script = await fetchFile(SCRIPT_PATH, "A part of this page");
  const address = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  return (await import(address)).default;
}

export default async function (given) {
  let mount;
  try {
    mount = await (mounting ??= load());
  } catch (reason) {
    mounting = null; // The next rerun tries again.
    tell(given.parentElement, reason.message);
    return undefined;
  }
  tell(given.parentElement, null);
  return mount(given);
}

function tell(root, sentence) {
  root.querySelector(".unloaded")?.remove();
  if (sentence === null) return;
  const told = document.createElement("p");
  told.className = "broken unloaded";
  told.setAttribute("role", "alert");
  told.textContent = sentence;
  root.append(told);
}
