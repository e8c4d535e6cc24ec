// What every scene is drawn with: programs, targets, a camera, and the way from light to the screen.

const GLSL = `#version 300 es
precision highp float;
precision highp int;
layout(std140) uniform Frame {
  vec4 uA; // scale, pulse, hue, warmth
  vec4 uB; // turbulence, spread, detail, rotation
  vec4 uC; // glow, drift, width / height, seconds
  vec4 uD; // phases of rotation, drift and turbulence; height in pixels
  vec4 uAges; // seconds since the last four beats
  vec4 uSeeds; // a number of its own for each of these beats, 0 to 1
  vec4 uDeep, uMid, uMain, uAccent, uLight;
  vec4 uEye, uSun;
  mat4 uView, uProj, uTurn;
};
#define uQuality uEye.w // 0 to 1: what this machine can draw
#define pScale uA.x
#define pPulse uA.y
#define pHue uA.z
#define pWarmth uA.w
#define pTurbulence uB.x
#define pSpread uB.y
#define pDetail uB.z
#define pRotation uB.w
#define pGlow uC.x
#define pDrift uC.y
const float TAU = 6.2831853;
float hash(float n) { return fract(sin(n * 12.9898) * 43758.5453); }
float hash(vec2 p) { p = fract(p * vec2(123.34, 456.21)); p += dot(p, p + 45.32); return fract(p.x * p.y); }
vec3 hash3(float n) { return vec3(hash(n), hash(n + 17.3), hash(n + 41.7)); }
float noise(vec2 p) {
  vec2 i = floor(p), f = fract(p);
  f = f * f * (3.0 - 2.0 * f);
  return mix(mix(hash(i), hash(i + vec2(1, 0)), f.x), mix(hash(i + vec2(0, 1)), hash(i + vec2(1, 1)), f.x), f.y);
}
float fbm(vec2 p, int octaves) {
  float sum = 0.0, part = 0.5;
  int n = uQuality < 0.5 ? min(octaves, 2) : octaves;
  for (int i = 0; i < n; i++) { sum += part * noise(p); p = mat2(1.6, 1.2, -1.2, 1.6) * p + 3.1; part *= 0.5; }
  return sum;
}
// The light that comes from a direction: ground of the picture and mirror image in everything that shines.
vec3 sky(vec3 d) {
  float up = d.y;
  vec3 c = mix(uMid.rgb * 0.24, uDeep.rgb * 0.30, smoothstep(0.0, 0.7, abs(up)));
  c += mix(uMid.rgb, uMain.rgb, 0.3) * 0.26 * exp(-abs(up) * 6.5);
  float sun = max(0.0, dot(d, uSun.xyz));
  c += uLight.rgb * (0.05 * pow(sun, 4.0) + 0.15 * pow(sun, 28.0) + 0.9 * pow(sun, 420.0)) * (0.65 + 0.7 * pGlow);
  return c;
}
vec3 fogged(vec3 c, vec3 at, float density) {
  vec3 ray = at - uEye.xyz;
  float f = 1.0 - exp(-pow(length(ray) * density, 1.6));
  return mix(c, sky(normalize(ray)), f);
}
vec3 palette(float t) { // 0 main, 0.5 counterpart, 1 light
  return t < 0.5 ? mix(uMain.rgb, uAccent.rgb, t * 2.0) : mix(uAccent.rgb, uLight.rgb, t * 2.0 - 1.0);
}
`;

const SCREEN_VS = `out vec2 vUv;
void main() {
  vUv = vec2((gl_VertexID << 1) & 2, gl_VertexID & 2);
  gl_Position = vec4(vUv * 2.0 - 1.0, 0.99999, 1.0);
}`;

const DOWN_FS = `in vec2 vUv; out vec4 o; uniform sampler2D uFrom; uniform vec2 uPixel;
void main() {
  vec4 c = texture(uFrom, vUv) * 4.0;
  c += texture(uFrom, vUv + uPixel) + texture(uFrom, vUv - uPixel);
  c += texture(uFrom, vUv + vec2(uPixel.x, -uPixel.y)) + texture(uFrom, vUv + vec2(-uPixel.x, uPixel.y));
  o = min(c / 8.0, vec4(24.0));
}`;

