// A sound's samples: fetched from its address or taken from the message, decoded by the browser, and pieces of them.
// No AudioContext here: everything works before the first click.

// A decoder that is off by more has not left off what the Opus file tells it to, and would be out of time.
const SAME_LENGTH_SEC = 0.001;

// Promises {sr, channels, frames, samples} with interleaved 16-bit samples; rejects with a sentence for the visitor.
// sound: {url, small, sr, channels, frames} from the header; `bytes` is the file where it has no address. `lead_sec`:
// a codec's lead-in, which some browsers leave off and some do not.
async function readSamples(sound, bytes) {
  const small = sound.small ? await readSmall(sound).catch(() => null) : null;
  if (small) return toIntegers(small, Math.round((sound.frames / sound.sr) * small.sampleRate));
  const file = sound.url ? await fetchFile(sound.url, "This sound") : bytes.slice().buffer;
  try {
    const decoded = await decode(file, sound);
    if (!sound.lead_sec) return toIntegers(decoded);
    const frames = Math.round((sound.frames / sound.sr) * decoded.sampleRate);
    const lead = Math.round(sound.lead_sec * decoded.sampleRate);
    return toIntegers(decoded, frames, decoded.length >= frames + lead ? lead : 0);
  } catch {
    throw new Error(BROKEN);
  }
}

// Opus, or null where this browser does not play it in time (Safari before 18.4 not at all): then it gets the FLAC.
async function readSmall(sound) {
  const decoded = await decode(await fetchFile(sound.small, "This sound"), sound);
  return Math.abs(decoded.duration - sound.frames / sound.sr) <= SAME_LENGTH_SEC ? decoded : null;
}

// decodeAudioData resamples to the context's rate, so the context gets the sound's own. Safari returns a promise from
// it since 14.1; what else is used here asks for 15.4.
function decode(file, sound) {
  return offlineContext(sound).decodeAudioData(file);
}

function offlineContext({ sr, channels }) {
  try {
    return new OfflineAudioContext(channels, 1, sr);
  } catch {
    return new OfflineAudioContext(channels, 1, 48_000); // A rate that this browser does not take.
  }
}

// Half the memory of floats, and of a 16-bit file each sample exactly. `frames`: cut or filled with silence to that, from
// the frame `start` on.
function toIntegers(decoded, frames = decoded.length, start = 0) {
  const { sampleRate: sr, numberOfChannels: channels } = decoded;
  const samples = new Int16Array(frames * channels);
  for (let channel = 0; channel < channels; channel++) {
    const from = decoded.getChannelData(channel).subarray(start);
    // Chromium divides what is above zero by 32767, other browsers all by 32768: right is what gives whole numbers.
    const above = from.every((value) => value <= 0 || Math.abs(value * 32768 - Math.round(value * 32768)) < 1e-3) ? 32768 : 32767;
    const length = Math.min(frames, from.length);
    for (let i = 0, at = channel; i < length; i++, at += channels) {
      const value = Math.round(from[i] * (from[i] > 0 ? above : 32768));
      samples[at] = value > 32767 ? 32767 : value < -32768 ? -32768 : value;
    }
  }
  return { sr, channels, frames, samples };
}

// For an audio element: it finds every place in a WAV file at once and exactly, in a FLAC file without a table of
// places only by guessing.
function wavBlob({ sr, channels, samples }) {
  const head = new DataView(new ArrayBuffer(44));
  const text = (at, word) => [...word].forEach((letter, i) => head.setUint8(at + i, letter.charCodeAt(0)));
  text(0, "RIFF");
  head.setUint32(4, 36 + samples.byteLength, true);
  text(8, "WAVEfmt ");
  head.setUint32(16, 16, true);
  head.setUint16(20, 1, true); // PCM
  head.setUint16(22, channels, true);
  head.setUint32(24, sr, true);
  head.setUint32(28, sr * channels * 2, true);
  head.setUint16(32, channels * 2, true);
  head.setUint16(34, 16, true);
  text(36, "data");
  head.setUint32(40, samples.byteLength, true);
  return new Blob([head, samples], { type: "audio/wav" });
}

// Lowest and highest sample of each of `columns` stretches, over all channels, as 16-bit integers.
function extremes(sound, columns) {
  const lows = new Int16Array(columns);
  const highs = new Int16Array(columns);
  const { samples, channels, frames } = sound;
  for (let column = 0; column < columns; column++) {
    const first = Math.floor((column * frames) / columns) * channels;
    const last = Math.max(first + channels, Math.floor(((column + 1) * frames) / columns) * channels);
    let low = 32767;
    let high = -32768;
    for (let i = first; i < last && i < samples.length; i++) {
      const value = samples[i];
      if (value < low) low = value;
      if (value > high) high = value;
    }
    lows[column] = low;
    highs[column] = high;
  }
  return { lows, highs };
}

// Long enough that no click is heard; the first is short, so that an attack stays an attack.
const FADE_IN_SEC = 0.002;
const FADE_OUT_SEC = 0.012;

// A piece of the sound as an AudioBuffer whose ends are faded.
function slice(context, sound, from, seconds) {
  const start = Math.min(Math.max(0, Math.round(from * sound.sr)), sound.frames - 1);
  const frames = Math.max(1, Math.min(Math.round(seconds * sound.sr), sound.frames - start));
  const buffer = context.createBuffer(sound.channels, frames, sound.sr);
  const fadeIn = Math.min(FADE_IN_SEC * sound.sr, frames / 2);
  const fadeOut = Math.min(FADE_OUT_SEC * sound.sr, frames / 2);
  for (let channel = 0; channel < sound.channels; channel++) {
    const out = buffer.getChannelData(channel);
    for (let i = 0; i < frames; i++) {
      const gain = Math.min(1, (i + 1) / fadeIn, (frames - i) / fadeOut);
      out[i] = (sound.samples[(start + i) * sound.channels + channel] / 32768) * gain;
    }
  }
  return buffer;
}
