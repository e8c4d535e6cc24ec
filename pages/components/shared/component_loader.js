// Stands for a component's script in its messages: the script is fetched once, and cached, and so is what a large message
// holds.

let mounting = null;
const calls = new WeakMap(); // Shadow root -> {number of the latest call, address and bytes of the latest large message}

async function load() {
  const script = await fetchFile(SCRIPT_PATH, "Part of this page");
  const address = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  return (await import(address)).default;
}

export default async function (given) {
  const root = given.parentElement;
  if (!calls.has(root)) calls.set(root, { number: 0 });
  const latest = calls.get(root);
  const number = ++latest.number;
  let mount, data;
  try {
    [mount, data] = await Promise.all([(mounting ??= load()), fetchMessage(given.data, latest)]);
  } catch (reason) {
    mounting = null; // The next rerun tries again.
    if (latest.number === number) tell(root, reason.message);
    return undefined;
  }
  if (latest.number !== number) return undefined; // A later call has overtaken this one.
  tell(root, null);
  return mount({ ...given, data });
}

// The bytes of a message that says only where they are; any other message as it is.
async function fetchMessage(data, latest) {
  if (!(data instanceof Uint8Array)) return data;
  const address = readHeader(data).address;
  if (address === undefined) return data;
  if (latest.address !== address) {
    latest.bytes = new Uint8Array(await fetchFile(address, "Part of this page"));
    latest.address = address;
  }
  return latest.bytes;
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