const UP_FS = `in vec2 vUv; out vec4 o; uniform sampler2D uFrom; uniform vec2 uPixel; uniform float uShare;
void main() {
  vec2 p = uPixel;
  vec4 c = texture(uFrom, vUv + vec2(-2.0 * p.x, 0)) + texture(uFrom, vUv + vec2(2.0 * p.x, 0));
  c += texture(uFrom, vUv + vec2(0, 2.0 * p.y)) + texture(uFrom, vUv - vec2(0, 2.0 * p.y));
  c += 2.0 * (texture(uFrom, vUv + p) + texture(uFrom, vUv - p));
  c += 2.0 * (texture(uFrom, vUv + vec2(p.x, -p.y)) + texture(uFrom, vUv + vec2(-p.x, p.y)));
  o = vec4(c.rgb / 12.0, uShare);
}`;

// Glow, a film-like curve (Hable's idea in Narkowicz's fit of ACES, 2016), darker corners.
const TONE = `uniform sampler2D uScene, uGlow; uniform float uBloom;
vec3 tone(vec2 uv) {
  vec3 c = mix(texture(uScene, uv).rgb, texture(uGlow, uv).rgb, uBloom);
  vec2 d = uv - 0.5;
  c *= 1.0 - 0.55 * smoothstep(0.25, 0.85, length(d * vec2(1.0, 0.85)));
  c = (c * (2.51 * c + 0.03)) / (c * (2.43 * c + 0.59) + 0.14);
  return clamp(c, 0.0, 1.0);
}`;

// The luminance of the whole picture, and red by itself as WCAG asks, in a square whose smallest mipmap is the mean.
const MEASURE_FS = `${TONE} in vec2 vUv; out vec4 o;
void main() {
  vec3 c = tone(vUv);
  o = vec4(dot(c, vec3(0.2126, 0.7152, 0.0722)) + 0.25 * max(0.0, c.r - c.g - c.b), 0, 0, 1);
}`;

// The flash limiter. A flash is a pair of opposite changes of at least 0.1 in relative luminance (WCAG 2.3.1), so
// three a second need a rise of 0.3 within it. Rises are paid from a purse of 0.1 that fills by 0.2 a second:
// within any second the picture rises by at most 0.3 in all. Falls are free: without rises they make no pair.
const PURSE = 0.1;
const PURSE_A_SECOND = 0.2;
const GOVERN_FS = `out vec4 o; uniform sampler2D uMean, uState; uniform float uDt, uOn;
void main() {
  float wanted = textureLod(uMean, vec2(0.5), 5.0).r;
  vec4 before = texelFetch(uState, ivec2(0), 0);
  float purse = min(${PURSE.toFixed(2)}, before.y + uDt * ${PURSE_A_SECOND.toFixed(2)});
  float rise = clamp(wanted - before.x, 0.0, purse);
  float shown = wanted > before.x && uOn > 0.5 ? before.x + rise : wanted;
  o = vec4(shown, purse - (uOn > 0.5 ? rise : 0.0), shown / max(wanted, 0.0005), wanted);
}`;

const FINAL_FS = `${TONE} in vec2 vUv; out vec4 o; uniform sampler2D uState; uniform float uTime;
float grain(vec2 p) { return fract(sin(dot(p, vec2(12.9898, 78.233)) + uTime) * 43758.5453) - 0.5; }
void main() {
  vec3 c = tone(vUv) * min(1.0, texelFetch(uState, ivec2(0), 0).z);
  c = mix(c * 12.92, 1.055 * pow(max(c, 0.0), vec3(1.0 / 2.4)) - 0.055, step(0.0031308, c));
  o = vec4(c + grain(gl_FragCoord.xy) / 170.0, 1.0);
}`;

// A picture with alpha over what stands there, its first row at the top.
const OVER_FS = `in vec2 vUv; out vec4 o; uniform sampler2D uFrom;
void main() { o = texture(uFrom, vec2(vUv.x, 1.0 - vUv.y)); }`;

const FRAME_FLOATS = 4 * 13 + 3 * 16;
const GLOW_LEVELS = 5; // At most: each is half as wide as the one before.

