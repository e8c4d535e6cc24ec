// Cloud, waves, planet and storm: points, water, dust and weather.

// Cloud: thousands of points in ten families; their shape goes slowly from ball to ring to spiral and back.

const CLOUD_POINTS = 26000;
const CLOUD_VS = `${PICK} uniform float uCount; out vec4 vColor;
vec3 ball(vec3 h) { vec3 d = normalize(h - 0.5 + 1e-4); return d * (1.2 + 1.5 * pow(h.x, 0.4)); }
vec3 torus(vec3 h) {
  float a = h.x * TAU, b = h.y * TAU, r = 0.75 * sqrt(h.z);
  return vec3(cos(a) * (2.3 + r * cos(b)), r * sin(b) * 1.2, sin(a) * (2.3 + r * cos(b)));
}
vec3 spiral(vec3 h, float i) {
  float r = 0.25 + 3.4 * pow(h.x, 0.7), a = r * 1.35 + floor(h.y * 3.0) * TAU / 3.0 + (h.z - 0.5) * 1.1;
  return vec3(cos(a) * r, (h.z - 0.5) * (0.9 - 0.18 * r), sin(a) * r);
}
void main() {
  float i = float(gl_VertexID);
  int family = gl_VertexID % 10;
  float v = param(family);
  vec3 h = hash3(i * 0.731 + 0.37), k = hash3(i * 1.17 + 5.3);
  float phase = mod(uD.y * 0.055, 3.0);
  vec3 shapes[3] = vec3[3](spiral(h, i), ball(h), torus(h));
  int first = int(phase);
  float m = smoothstep(0.55, 1.0, fract(phase));
  vec3 p = mix(shapes[first], shapes[(first + 1) % 3], m);
  float len = length(p);
  p = turnY(p, uD.x * (0.9 - 0.12 * len));
  vec3 q = p * (1.1 + pDetail) + vec3(0.0, uD.z * 0.35, uD.z * 0.2) + float(family) * 0.7;
  vec3 flow = vec3(sin(q.y * 1.3 + q.z), sin(q.z * 1.5 + q.x), sin(q.x * 1.2 + q.y));
  flow += 0.5 * vec3(sin(q.z * 3.1), sin(q.x * 2.9), sin(q.y * 3.3));
  p += flow * (0.05 + 0.55 * pTurbulence);
  p *= 0.74 + 0.35 * pSpread + (0.10 + 0.34 * pScale) * v;
  for (int b = 0; b < 3; b++) {
    float wave = exp(-pow((len - uAges[b] * 3.6) * 2.6, 2.0)) * exp(-uAges[b] * 1.5);
    p += normalize(p + 1e-4) * wave * (0.25 + 0.55 * pPulse);
    v += wave * 0.5;
  }
  gl_Position = uProj * uView * vec4(p, 1.0);
  float size = (0.010 + 0.026 * k.x * k.x * k.x) * (0.75 + 0.8 * v) * (0.85 + 0.3 * pPulse) * uProj[1][1] * uD.w / gl_Position.w;
  gl_PointSize = clamp(size, 1.3, 60.0);
  float area = min(1.0, size * size / 1.7);
  vec3 c = palette(clamp(float(family) / 9.0 * 0.75 + 0.25 * (k.y - 0.5) + 0.1, 0.0, 1.0));
  c = mix(c, uLight.rgb, 0.35 * exp(-len * 0.9));
  float depth = exp(-max(0.0, gl_Position.w - 5.0) * 0.11);
  // Fewer points shine more, so that a slow machine sees the same light.
  vColor = vec4(c * area * depth * (0.05 + 0.24 * v * v + 0.14 * pGlow) * ${CLOUD_POINTS.toFixed(1)} / uCount * 1.15, 0.0);
}`;

