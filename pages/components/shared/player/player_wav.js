// What the WAV says about itself, and pieces of it. No Web Audio here: everything works before the first click.

// Returns {sr, channels, frames, samples} with interleaved 16-bit samples, or null for anything else.
function readWav(bytes) {
  if (bytes.byteLength < 44) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tag = (at) => String.fromCharCode(bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]);
  if (tag(0) !== "RIFF" || tag(8) !== "WAVE") return null;
  let format = null;
  for (let at = 12; at + 8 <= bytes.byteLength; ) {
    const size = view.getUint32(at + 4, true);
    const body = at + 8;
    if (tag(at) === "fmt " && body + 16 <= bytes.byteLength) {
      const code = view.getUint16(body, true);
      format = { channels: view.getUint16(body + 2, true), sr: view.getUint32(body + 4, true) };
      // 0xfffe: the extensible form of the same samples.
      const pcm = (code === 1 || code === 0xfffe) && view.getUint16(body + 14, true) === 16;
      if (!pcm || !format.channels || !format.sr) return null;
    } else if (tag(at) === "data" && format) {
      const length = Math.min(size, bytes.byteLength - body); // A cut file plays as far as it goes.
      const frames = Math.floor(length / (2 * format.channels));
      if (!frames) return null;
      const start = bytes.byteOffset + body;
      const end = start + frames * 2 * format.channels;
      // A view of 16-bit numbers must start at an even address; the message's header decides whether it does.
      const samples =
        start % 2 === 0
          ? new Int16Array(bytes.buffer, start, (end - start) / 2)
          : new Int16Array(bytes.buffer.slice(start, end));
      return { ...format, frames, samples };
    }
    at = body + size + (size % 2);
  }
  return null;
}

// Lowest and highest sample of each of `columns` stretches, over all channels, as 16-bit integers.
function extremes(wav, columns) {
  const lows = new Int16Array(columns);
  const highs = new Int16Array(columns);
  const { samples, channels, frames } = wav;
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
function slice(context, wav, from, seconds) {
  const start = Math.min(Math.max(0, Math.round(from * wav.sr)), wav.frames - 1);
  const frames = Math.max(1, Math.min(Math.round(seconds * wav.sr), wav.frames - start));
  const buffer = context.createBuffer(wav.channels, frames, wav.sr);
  const fadeIn = Math.min(FADE_IN_SEC * wav.sr, frames / 2);
  const fadeOut = Math.min(FADE_OUT_SEC * wav.sr, frames / 2);
  for (let channel = 0; channel < wav.channels; channel++) {
    const out = buffer.getChannelData(channel);
    for (let i = 0; i < frames; i++) {
      const gain = Math.min(1, (i + 1) / fadeIn, (frames - i) / fadeOut);
      out[i] = (wav.samples[(start + i) * wav.channels + channel] / 32768) * gain;
    }
  }
  return buffer;
}