class Stage {
  // Throws where there is no WebGL2 or no target that holds more light than white.
  constructor(canvas) {
    const gl = canvas.getContext("webgl2", { alpha: false, antialias: false, depth: false, powerPreference: "high-performance" });
    if (!gl) throw new Error("no WebGL2");
    if (!gl.getExtension("EXT_color_buffer_float") && !gl.getExtension("EXT_color_buffer_half_float")) {
      throw new Error("no floating-point targets");
    }
    this.gl = gl;
    this.canvas = canvas;
    this.frame = new Float32Array(FRAME_FLOATS);
    this.buffer = gl.createBuffer();
    gl.bindBuffer(gl.UNIFORM_BUFFER, this.buffer);
    gl.bufferData(gl.UNIFORM_BUFFER, this.frame.byteLength, gl.DYNAMIC_DRAW);
    gl.bindBufferBase(gl.UNIFORM_BUFFER, 0, this.buffer);
    this.empty = gl.createVertexArray();
    this.down = this.program(SCREEN_VS, DOWN_FS);
    this.up = this.program(SCREEN_VS, UP_FS);
    this.measure = this.program(SCREEN_VS, MEASURE_FS);
    this.govern = this.program(SCREEN_VS, GOVERN_FS);
    this.final = this.program(SCREEN_VS, FINAL_FS);
    this.over = this.program(SCREEN_VS, OVER_FS);
    this.mean = this.target(32, 32, true);
    this.states = [this.target(1, 1), this.target(1, 1)];
    this.size = [0, 0];
    this.targets = [];
  }