const cloud = {
  camera: (p, phases) => ({
    eye: turned(7.6 - 0.6 * p[PULSE], 0.42 + 0.25 * Math.sin(phases[1] * 0.19), phases[0] * 0.25),
    target: [0, 0, 0], fov: 44, sun: [0.2, 0.25, -1], bloom: 0.2,
  }),
  make(stage) {
    const back = stage.program(SCREEN_VS, BACK_FS);
    const points = stage.program(CLOUD_VS, DOT_FS);
    const halo = stage.program(HALO_VS, HALO_FS);
    const quad = stage.mesh(QUAD);
    return ({ p, quality }) => {
      const count = Math.round(CLOUD_POINTS * (0.55 + 0.45 * p[DETAIL]) * Math.max(0.12, quality));
      stage.screen(back);
      stage.adding(true);
      stage.gl.useProgram(points.program);
      stage.gl.uniform1f(points.places.uCount, count);
      stage.points(points, count);
      stage.gl.useProgram(halo.program);
      stage.gl.uniform1f(halo.places.uRadius, 2.6);
      stage.many(halo, quad, 1);
      stage.adding(false);
    };
  },
};

// Waves: a liquid under an evening sky; beats fall into it as drops.

const WAVES_SHAPE = `
float level(vec2 p) {
  float t = uD.y * 1.1, h = 0.0;
  float high = 0.16 + 0.55 * pScale;
  h += high * 0.50 * sin(dot(p, vec2(0.35, 0.52)) + t);
  h += high * 0.34 * sin(dot(p, vec2(-0.62, 0.43)) + t * 1.27 + 1.3 + 2.0 * pRotation);
  h += high * 0.22 * sin(dot(p, vec2(0.95, -0.30)) * (1.0 + 0.4 * pDetail) - t * 1.6);
  vec2 q = p * (1.3 + 1.1 * pDetail) + vec2(uD.z * 0.5, -uD.z * 0.35);
  float chop = sin(q.x + 1.7 * sin(q.y * 0.8)) * sin(q.y * 1.3 + 1.2 * sin(q.x * 0.7));
  h += (0.05 + 0.42 * pTurbulence) * chop * 0.6;
  for (int b = 0; b < 3; b++) {
    vec2 c = (vec2(hash(uSeeds[b] * 31.0), hash(uSeeds[b] * 57.0 + 9.1)) - 0.5) * vec2(5.0 + 6.0 * pSpread, 4.0);
    float d = length(p - c), front = uAges[b] * 4.2;
    h += (0.10 + 0.34 * pPulse) * sin((d - front) * 3.4) * exp(-pow((d - front) * 0.75, 2.0)) * exp(-uAges[b] * 0.9);
  }
  return h;
}`;
const WAVES_VS = `${PICK} ${WAVES_SHAPE}
uniform float uSide; out vec3 vAt;
void main() {
  int n = int(uSide), cell = gl_VertexID / 6, corner = gl_VertexID % 6;
  vec2 at = vec2(cell % n, cell / n) + vec2(corner == 1 || corner == 2 || corner == 4 ? 1 : 0, corner == 2 || corner == 4 || corner == 5 ? 1 : 0);
  vec2 u = at / uSide;
  // Near rows are close together and far ones wide apart.
  float z = 7.0 - 42.0 * u.y * u.y - 6.0 * u.y;
  float x = (u.x - 0.5) * (16.0 + 64.0 * u.y);
  vAt = vec3(x, level(vec2(x, z)) * smoothstep(-44.0, -18.0, z), z);
  gl_Position = uProj * uView * vec4(vAt, 1.0);
}`;
const WAVES_FS = `${WAVES_SHAPE} in vec3 vAt; out vec4 o;
void main() {
  vec2 p = vAt.xz;
  float far = smoothstep(6.0, 30.0, length(vAt - uEye.xyz)), e = 0.03 + 0.25 * far;
  float h = level(p);
  vec3 n = normalize(vec3(h - level(p + vec2(e, 0)), e, h - level(p + vec2(0, e))));
  float fine = noise(p * 7.0 + uD.z * 1.2) - 0.5, fine2 = noise(p * 7.0 + 31.0 - uD.z) - 0.5;
  n = normalize(n + vec3(fine, 0.0, fine2) * (0.06 + 0.20 * pDetail) * (1.0 - far));
  vec3 ray = normalize(vAt - uEye.xyz);
  float facing = max(0.0, dot(-ray, n)), fresnel = 0.03 + 0.97 * pow(1.0 - facing, 5.0);
  vec3 mirror = reflect(ray, n);
  mirror.y = abs(mirror.y);
  vec3 body = mix(uDeep.rgb * 0.4, uMid.rgb, 0.16);
  // Light goes through the crests.
  float crest = smoothstep(-0.2, 0.9, h / (0.35 + 0.9 * pScale));
  body += mix(uMain.rgb, uAccent.rgb, smoothstep(-0.5, 0.8, sin(p.x * 0.22 + uD.y * 0.3))) * pow(crest, 2.2) * (0.08 + 0.40 * pGlow + 0.28 * pPulse);
  vec3 c = mix(body, sky(mirror), fresnel);
  float glitter = pow(max(0.0, dot(mirror, uSun.xyz)), 160.0) + 0.12 * pow(max(0.0, dot(mirror, uSun.xyz)), 12.0);
  c += uLight.rgb * glitter * (0.6 + 1.4 * pGlow);
  for (int b = 0; b < 2; b++) c += uAccent.rgb * pow(crest, 3.0) * exp(-uAges[b] * 3.0) * 0.35 * pPulse;
  o = vec4(fogged(c, vAt, 0.026), 1.0);
}`;
// Curtains of light over the water: ten of them, each as bright as its parameter.
const AURORA_FS = `${RAY} ${PICK} in vec2 vUv; out vec4 o;
void main() {
  vec3 d = rayAt(vUv);
  vec3 c = sky(d);
  if (d.y > -0.02) {
    float a = atan(d.x, -d.z);
    float stars = hash(floor(d.xy / max(0.2, abs(d.z)) * 130.0));
    c += uLight.rgb * smoothstep(0.992, 1.0, stars) * 0.35 * (0.3 + pDetail) * smoothstep(0.05, 0.3, d.y);
    for (int k = 0; k < 10; k++) {
      float f = float(k), v = param(k);
      float place = (f - 4.5) * (0.13 + 0.10 * pSpread) + 0.10 * sin(uD.y * 0.35 + f * 1.9) + 0.06 * sin(d.y * 6.0 + uD.z * 0.6 + f);
      float across = (a - place) / (0.07 + 0.06 * v);
      float fold = 0.75 + 0.25 * sin(a * 60.0 + f * 3.0 + uD.z * 2.0);
      float tall = smoothstep(0.0, 0.10, d.y) * exp(-max(0.0, d.y - 0.06) * (7.5 - 4.5 * v));
      c += mix(uMain.rgb, uAccent.rgb, f / 9.0) * exp(-across * across) * tall * fold * v * v * (0.10 + 0.55 * pGlow);
    }
  }
  o = vec4(c, 1.0);
}`;

