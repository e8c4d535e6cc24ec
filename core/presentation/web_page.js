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

// The words that are being spoken, for whoever reads along; a screen reader hears them in the sound.
function showCaptions(player, captions, place) {
  if (!captions.length) return;
  const draw = () => {
    const time = player.sound.time();
    const caption = captions.findLast(([onset, seconds]) => onset <= time && time < onset + seconds);
    const words = caption?.[2] ?? "";
    if (place.textContent !== words) place.textContent = words;
    if (player.sound.playing) requestAnimationFrame(draw);
  };
  for (const type of ["play", "pause", "seeked"]) player.audio.addEventListener(type, draw);
}

async function start() {
  const { header, drawings, captions } = await readFacts();
  pageSound.element.remove();
  const player = new Player(document, { drawings: findDrawings(drawings) });
  document.querySelector(".still-pictures").remove();
  player.picture.setAttribute("aria-describedby", "described");
  player.update(header, null);
  const again = () => player.update(header, null);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  const said = document.createElement("p");
  said.className = "said";
  said.setAttribute("aria-hidden", "true");
  said.dir = "auto";
  if (captions.length) player.picture.after(said);
  showCaptions(player, captions, said);
  return player;
}

const shownPlayer = start();