  // COPY in a vertex program is the number of the copy of a shape that has so many vertices.
  program(vertex, fragment, vertices = 1) {
    const { gl } = this;
    const program = gl.createProgram();
    for (const [type, text] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]]) {
      const shader = gl.createShader(type);
      gl.shaderSource(shader, GLSL + text.replaceAll("COPY", `(gl_VertexID / ${vertices})`));
      gl.compileShader(shader);
      gl.attachShader(program, shader);
      gl.deleteShader(shader);
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
      const logs = gl.getAttachedShaders(program).map((shader) => gl.getShaderInfoLog(shader));
      throw new Error(`shader: ${gl.getProgramInfoLog(program)} ${logs.join(" ")}`);
    }
    const block = gl.getUniformBlockIndex(program, "Frame");
    if (block !== gl.INVALID_INDEX) gl.uniformBlockBinding(program, block, 0);
    const places = {};
    const count = gl.getProgramParameter(program, gl.ACTIVE_UNIFORMS) ?? 0;
    for (let i = 0; i < count; i++) {
      const { name } = gl.getActiveUniform(program, i);
      const place = gl.getUniformLocation(program, name);
      if (place) places[name] = place;
    }
    return { program, places };
  }

  target(width, height, mipmaps = false) {
    const { gl } = this;
    const texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texStorage2D(gl.TEXTURE_2D, mipmaps ? Math.log2(width) + 1 : 1, gl.RGBA16F, width, height);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, mipmaps ? gl.LINEAR_MIPMAP_NEAREST : gl.LINEAR);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
    const framebuffer = gl.createFramebuffer();
    gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    return { texture, framebuffer, width, height };
  }

  // Depth, and smooth edges where the machine is fast enough for them.
  resize(width, height, smooth) {
    if (this.size[0] === width && this.size[1] === height && this.smooth === smooth) return;
    const { gl } = this;
    for (const target of this.targets) {
      gl.deleteTexture(target.texture);
      gl.deleteFramebuffer(target.framebuffer);
    }
    for (const old of [this.color, this.depth]) if (old) gl.deleteRenderbuffer(old);
    if (this.drawn) gl.deleteFramebuffer(this.drawn);
    this.size = [width, height];
    this.smooth = smooth;
    this.canvas.width = width;
    this.canvas.height = height;
    this.targets = [this.target(width, height)];
    this.levels = Math.min(GLOW_LEVELS, Math.max(2, Math.floor(Math.log2(height / 12))));
    for (let i = 1; i <= this.levels; i++) {
      this.targets.push(this.target(Math.max(2, width >> i), Math.max(2, height >> i)));
    }
    const samples = smooth ? Math.min(4, gl.getParameter(gl.MAX_SAMPLES)) : 0;
    const store = (format) => {
      const made = gl.createRenderbuffer();
      gl.bindRenderbuffer(gl.RENDERBUFFER, made);
      gl.renderbufferStorageMultisample(gl.RENDERBUFFER, samples, format, width, height);
      return made;
    };
    this.drawn = gl.createFramebuffer();
    this.depth = store(gl.DEPTH_COMPONENT24);
    this.color = smooth ? store(gl.RGBA16F) : null;
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.drawn);
    gl.framebufferRenderbuffer(gl.FRAMEBUFFER, gl.DEPTH_ATTACHMENT, gl.RENDERBUFFER, this.depth);
    if (smooth) gl.framebufferRenderbuffer(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.RENDERBUFFER, this.color);
    else gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, this.targets[0].texture, 0);
  }

  begin() {
    const { gl } = this;
    gl.bindBuffer(gl.UNIFORM_BUFFER, this.buffer);
    gl.bufferSubData(gl.UNIFORM_BUFFER, 0, this.frame);
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.drawn);
    gl.viewport(0, 0, ...this.size);
    gl.depthMask(true);
    gl.enable(gl.DEPTH_TEST);
    gl.depthFunc(gl.LEQUAL);
    gl.disable(gl.BLEND);
    gl.clearColor(0, 0, 0, 1);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
  }

  screen(program) {
    const { gl } = this;
    gl.useProgram(program.program);
    gl.bindVertexArray(this.empty);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  bind(program, textures) {
    const { gl } = this;
    gl.useProgram(program.program);
    Object.entries(textures).forEach(([name, texture], unit) => {
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, texture);
      gl.uniform1i(program.places[name], unit);
    });
  }

  // Light becomes the picture: glow, curve, limiter.
  finish({ bloom, dt, limiter, seconds }) {
    const { gl, targets } = this;
    if (this.smooth) {
      gl.bindFramebuffer(gl.READ_FRAMEBUFFER, this.drawn);
      gl.bindFramebuffer(gl.DRAW_FRAMEBUFFER, targets[0].framebuffer);
      const [width, height] = this.size;
      gl.blitFramebuffer(0, 0, width, height, 0, 0, width, height, gl.COLOR_BUFFER_BIT, gl.NEAREST);
    }
    gl.disable(gl.DEPTH_TEST);
    gl.disable(gl.BLEND);
    const into = (target, program, from, share) => {
      gl.bindFramebuffer(gl.FRAMEBUFFER, target.framebuffer);
      gl.viewport(0, 0, target.width, target.height);
      this.bind(program, { uFrom: from.texture });
      gl.uniform2f(program.places.uPixel, 0.5 / from.width, 0.5 / from.height);
      if (share !== undefined) gl.uniform1f(program.places.uShare, share);
      this.screen(program);
    };
    for (let i = 1; i <= this.levels; i++) into(targets[i], this.down, targets[i - 1]);
    gl.enable(gl.BLEND);
    gl.blendFuncSeparate(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA, gl.ZERO, gl.ONE);
    for (let i = this.levels; i > 1; i--) into(targets[i - 1], this.up, targets[i], 0.62);
    gl.disable(gl.BLEND);
    const light = { uScene: targets[0].texture, uGlow: targets[1].texture };
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.mean.framebuffer);
    gl.viewport(0, 0, 32, 32);
    this.bind(this.measure, { uScene: targets[1].texture, uGlow: targets[1].texture });
    gl.uniform1f(this.measure.places.uBloom, bloom);
    this.screen(this.measure);
    gl.bindTexture(gl.TEXTURE_2D, this.mean.texture);
    gl.generateMipmap(gl.TEXTURE_2D);
    this.states.reverse();
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.states[0].framebuffer);
    gl.viewport(0, 0, 1, 1);
    this.bind(this.govern, { uMean: this.mean.texture, uState: this.states[1].texture });
    gl.uniform1f(this.govern.places.uDt, dt);
    gl.uniform1f(this.govern.places.uOn, limiter ? 1 : 0);
    this.screen(this.govern);
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.viewport(0, 0, ...this.size);
    this.bind(this.final, { ...light, uState: this.states[0].texture });
    gl.uniform1f(this.final.places.uBloom, bloom);
    gl.uniform1f(this.final.places.uTime, seconds % 10);
    this.screen(this.final);
  }

  // Writes a title over the finished picture.
  write(text) {
    const { gl } = this;
    const name = `${this.size} ${text}`;
    if (this.written?.name !== name) {
      if (this.written) gl.deleteTexture(this.written.texture);
      const texture = gl.createTexture();
      gl.activeTexture(gl.TEXTURE0);
      gl.bindTexture(gl.TEXTURE_2D, texture);
      gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, true);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, paintCaption(text, ...this.size));
      gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
      this.written = { name, texture };
    }
    this.bind(this.over, { uFrom: this.written.texture });
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    this.screen(this.over);
    gl.disable(gl.BLEND);
  }

  // Copies of a shape {places, normals?}; attribute 0 is the place, 1 the normal. One long list is drawn much
  // faster than thousands of small instances, on slow machines above all.
  mesh({ places, normals }, copies = 1) {
    const { gl } = this;
    const vao = gl.createVertexArray();
    gl.bindVertexArray(vao);
    [places, normals].forEach((values, at) => {
      if (!values) return;
      gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
      const all = new Float32Array(values.length * copies);
      for (let i = 0; i < copies; i++) all.set(values, i * values.length);
      gl.bufferData(gl.ARRAY_BUFFER, all, gl.STATIC_DRAW);
      gl.enableVertexAttribArray(at);
      gl.vertexAttribPointer(at, 3, gl.FLOAT, false, 0, 0);
    });
    gl.bindVertexArray(null);
    return { vao, vertices: places.length / 3 };
  }

  many(program, mesh, copies) {
    const { gl } = this;
    gl.useProgram(program.program);
    gl.bindVertexArray(mesh.vao);
    gl.drawArrays(gl.TRIANGLES, 0, mesh.vertices * copies);
  }

  // Light added to what stands there, hidden by what is nearer.
  adding(on) {
    const { gl } = this;
    gl.depthMask(!on);
    if (on) {
      gl.enable(gl.BLEND);
      gl.blendFunc(gl.ONE, gl.ONE);
    } else gl.disable(gl.BLEND);
  }

  points(program, count) {
    const { gl } = this;
    gl.useProgram(program.program);
    gl.bindVertexArray(this.empty);
    gl.drawArrays(gl.POINTS, 0, count);
  }

  destroy() {
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }
}