const waves = {
  camera: (p, phases) => ({
    eye: [Math.sin(phases[0] * 0.35) * 2.2, 2.2 + 0.35 * Math.sin(phases[1] * 0.4) + 0.25 * p[SCALE], 8.4],
    target: [Math.sin(phases[0] * 0.35) * 0.5, 1.05, -4], fov: 48, sun: [0.12, 0.1, -1], bloom: 0.13,
  }),
  make(stage) {
    const back = stage.program(SCREEN_VS, AURORA_FS);
    const water = stage.program(WAVES_VS, WAVES_FS);
    const { gl } = stage;
    return ({ quality }) => {
      const side = quality > 0.75 ? 180 : quality > 0.45 ? 120 : quality > 0.3 ? 80 : 56;
      gl.useProgram(water.program);
      gl.uniform1f(water.places.uSide, side);
      gl.bindVertexArray(stage.empty);
      gl.drawArrays(gl.TRIANGLES, 0, side * side * 6);
      stage.screen(back);
    };
  },
};

// Planet: a banded giant; its ring is ten rings, one a parameter, and a beat runs outwards through them.

const RING_POINTS = 22000;
const PLANET_VS = `${FACING} layout(location = 0) in vec3 aPlace; out vec3 vCorner;
void main() {
  vCorner = facing(vec3(0.0), aPlace.xy, 2.6, 1.7);
  gl_Position = uProj * uView * vec4(vCorner, 1.0);
}`;
const PLANET_FS = `${PICK} ${BALL} in vec3 vCorner; out vec4 o;
void main() {
  float radius = 1.42 + 0.22 * pScale + 0.05 * pPulse;
  vec3 ray = normalize(vCorner - uEye.xyz), at = meet(ray, vec3(0.0), radius), n = at / radius;
  vec3 q = turnY(n, -uD.x * 0.7);
  float lat = q.y * (5.0 + 6.0 * pDetail), lon = atan(q.x, q.z);
  vec2 p = vec2(lon * 2.0, lat);
  // Two seams of the map meet behind: the mist is the same on both sides.
  float around = fbm(vec2(q.x, q.z) * 2.2 + vec2(q.y * 4.0, uD.z * 0.12), 4);
  float curl = fbm(vec2(q.z, q.x) * 4.5 + vec2(-uD.z * 0.1, q.y * 7.0), 4);
  float band = sin(lat * 1.7 + (around - 0.5) * (1.5 + 6.0 * pTurbulence) + (curl - 0.5) * 2.0 * pTurbulence);
  float band2 = sin(lat * 4.1 + (curl - 0.5) * (2.0 + 5.0 * pTurbulence));
  vec3 c = mix(uMain.rgb * 0.75, uAccent.rgb * 0.8, 0.5 + 0.5 * band);
  c = mix(c, uLight.rgb * 0.8, 0.35 * smoothstep(0.2, 1.0, band2));
  c = mix(c, uDeep.rgb, 0.35 * smoothstep(0.5, 0.9, curl));
  float day = smoothstep(-0.18, 0.85, dot(n, uSun.xyz));
  float rim = pow(1.0 - max(0.0, dot(n, -ray)), 2.6);
  vec3 lit = c * day * (0.75 + 0.45 * pGlow);
  // Storms on the night side answer to the beat.
  float cells = smoothstep(0.42, 0.95, curl) * exp(-uAges.x * 3.0) * pPulse;
  lit += mix(uAccent.rgb, uLight.rgb, 0.5) * cells * (1.0 - day) * 0.55;
  lit += c * 0.035;
  lit += mix(uMain.rgb, uLight.rgb, 0.4) * rim * (0.10 + 0.9 * day) * (0.5 + 0.9 * pGlow);
  // The shadow of the ring.
  vec3 toSun = uSun.xyz;
  float s = -at.y / (abs(toSun.y) < 0.02 ? 0.02 : toSun.y);
  float ringAt = length((at + toSun * s).xz);
  if (s > 0.0) lit *= 1.0 - 0.55 * smoothstep(2.0, 2.2, ringAt) * smoothstep(4.4, 4.0, ringAt);
  o = vec4(lit, 1.0);
}`;
const AIR_FS = `in vec2 vUv; out vec4 o;
void main() {
  float d = length(vUv) * 3.4, radius = 1.42 + 0.22 * pScale;
  float a = exp(-max(0.0, d - radius) * (4.5 - 2.5 * pGlow)) * smoothstep(radius * 0.92, radius * 1.02, d);
  a *= smoothstep(3.4, 2.2, d);
  o = vec4(mix(uMain.rgb, uLight.rgb, 0.35) * a * (0.16 + 0.40 * pGlow + 0.3 * pPulse), 0.0);
}`;
const RING_VS = `${PICK} uniform float uCount; out vec4 vColor;
void main() {
  float i = float(gl_VertexID);
  vec3 h = hash3(i * 0.613 + 0.2), k = hash3(i * 1.31 + 2.9);
  int band = gl_VertexID % 10;
  float v = param(band);
  float inner = 2.05 + 0.1 * pScale, width = 1.7 + 1.1 * pSpread;
  float r = inner + (float(band) + 0.12 + 0.76 * h.x) / 10.0 * width;
  float a = h.y * TAU + uD.x * 1.6 / pow(r, 1.1) + uD.y * 0.25 / r;
  float y = (h.z - 0.5) * (0.03 + 0.32 * pTurbulence * v) + 0.10 * v * sin(a * 3.0 + float(band) + uD.z);
  for (int b = 0; b < 3; b++) {
    float front = 1.4 + uAges[b] * 2.2, wave = exp(-pow((r - front) * 4.0, 2.0)) * exp(-uAges[b] * 1.1);
    y += wave * (0.10 + 0.45 * pPulse) * (k.y - 0.2);
    v += 0.6 * wave;
  }
  vec3 p = vec3(cos(a) * r, y, sin(a) * r);
  gl_Position = uProj * uView * vec4(p, 1.0);
  float size = (0.008 + 0.020 * pow(k.x, 4.0)) * (0.8 + 0.5 * v) * uProj[1][1] * uD.w / gl_Position.w;
  gl_PointSize = clamp(size, 1.3, 40.0);
  float area = min(1.0, size * size / 1.7);
  // Behind the planet, seen from the sun, it is dark.
  float along = dot(p, uSun.xyz), aside = length(p - uSun.xyz * along);
  float shade = along < 0.0 ? smoothstep(1.25, 1.6, aside) : 1.0;
  vec3 c = mix(palette(float(band) / 9.0), uLight.rgb, 0.10 + 0.25 * k.z);
  vColor = vec4(c * area * (0.06 + 0.26 * v * v + 0.16 * pGlow * v) * (0.18 + 0.82 * shade) * ${RING_POINTS.toFixed(1)} / uCount * 1.2, 0.0);
}`;
const MOONS = 3;
const MOON_VS = `${PICK} ${FACING} layout(location = 0) in vec3 aPlace; out vec3 vCorner; flat out vec4 vBall;
void main() {
  float i = float(COPY), a = uD.y * (0.28 - 0.07 * i) + i * 2.3 + 0.6;
  vec3 p = vec3(cos(a), 0.22 * sin(a * 1.0 + i), sin(a)) * (4.3 + 0.9 * i + 0.8 * pSpread);
  float r = 0.16 - 0.035 * i + 0.05 * param((COPY * 4) % 10);
  vCorner = facing(p, aPlace.xy, r * 1.2, r);
  vBall = vec4(p, r);
  gl_Position = uProj * uView * vec4(vCorner, 1.0);
}`;
const MOON_FS = `${BALL} in vec3 vCorner; flat in vec4 vBall; out vec4 o;
void main() {
  vec3 ray = normalize(vCorner - uEye.xyz), at = meet(ray, vBall.xyz, vBall.w), n = (at - vBall.xyz) / vBall.w;
  float pits = fbm(n.xy * 6.0 + n.z * 4.0, 3);
  vec3 c = mix(uLight.rgb, uMid.rgb, 0.3 + 0.5 * pits) * (0.02 + 0.8 * max(0.0, dot(n, uSun.xyz)));
  o = vec4(c + uMain.rgb * 0.05 * pow(1.0 - max(0.0, dot(n, -ray)), 3.0), 1.0);
}`;

