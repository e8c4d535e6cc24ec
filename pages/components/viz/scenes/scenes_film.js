// Snapshot and video recording: a PNG, and a film with sound that is recorded while it plays.

const FILM_TYPES = [
  ["video/mp4;codecs=avc1.640028,mp4a.40.2", "mp4"], // Plays everywhere; only browsers with both encoders have it.
  ["video/webm;codecs=vp8,opus", "webm"], // Faster than VP9, and drawing needs the machine as well.
  ["video/webm", "webm"],
  ["video/mp4", "mp4"],
];
const FILM_FPS = 30;
const FILM_BITS = 6_000_000;
const FILM_SIZES = { "16:9": [1280, 720], "1:1": [1080, 1080], "9:16": [720, 1280] };
const FIRST_WRITE_MS = 8000; // A slow machine takes seconds for the first pictures.

function filmType() {
  if (!window.MediaRecorder || !HTMLCanvasElement.prototype.captureStream) return null;
  return FILM_TYPES.find(([type]) => MediaRecorder.isTypeSupported(type)) ?? null;
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

// A name that every file system takes.
function fileName(title, ending) {
  const plain = title.normalize("NFKD").replace(/[^\w-]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 60);
  return `${plain || "scene"}.${ending}`;
}

class Film {
  // sound: {stream, close} or null for a film without sound.
  constructor(canvas, sound) {
    [this.type, this.ending] = filmType();
    this.sound = sound;
    this.pieces = [];
    this.video = canvas.captureStream(FILM_FPS);
    const tracks = [...this.video.getVideoTracks(), ...(sound ? sound.stream.getAudioTracks() : [])];
    this.recorder = new MediaRecorder(new MediaStream(tracks), { mimeType: this.type, videoBitsPerSecond: FILM_BITS });
    this.recorder.ondataavailable = (event) => {
      if (event.data.size) this.pieces.push(event.data);
    };
    // Chromium says "start" when it has written the first picture. A recorder that is stopped before gives an empty file.
    this.written = new Promise((resolve) => {
      this.recorder.onstart = resolve;
    });
    this.done = new Promise((resolve) => {
      this.recorder.onstop = () => resolve(new Blob(this.pieces, { type: this.type.split(";")[0] }));
    });
  }

  start() {
    this.recorder.start(1000);
    return this.written;
  }

  async stop() {
    await Promise.race([this.written, new Promise((resolve) => setTimeout(resolve, FIRST_WRITE_MS))]);
    if (this.recorder.state !== "inactive") this.recorder.stop();
    const blob = await this.done;
    for (const track of this.video.getTracks()) track.stop();
    this.sound?.close();
    return blob;
  }
}
