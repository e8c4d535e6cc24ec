// Files of Streamlit's media route: sounds, the components' own scripts and large messages to them.

// Below which path the app is served, as with server.baseUrlPath or on Community Cloud, is told by where Streamlit's
// own script came from.
function mediaAddress(path) {
  const script = document.querySelector('script[src*="static/js/"]')?.src;
  const base = window.__streamlit?.BACKEND_BASE_URL ?? script?.slice(0, script.lastIndexOf("static/js/")) ?? document.baseURI;
  return new URL(path.replace(/^\//, ""), base.replace(/\/?$/, "/")).href;
}

// What lies behind an address never changes, but the server says nothing about caching: "force-cache" takes what the
// browser has, however old. It may have a refusal from a server that has since made the file again. And while the page's
// script runs, the server may have let the file go and be about to offer it again: hence the waiting.
const TRIES = [["force-cache", 0], ["reload", 0], ["reload", 1000], ["reload", 3000]]; // Cache, milliseconds before

// Rejects with a sentence for the visitor.
async function fetchFile(path, name) {
  for (const [cache, wait] of TRIES) {
    if (wait) await new Promise((done) => setTimeout(done, wait));
    const response = await fetch(mediaAddress(path), { cache }).catch(() => null);
    const file = response?.ok ? await response.arrayBuffer().catch(() => null) : null;
    if (file) return file;
  }
  throw new Error(`${name} could not be loaded. The app may have restarted, or the connection is down. Reload the page to try again.`);
}

// The header of a message, as component.py packs it: its length (uint32, little-endian), JSON, and bytes after it.
function readHeader(data) {
  if (!(data?.byteLength > 4)) return { id: "" };
  return JSON.parse(new TextDecoder().decode(data.subarray(4, headerEnd(data))));
}

function headerEnd(data) {
  return 4 + new DataView(data.buffer, data.byteOffset, data.byteLength).getUint32(0, true);
}