const planet = {
  camera: (p, phases) => ({
    eye: turned(8.6 - 0.3 * p[PULSE] + 1.3 * p[SPREAD], 0.27 + 0.17 * Math.sin(phases[1] * 0.16), phases[0] * 0.14 + 0.4),
    target: [0, 0, 0], fov: 42, sun: [-0.75, 0.38, 0.55], bloom: 0.13,
  }),
  make(stage) {
    const back = stage.program(SCREEN_VS, BACK_FS);
    const body = stage.program(PLANET_VS, PLANET_FS);
    const air = stage.program(HALO_VS, AIR_FS);
    const moon = stage.program(MOON_VS, MOON_FS, 6);
    const ring = stage.program(RING_VS, DOT_FS);
    const quad = stage.mesh(QUAD, MOONS);
    const { gl } = stage;
    return ({ p, quality }) => {
      const count = Math.round(RING_POINTS * (0.6 + 0.4 * p[DETAIL]) * Math.max(0.2, quality));
      stage.many(body, quad, 1);
      stage.many(moon, quad, MOONS);
      stage.screen(back);
      stage.adding(true);
      gl.useProgram(air.program);
      gl.uniform1f(air.places.uRadius, 3.4);
      gl.disable(gl.DEPTH_TEST);
      stage.many(air, quad, 1);
      gl.enable(gl.DEPTH_TEST);
      gl.useProgram(ring.program);
      gl.uniform1f(ring.places.uCount, count);
      stage.points(ring, count);
      stage.adding(false);
    };
  },
};

