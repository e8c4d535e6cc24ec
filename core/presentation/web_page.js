// An exported page: reads what stands in the document and puts the player in the place of its still pictures. Where that
// fails the page stays as it was: picture, words, data, and the browser's own controls for the sound.

function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

// Promises a file of the page as bytes, as the player asks for it: here every address names a source of the sound.
async function fetchFile(address) {
  const source = pageSound.sources.find((one) => one.type.includes(address));
  return bytesOf(source.src.slice(source.src.indexOf(",") + 1)).buffer;
}

// Base64 of JSON that was compressed.
async function readFacts() {
  const packed = bytesOf(document.getElementById("facts").textContent);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return JSON.parse(await new Response(stream).text());
}

// The browser's own player, and what it would play.
const pageSound = {
  element: document.querySelector(".plain-sound"),
  sources: [...document.querySelectorAll(".plain-sound source")].map(({ type, src }) => ({ type, src })),
};

// Drawings of each view, with the elements that hold them.
function findDrawings(facts) {
  const views = {};
  for (const { view, sizes } of facts) {
    views[view] = sizes.map((size) => ({ ...size, element: document.getElementById(size.id) }));
  }
  return views;
}

// Paper shows the data; where the browser's own style sheet cannot open them for print, this does.
function openForPrint(details) {
  let wasOpen = false;
  window.addEventListener("beforeprint", () => {
    wasOpen = details.open;
    details.open = true;
  });
  window.addEventListener("afterprint", () => (details.open = wasOpen));
}

async function start() {
  const { header, drawings } = await readFacts();
  pageSound.element.remove();
  const player = new Player(document, { drawings: findDrawings(drawings) });
  document.querySelector(".still-pictures").remove();
  player.picture.setAttribute("aria-describedby", "described");
  player.update(header, null);
  const again = () => player.update(header, null);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  return player;
}

document.querySelectorAll("details").forEach(openForPrint);
const shownPlayer = start();