// Camera: matrices column by column, as WebGL reads them.

function perspective(out, at, degrees, aspect, near, far) {
  const f = 1 / Math.tan((degrees * Math.PI) / 360);
  out.fill(0, at, at + 16);
  out[at] = f / aspect;
  out[at + 5] = f;
  out[at + 10] = (far + near) / (near - far);
  out[at + 11] = -1;
  out[at + 14] = (2 * far * near) / (near - far);
}

// Writes the view at `at` and the turn from the camera's axes to the world's at `turn`.
function look(out, at, turn, eye, target) {
  const z = unit([eye[0] - target[0], eye[1] - target[1], eye[2] - target[2]]);
  const x = unit([z[2], 0, -z[0]]);
  const y = [z[1] * x[2] - z[2] * x[1], z[2] * x[0] - z[0] * x[2], z[0] * x[1] - z[1] * x[0]];
  out.fill(0, at, at + 16);
  out.fill(0, turn, turn + 16);
  [x, y, z].forEach((axis, row) => {
    for (let i = 0; i < 3; i++) {
      out[at + i * 4 + row] = axis[i];
      out[turn + row * 4 + i] = axis[i];
    }
    out[at + 12 + row] = -(axis[0] * eye[0] + axis[1] * eye[1] + axis[2] * eye[2]);
  });
  out[at + 15] = out[turn + 15] = 1;
}

function unit(v) {
  const length = Math.hypot(...v) || 1;
  return v.map((value) => value / length);
}
