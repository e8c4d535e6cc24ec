// Taking the picture along: a still, and a film with sound, recorded while it plays.

const FILM_TYPES = [
  ["video/webm;codecs=vp8,opus", "webm"], // Faster than VP9, and drawing needs the machine as well.
  ["video/webm", "webm"],
  ["video/mp4", "mp4"],
];
const FILM_FPS = 30;
const FILM_BITS = 6_000_000;
const FILM_SIZE = [1280, 720];

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
    this.done = new Promise((resolve) => {
      this.recorder.onstop = () => resolve(new Blob(this.pieces, { type: this.type.split(";")[0] }));
    });
  }

  start() {
    return new Promise((resolve) => {
      this.recorder.onstart = resolve;
      this.recorder.start(1000);
    });
  }

  async stop() {
    if (this.recorder.state !== "inactive") this.recorder.stop();
    const blob = await this.done;
    for (const track of this.video.getTracks()) track.stop();
    this.sound?.close();
    return blob;
  }
}