// Storm: clouds lit from within, rain, and lightning on the beats, over a dark sea.

const STORM_FS = `${RAY} ${PICK} in vec2 vUv; out vec4 o; uniform int uOctaves;
float bolt(vec2 p, float seed, float age) {
  float x = (hash(seed) - 0.5) * (0.7 + 1.1 * pSpread), top = 0.62;
  float y = clamp((top - p.y) / top, 0.0, 1.0);
  float path = x + (fbm(vec2(p.y * 5.0 + seed * 13.0, seed), 4) - 0.5) * 0.55 * y + (hash(seed + 4.0) - 0.5) * 0.3 * y;
  float d = abs(p.x - path);
  float branch = path + (noise(vec2(p.y * 9.0, seed * 3.0)) - 0.2) * 0.6 * max(0.0, y - 0.3 - 0.3 * hash(seed + 2.0));
  float d2 = abs(p.x - branch) * 1.7;
  float inside = step(0.0, p.y) * smoothstep(top + 0.05, top - 0.05, p.y);
  float light = 0.0022 / (d + 0.0018) + 0.0008 / (d2 + 0.002) * step(0.3, y);
  return light * inside * exp(-age * 6.5);
}
void main() {
  vec3 d = rayAt(vUv);
  float horizon = d.y, mirrored = 1.0;
  vec3 ray = d;
  float ripple = 0.0;
  if (d.y < 0.0) { // The sea: the same sky, upside down, broken by waves.
    vec2 w = d.xz / max(0.02, -d.y);
    ripple = (noise(w * vec2(2.2, 1.2) + vec2(0.0, uD.y * 1.4)) - 0.5) * (0.12 + 0.22 * pTurbulence);
    ray = normalize(vec3(d.x + ripple * 0.25, -d.y + abs(ripple) * 0.35 + 0.004, d.z));
    mirrored = 0.42;
  }
  float flash = 0.0;
  vec2 flashAt = vec2(0.0);
  float angle = atan(ray.x, -ray.z);
  for (int b = 0; b < 3; b++) {
    float seed = uSeeds[b] * 37.0 + 1.0;
    flash += exp(-uAges[b] * 4.5) * exp(-pow((angle - (hash(seed) - 0.5) * (0.7 + 1.1 * pSpread)) * 1.5, 2.0));
  }
  flash *= 0.12 + 0.50 * pPulse;
  vec3 c = sky(ray) * (0.9 + 0.4 * pWarmth);
  c += mix(uMain.rgb, uLight.rgb, pWarmth) * exp(-abs(ray.y) * 10.0) * (0.10 + 0.28 * pGlow);
  // Two decks of cloud, drawn out toward the horizon and wound up by the rotation.
  float up = max(0.03, ray.y);
  for (int deck = 0; deck < 2; deck++) {
    float f = float(deck);
    vec2 p = ray.xz / (up + 0.10) * (0.75 + 0.5 * f);
    float swirl = (0.35 + 1.1 * pRotation) * exp(-dot(p, p) * 0.05);
    float a = swirl * 1.6 + uD.x * 0.06;
    p = mat2(cos(a), -sin(a), sin(a), cos(a)) * p + vec2(0.25, 1.0) * uD.y * (0.22 - 0.07 * f);
    vec2 warp = vec2(fbm(p * 0.9 + uD.z * 0.11, 3), fbm(p * 0.9 + 7.3 - uD.z * 0.09, 3)) - 0.5;
    float body = fbm(p * (0.85 + 0.3 * pDetail) + warp * (0.7 + 2.2 * pTurbulence) + f * 5.0, uOctaves);
    float thick = smoothstep(0.62 - 0.24 * pScale, 0.95 - 0.2 * pScale, body + 0.16);
    float edge = smoothstep(0.0, 0.35, thick) * (1.0 - smoothstep(0.35, 1.0, thick));
    vec3 shade = mix(uMid.rgb * 0.20, uDeep.rgb * 0.16, thick) * (0.5 + body);
    float facing = max(0.0, dot(ray, uSun.xyz));
    shade += mix(uMain.rgb, uLight.rgb, 0.4) * edge * (0.06 + 0.36 * pGlow) * (0.25 + 0.9 * facing);
    for (int k = 0; k < 5; k++) { // Lamps within the clouds, one for two parameters.
      float v = 0.5 * (param(k * 2) + param(k * 2 + 1));
      float at = (float(k) - 2.0) * (0.32 + 0.22 * pSpread) + 0.12 * sin(uD.y * 0.4 + float(k) * 2.1);
      vec2 to = vec2((angle - at) * 2.4, (ray.y - 0.24 - 0.07 * sin(float(k) * 1.7)) * 4.2);
      shade += palette(float(k) / 5.0) * v * v * exp(-dot(to, to)) * (0.12 + 0.40 * pGlow) * (0.15 + 1.5 * body * body);
    }
    shade += mix(uAccent.rgb, uLight.rgb, 0.6) * flash * (0.06 + 1.3 * thick * body * body) * 0.9;
    c = mix(c, shade, thick * (0.62 + 0.2 * f) * smoothstep(0.015, 0.16, ray.y));
  }
  for (int b = 0; b < 3; b++) {
    float seed = uSeeds[b] * 37.0 + 1.0;
    c += mix(uAccent.rgb, vec3(1.0), 0.75) * bolt(vec2(angle, ray.y), seed, uAges[b]) * (0.6 + 1.6 * pPulse) * smoothstep(0.05, 0.35, pPulse + exp(-uAges[b] * 3.0));
  }
  if (d.y < 0.0) {
    float fresnel = 0.25 + 0.75 * pow(1.0 - min(1.0, -d.y * 1.5), 3.0);
    c = mix(uDeep.rgb * 0.12, c * mirrored * 1.5, fresnel);
    c += uMid.rgb * max(0.0, ripple) * 0.35;
  }
  c = mix(c, uMid.rgb * 0.24 + uMain.rgb * 0.08, exp(-abs(d.y) * 26.0) * 0.5);
  o = vec4(c, 1.0);
}`;
const RAIN_DROPS = 1100;
const RAIN_VS = `${PICK} layout(location = 0) in vec3 aPlace; out vec4 vColor;
void main() {
  vec3 h = hash3(float(COPY) * 0.77 + 0.4);
  float fall = uD.y * 2.4 + uC.w * (3.2 + 1.5 * h.y);
  vec3 p = vec3((h.x - 0.5) * 16.0, 7.0 - mod(h.y * 10.0 + fall, 10.0), uEye.z - 1.5 - 11.0 * h.z);
  float wind = (0.10 + 0.5 * pDrift) * sin(uD.x * 0.4) + 0.15;
  p.x += wind * (7.0 - p.y) * 0.35 + 0.2 * pTurbulence * sin(uC.w * 2.0 + h.z * TAU);
  float len = 0.20 + 0.35 * pScale + 0.2 * h.z;
  vec3 at = p + vec3(aPlace.x * 0.006 - wind * 0.35 * len * (aPlace.y - 1.0) * 0.5, aPlace.y * len * 0.5, 0.0);
  float flash = exp(-uAges.x * 5.0);
  vColor = vec4(mix(uMid.rgb, uLight.rgb, 0.55) * (0.06 + 0.16 * pGlow + 0.40 * flash * pPulse) * (0.4 + 0.6 * (1.0 - h.z)) * (0.5 - 0.5 * aPlace.y + 0.1), 0.0);
  gl_Position = uProj * uView * vec4(at, 1.0);
}`;
const RAIN_FS = `in vec4 vColor; out vec4 o; void main() { o = vColor; }`;

const storm = {
  camera: (p, phases) => ({
    eye: [0, 1.2, 6],
    target: [Math.sin(phases[0] * 0.25) * 1.4, 2.6 + 0.4 * Math.sin(phases[1] * 0.2) + 0.25 * p[PULSE], -2],
    fov: 56, sun: [0.25, 0.12, -1], bloom: 0.13,
  }),
  make(stage) {
    const air = stage.program(SCREEN_VS, STORM_FS);
    const rain = stage.program(RAIN_VS, RAIN_FS, 6);
    const quad = stage.mesh(QUAD, RAIN_DROPS);
    const { gl } = stage;
    return ({ p, quality }) => {
      gl.useProgram(air.program);
      gl.uniform1i(air.places.uOctaves, quality > 0.6 ? 5 : 4);
      stage.screen(air);
      stage.adding(true);
      stage.many(rain, quad, Math.round(RAIN_DROPS * (0.2 + 0.8 * p[DETAIL]) * Math.max(0.35, quality)));
      stage.adding(false);
    };
  },
};

const SCENES = { bars, spheres, crystals, cloud, waves, planet, storm };
