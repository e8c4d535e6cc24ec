// Bars, spheres and crystals: solid things in light.

const PICK = `
float param(int k) { vec4 v = k < 4 ? uA : k < 8 ? uB : uC; return v[k & 3]; }
vec3 turnY(vec3 p, float a) { float c = cos(a), s = sin(a); return vec3(c * p.x + s * p.z, p.y, c * p.z - s * p.x); }
vec3 fibonacci(float i, float n) {
  float y = 1.0 - 2.0 * (i + 0.5) / n, a = i * 2.399963;
  return vec3(cos(a) * sqrt(1.0 - y * y), y, sin(a) * sqrt(1.0 - y * y));
}
`;

const RAY = `
vec3 rayAt(vec2 uv) {
  vec2 p = (uv * 2.0 - 1.0) / vec2(uProj[0][0], uProj[1][1]);
  return normalize((uTurn * vec4(p, -1.0, 0.0)).xyz);
}
`;

// A ball is drawn on a square that faces the one who looks: a corner of the square, and where a ray meets the ball.
const FACING = `
vec3 facing(vec3 middle, vec2 corner, float size, float nearer) {
  vec3 to = normalize(middle - uEye.xyz), right = normalize(cross(to, vec3(0, 1, 0))), up = cross(right, to);
  return middle + (right * corner.x + up * corner.y) * size - to * nearer;
}
`;
const BALL = `
vec3 meet(vec3 ray, vec3 middle, float radius) {
  vec3 oc = uEye.xyz - middle;
  float b = dot(oc, ray), d = b * b - dot(oc, oc) + radius * radius;
  if (d < 0.0) discard;
  vec3 at = uEye.xyz + ray * (-b - sqrt(d));
  vec4 clip = uProj * uView * vec4(at, 1.0);
  gl_FragDepth = clip.z / clip.w * 0.5 + 0.5;
  return at;
}
`;

// The ground of most pictures: sky, slow mist, stars.
const BACK_FS = `${RAY} in vec2 vUv; out vec4 o;
void main() {
  vec3 d = rayAt(vUv);
  vec3 c = sky(d);
  // Mist over the whole sphere: the sphere is folded onto a plane without a seam.
  vec2 p = vec2(d.x + sin(d.z * 2.1), d.y + 0.8 * cos(d.z * 1.7 + 1.0)) * 1.9;
  float mist = fbm(p + vec2(uD.y * 0.10, uC.w * 0.01), 4);
  c += mix(uMid.rgb, uMain.rgb, mist) * pow(mist, 3.4) * (0.16 + 0.30 * pGlow);
  vec3 side = abs(d);
  p = side.z > max(side.x, side.y) ? d.xy / d.z : side.x > side.y ? d.zy / d.x + 3.0 : d.xz / d.y + 6.0;
  vec2 cell = floor(p * 44.0);
  float star = hash(cell + dot(sign(d), vec3(11.0, 23.0, 37.0)));
  vec2 off = fract(p * 44.0) - 0.5 - (vec2(hash(cell + 7.1), hash(cell + 3.7)) - 0.5) * 0.6;
  float twinkle = 0.6 + 0.4 * sin(uC.w * 1.7 + star * 60.0);
  c += uLight.rgb * smoothstep(0.93, 1.0, star) * exp(-dot(off, off) * 90.0) * 0.7 * twinkle * (0.5 + pDetail);
  o = vec4(c, 1.0);
}`;

const BOX = (() => {
  const places = [];
  const normals = [];
  for (let axis = 0; axis < 3; axis++) {
    for (const side of axis === 1 ? [1] : [-1, 1]) { // Nobody sees the underside.
      const corner = (a, b) => {
        const p = [0, 0, 0];
        p[axis] = side;
        p[(axis + 1) % 3] = a * side;
        p[(axis + 2) % 3] = b;
        return p;
      };
      const normal = [0, 0, 0];
      normal[axis] = side;
      for (const [a, b] of [[-1, -1], [1, -1], [1, 1], [-1, -1], [1, 1], [-1, 1]]) {
        places.push(...corner(a, b));
        normals.push(...normal);
      }
    }
  }
  return { places, normals };
})();

// A crystal along y from 0 to 1: six sides, a tip.
const CRYSTAL = (() => {
  const places = [];
  const ring = (y, r) => Array.from({ length: 6 }, (_, i) => [r * Math.cos((i * Math.PI) / 3), y, r * Math.sin((i * Math.PI) / 3)]);
  const rings = [ring(-0.15, 0.72), ring(0.3, 1), ring(0.74, 0.86)];
  const tip = [0.12, 1, 0.06];
  for (let level = 0; level < 2; level++) {
    for (let i = 0; i < 6; i++) {
      const j = (i + 1) % 6;
      const [a, b, c, d] = [rings[level][i], rings[level][j], rings[level + 1][j], rings[level + 1][i]];
      places.push(...a, ...c, ...b, ...a, ...d, ...c);
    }
  }
  for (let i = 0; i < 6; i++) places.push(...rings[2][i], ...tip, ...rings[2][(i + 1) % 6]);
  return { places };
})();

const QUAD = { places: [-1, -1, 0, 1, -1, 0, 1, 1, 0, -1, -1, 0, 1, 1, 0, -1, 1, 0] };

// Bars: the last seconds of all ten parameters as a field of columns above a wet floor.

const BAR_COLUMNS = 32;
const BAR_ROWS = 40;
const BAR_STEP_SEC = 0.1;

const BARS_VS = `${PICK}
layout(location = 0) in vec3 aPlace; layout(location = 1) in vec3 aNormal;
uniform sampler2D uHistory; uniform float uMirror, uPart;
out vec3 vAt, vNormal, vLocal; out vec4 vHow; // height, column 0..1, age 0..1, value
float value(float column, int row) {
  float k = abs(column * 2.0 - 1.0) * 9.0;
  int a = int(k);
  float x = texelFetch(uHistory, ivec2(a, row), 0).r, y = texelFetch(uHistory, ivec2(min(9, a + 1), row), 0).r;
  return mix(x, y, smoothstep(0.0, 1.0, k - float(a)));
}
void main() {
  int n = ${BAR_COLUMNS};
  int row = COPY / n;
  float column = (float(COPY - row * n) + 0.5) / float(n);
  float v = value(column, row);
  float age = row == 0 ? 0.0 : (float(row) - 1.0 + uPart) / ${(BAR_ROWS - 1).toFixed(1)};
  float wave = sin(column * 19.0 + age * 24.0 - uD.z * 3.0) * sin(column * 7.0 - uD.z * 1.3 + age * 9.0);
  float h = 0.10 + pow(v, 1.7) * (1.3 + 2.6 * pScale) * mix(1.0, 0.72, age);
  h += (0.06 + 0.34 * pTurbulence) * (0.5 + 0.5 * wave);
  h += 0.9 * pPulse * exp(-pow((age * 4.2 - uAges.x * 2.2) * 2.4, 2.0)) * exp(-uAges.x * 1.3);
  h *= smoothstep(1.0, 0.86, age);
  float gap = 0.60 + 0.30 * pSpread;
  float x = (column - 0.5) * float(n) * gap;
  float width = mix(0.25, 0.16, pDetail) * (0.9 + 0.2 * pSpread);
  // The field bends around the one who looks.
  vec3 center = vec3(x, 0.0, 1.0 - age * 26.0 - x * x * 0.018);
  vec3 at = center + vec3(aPlace.x * width, (aPlace.y * 0.5 + 0.5) * h, aPlace.z * width);
  vLocal = vec3(aPlace.x, (aPlace.y * 0.5 + 0.5), aPlace.z);
  vHow = vec4(h, column, age, v);
  vNormal = aNormal;
  if (uMirror > 0.5) { at.y = -at.y; vNormal.y = -vNormal.y; }
  vAt = at;
  gl_Position = uProj * uView * vec4(at, 1.0);
}`;
const BARS_FS = `in vec3 vAt, vNormal, vLocal; in vec4 vHow; out vec4 o; uniform float uMirror;
void main() {
  vec3 n = normalize(vNormal);
  vec3 ray = normalize(vAt - uEye.xyz);
  vec3 e = abs(vLocal * vec3(1.0, 2.0, 1.0) - vec3(0.0, 1.0, 0.0));
  float side = abs(vHow.y * 2.0 - 1.0);
  vec3 base = mix(uMain.rgb, uAccent.rgb, smoothstep(0.05, 0.95, side));
  base = mix(base, uLight.rgb, 0.20 * smoothstep(0.6, 1.0, vHow.w));
  float front = exp(-vHow.z * 7.0);
  float diffuse = 0.30 + 0.70 * max(0.0, dot(n, normalize(vec3(0.25, 0.8, 0.45)))) + 0.5 * max(0.0, dot(n, uSun.xyz));
  float rise = smoothstep(0.0, 1.0, vLocal.y);
  vec3 c = base * diffuse * (0.035 + 0.20 * rise * rise);
  c += sky(reflect(ray, n)) * (0.10 + 0.8 * pow(1.0 - max(0.0, dot(-ray, n)), 4.0));
  float edge = smoothstep(0.72, 1.0, max(max(min(e.x, e.z), min(e.y, e.z)), min(e.x, e.y)));
  c += base * edge * 0.22 * (0.3 + pDetail);
  float cap = smoothstep(0.84, 1.0, vLocal.y) + (n.y > 0.5 ? 0.55 : 0.0);
  c += base * cap * vHow.w * vHow.w * (0.30 + 0.9 * pGlow) * (0.35 + 0.55 * front);
  c += base * front * rise * rise * pPulse * 0.30;
  if (uMirror > 0.5) c *= 0.55 * exp(-abs(vAt.y) * 0.55);
  o = vec4(fogged(c, vec3(vAt.x, abs(vAt.y), vAt.z), 0.040 + 0.012 * (1.0 - pSpread)), 1.0);
}`;
const FLOOR_VS = `layout(location = 0) in vec3 aPlace; out vec3 vAt;
void main() { vAt = vec3(aPlace.x * 60.0, -0.002, aPlace.y * 60.0); gl_Position = uProj * uView * vec4(vAt, 1.0); }`;
const FLOOR_FS = `in vec3 vAt; out vec4 o;
void main() {
  vec3 ray = normalize(vAt - uEye.xyz);
  float facing = 1.0 - pow(1.0 - max(0.0, -ray.y), 5.0);
  vec2 p = vAt.xz * 1.3 + vec2(0.0, uD.y * 1.5);
  float wet = fbm(p, 3);
  vec3 mirror = sky(normalize(vec3(ray.x + (wet - 0.5) * 0.08, abs(ray.y) + 0.02, ray.z)));
  vec3 c = mix(mirror * 0.8, uDeep.rgb * 0.25, 0.55 * facing);
  o = vec4(fogged(c, vAt, 0.042), mix(0.50, 0.80, smoothstep(0.35, 0.75, wet)));
}`;

const bars = {
  camera: (p, phases) => ({
    eye: [Math.sin(phases[0] * 0.5) * 2.6, 2.9 + 0.9 * Math.sin(phases[1] * 0.21) + 0.5 * p[DRIFT], 8.2 - 0.5 * p[PULSE]],
    target: [0, 1.0, -4.5], fov: 46, sun: [0, 0.13, -1], bloom: 0.1,
  }),
  make(stage) {
    const { gl } = stage;
    const back = stage.program(SCREEN_VS, BACK_FS);
    const bar = stage.program(BARS_VS, BARS_FS, BOX.places.length / 3);
    const floor = stage.program(FLOOR_VS, FLOOR_FS);
    const box = stage.mesh(BOX, BAR_COLUMNS * BAR_ROWS);
    const quad = stage.mesh(QUAD);
    const past = new Float32Array(BAR_ROWS * 10);
    const history = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, history);
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.R32F, 10, BAR_ROWS);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    return ({ track, time, p, limited, quality }) => {
      const rows = quality > 0.4 ? BAR_ROWS : BAR_ROWS / 2; // A slow machine sees half of the past.
      const step = Math.floor(time / BAR_STEP_SEC);
      const older = past.subarray(10);
      track.history(step * BAR_STEP_SEC, BAR_ROWS - 1, BAR_STEP_SEC, older, limited);
      past.set(p);
      stage.bind(bar, { uHistory: history });
      gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, 10, BAR_ROWS, gl.RED, gl.FLOAT, past);
      gl.uniform1f(bar.places.uPart, time / BAR_STEP_SEC - step);
      gl.uniform1f(bar.places.uMirror, 1);
      if (quality > 0.3) stage.many(bar, box, BAR_COLUMNS * rows);
      gl.enable(gl.BLEND);
      gl.blendFunc(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA);
      stage.many(floor, quad, 1);
      gl.disable(gl.BLEND);
      gl.useProgram(bar.program);
      gl.uniform1f(bar.places.uMirror, 0);
      stage.many(bar, box, BAR_COLUMNS * rows);
      stage.screen(back);
    };
  },
};

// Spheres: a slow swarm of glass around a lamp; each sphere breathes with one of the ten.

const SPHERES = 90;
const SPHERE_VS = `${PICK} ${FACING}
layout(location = 0) in vec3 aPlace;
out vec3 vCorner; flat out vec4 vBall; flat out vec3 vSelf;
void main() {
  float i = float(COPY);
  float v = param(COPY % 10);
  vec3 h = hash3(i + 1.0);
  float shell = 1.5 + 2.1 * h.x + (0.3 + 2.2 * pSpread) * (0.3 + h.x);
  vec3 p = fibonacci(i, ${SPHERES.toFixed(1)}) * vec3(1.0, 0.62, 1.0) * shell;
  p = turnY(p, uD.x * (0.55 + 0.5 * h.y) + h.z * 0.4);
  p += (0.10 + 0.55 * pTurbulence) * vec3(sin(uD.z * 1.1 + h.x * TAU), sin(uD.z * 1.4 + h.y * TAU), sin(uD.z * 0.9 + h.z * TAU));
  p.y += 0.5 * sin(uD.y * 0.5 + h.y * TAU) * (0.3 + pDrift);
  p *= 1.0 + 0.10 * pPulse * sin(i);
  float r = (0.09 + 0.16 * h.y) + (0.10 + 0.40 * h.x) * pow(v, 1.4) * (0.45 + 0.8 * pScale);
  if (COPY == 0) { p = vec3(0.0); r = 0.45 + 0.30 * pScale + 0.18 * pPulse; }
  if (h.z > 0.35 + 0.65 * pDetail) r *= 0.45;
  vCorner = facing(p, aPlace.xy, r * 1.25, r);
  vBall = vec4(p, r);
  vSelf = vec3(h.z, v, i);
  gl_Position = uProj * uView * vec4(vCorner, 1.0);
}`;
const SPHERE_FS = `${BALL} in vec3 vCorner; flat in vec4 vBall; flat in vec3 vSelf; out vec4 o;
void main() {
  vec3 ray = normalize(vCorner - uEye.xyz), at = meet(ray, vBall.xyz, vBall.w), n = (at - vBall.xyz) / vBall.w;
  float facing = max(0.0, dot(-ray, n)), rim = pow(1.0 - facing, 3.0);
  vec3 base = palette(vSelf.x);
  if (vSelf.z < 0.5) {
    float boil = fbm(n.xy * 3.0 + vec2(uD.z * 0.4, n.z * 2.0 + uD.y * 0.2), 4);
    vec3 hot = mix(uMain.rgb, uLight.rgb, smoothstep(0.25, 0.8, boil) * facing);
    o = vec4(hot * (0.30 + 0.55 * pGlow + 0.45 * pPulse) * (0.25 + 0.9 * facing + 0.5 * boil), 1.0);
    return;
  }
  vec3 lamp = -at; float far2 = dot(lamp, lamp); lamp = normalize(lamp);
  vec3 c = base * (0.03 + 0.16 * max(0.0, dot(n, uSun.xyz)));
  // The lamp lights the near side and shines through what is thin.
  c += (base * 0.8 + uLight.rgb * 0.2) * (max(0.0, dot(n, lamp)) + 0.30 * pow(max(0.0, dot(ray, lamp)), 3.0)) * (1.6 + 2.8 * pGlow + 2.0 * pPulse) / (1.5 + far2);
  vec3 mirror = reflect(ray, n);
  c += sky(mirror) * (0.35 + 1.6 * rim) + uLight.rgb * pow(max(0.0, dot(mirror, uSun.xyz)), 60.0) * 0.8;
  c += uLight.rgb * pow(max(0.0, dot(mirror, lamp)), 40.0) * 1.2;
  vec3 film = 0.5 + 0.5 * cos(TAU * (facing * (1.1 + pDetail) + vSelf.x + vec3(0.0, 0.33, 0.67)));
  c += film * base * rim * (0.35 + 0.9 * pDetail);
  c += base * vSelf.y * vSelf.y * 0.50 * (0.3 + pGlow);
  o = vec4(fogged(c, at, 0.052), 1.0);
}`;
const HALO_VS = `layout(location = 0) in vec3 aPlace; uniform float uRadius; out vec2 vUv;
void main() {
  vUv = aPlace.xy;
  vec4 p = uView * vec4(0.0, 0.0, 0.0, 1.0);
  gl_Position = uProj * (p + vec4(aPlace.xy * uRadius, 0.0, 0.0));
}`;
const HALO_FS = `in vec2 vUv; out vec4 o;
void main() {
  float d = length(vUv);
  float a = pow(max(0.0, 1.0 - d), 3.0);
  o = vec4(mix(uMain.rgb, uLight.rgb, a) * a * (0.10 + 0.32 * pGlow + 0.22 * pPulse), 0.0);
}`;

const spheres = {
  camera: (p, phases) => ({
    eye: turned(8.4 - 0.5 * p[PULSE] + 1.6 * p[SPREAD], 0.24 + 0.14 * Math.sin(phases[1] * 0.3), phases[0] * 0.35),
    target: [0, 0, 0], fov: 44, sun: [-0.6, 0.55, 0.4], bloom: 0.13,
  }),
  make(stage) {
    const back = stage.program(SCREEN_VS, BACK_FS);
    const ball = stage.program(SPHERE_VS, SPHERE_FS, 6);
    const halo = stage.program(HALO_VS, HALO_FS);
    const quad = stage.mesh(QUAD, SPHERES);
    return () => {
      stage.many(ball, quad, SPHERES);
      stage.screen(back);
      stage.adding(true);
      stage.gl.useProgram(halo.program);
      stage.gl.uniform1f(halo.places.uRadius, 4.2);
      stage.many(halo, quad, 1);
      stage.adding(false);
    };
  },
};

// Crystals: a druse that grows with the sound; light is broken in it.

const CRYSTALS = 76;
const CRYSTAL_VS = `${PICK}
layout(location = 0) in vec3 aPlace;
out vec3 vAt; out float vAlong; flat out vec3 vSelf;
void main() {
  float i = float(COPY), n = ${CRYSTALS.toFixed(1)};
  float v = param(COPY % 10);
  vec3 h = hash3(i + 3.0);
  vec3 axis = fibonacci(i, n);
  axis = normalize(axis * vec3(1.0, 0.9, 1.0) + (h - 0.5) * (0.25 + 0.5 * pTurbulence));
  axis = normalize(axis + 0.10 * (0.2 + pTurbulence) * sin(uD.z * vec3(0.9, 1.2, 0.7) + h * TAU));
  float big = h.y * h.y;
  float len = 0.55 + 0.50 * big + (0.40 + 1.05 * h.x) * pow(v, 1.5) * (0.45 + 0.9 * pScale);
  len *= 1.0 + 0.35 * pPulse * exp(-pow((uAges.x * 3.0 - h.z), 2.0) * 6.0);
  float thick = (0.11 + 0.15 * big) * (1.25 - 0.45 * pDetail);
  if (h.z > 0.4 + 0.6 * pDetail) { len *= 0.6; }
  vec3 side = normalize(cross(axis, abs(axis.y) > 0.9 ? vec3(1, 0, 0) : vec3(0, 1, 0))), other = cross(axis, side);
  float a = h.z * TAU;
  vec3 s = side * cos(a) + other * sin(a), t = cross(axis, s);
  vec3 root = axis * (0.32 + 0.55 * pSpread + 0.10 * pPulse);
  vec3 at = root + axis * aPlace.y * len + (s * aPlace.x + t * aPlace.z) * thick * (0.55 + 0.45 * smoothstep(-0.2, 0.3, aPlace.y));
  vAt = turnY(at, uD.x * 0.8);
  vAlong = aPlace.y;
  vSelf = vec3(h.x, v, i);
  gl_Position = uProj * uView * vec4(vAt, 1.0);
}`;
const CRYSTAL_FS = `in vec3 vAt; in float vAlong; flat in vec3 vSelf; out vec4 o;
void main() {
  vec3 ray = normalize(vAt - uEye.xyz);
  vec3 n = normalize(cross(dFdx(vAt), dFdy(vAt)));
  if (dot(n, ray) > 0.0) n = -n;
  float facing = dot(-ray, n), rim = pow(1.0 - facing, 4.0);
  vec3 base = palette(fract(vSelf.x * 0.8 + 0.05));
  // Each color is bent by another angle; what is seen through the crystal is the sky behind it.
  float fan = 0.03 + 0.05 * pDetail;
  vec3 through = vec3(sky(refract(ray, n, 0.72 - fan)).r, sky(refract(ray, n, 0.72)).g, sky(refract(ray, n, 0.72 + fan)).b);
  vec3 mirror = reflect(ray, n);
  vec3 c = through * (0.5 + base * 2.6);
  c += sky(mirror) * (0.40 + 1.6 * rim);
  c += uLight.rgb * pow(max(0.0, dot(mirror, uSun.xyz)), 18.0) * 1.3;
  c += base * (0.03 + 0.24 * max(0.0, dot(n, uSun.xyz)));
  float inner = exp(-max(0.0, vAlong) * 3.2);
  c += mix(uMain.rgb, uLight.rgb, 0.4) * inner * (0.08 + 0.50 * pGlow + 0.40 * pPulse);
  c += base * smoothstep(0.55, 1.0, vAlong) * vSelf.y * vSelf.y * (0.15 + 0.70 * pGlow);
  float glint = pow(max(0.0, sin(dot(n, vec3(9.0, 7.0, 5.0)) + uD.x * 4.0 + vSelf.z)), 24.0);
  c += uLight.rgb * glint * 0.45 * pDetail;
  o = vec4(fogged(c, vAt, 0.06), 1.0);
}`;
const DUST_VS = `${PICK} out vec4 vColor;
void main() {
  float i = float(gl_VertexID);
  vec3 h = hash3(i + 0.5), k = hash3(i + 91.0);
  vec3 p = (h - 0.5) * vec3(11.0, 7.0, 11.0);
  p.y = mod(p.y + uD.y * (0.15 + 0.4 * k.x) + 3.5, 7.0) - 3.5;
  p += 0.3 * sin(uD.z * 0.6 + k * TAU);
  p = turnY(p, uD.x * 0.15);
  gl_Position = uProj * uView * vec4(p, 1.0);
  float twinkle = 0.5 + 0.5 * sin(uC.w * (1.0 + 2.0 * k.y) + k.z * TAU);
  float size = (0.010 + 0.022 * k.x) * (0.7 + 0.6 * pPulse) * uProj[1][1] * uD.w / gl_Position.w;
  gl_PointSize = clamp(size, 1.0, 40.0);
  vColor = vec4(palette(k.z) * (0.10 + 0.7 * pGlow) * twinkle * min(1.0, size), 0.0);
}`;
const DOT_FS = `in vec4 vColor; out vec4 o;
void main() {
  vec2 d = gl_PointCoord * 2.0 - 1.0;
  float a = max(0.0, 1.0 - dot(d, d));
  o = vColor * a * a;
}`;

const crystals = {
  camera: (p, phases) => ({
    eye: turned(6.6 - 0.5 * p[PULSE] + 0.9 * p[SPREAD], 0.28 + 0.2 * Math.sin(phases[1] * 0.27), phases[0] * 0.3 + phases[1] * 0.08),
    target: [0, 0, 0], fov: 40, sun: [0.5, 0.62, -0.6], bloom: 0.12,
  }),
  make(stage) {
    const back = stage.program(SCREEN_VS, BACK_FS);
    const crystal = stage.program(CRYSTAL_VS, CRYSTAL_FS, CRYSTAL.places.length / 3);
    const halo = stage.program(HALO_VS, HALO_FS);
    const dust = stage.program(DUST_VS, DOT_FS);
    const shape = stage.mesh(CRYSTAL, CRYSTALS);
    const quad = stage.mesh(QUAD);
    return ({ p, quality }) => {
      stage.many(crystal, shape, CRYSTALS);
      stage.screen(back);
      stage.adding(true);
      stage.points(dust, Math.round((120 + 500 * p[DETAIL]) * quality));
      stage.gl.useProgram(halo.program);
      stage.gl.uniform1f(halo.places.uRadius, 2.4);
      stage.many(halo, quad, 1);
      stage.adding(false);
    };
  },
};

// A place on a sphere around the middle: distance, height angle, turn.
function turned(distance, height, angle) {
  const flat = Math.cos(height) * distance;
  return [Math.sin(angle) * flat, Math.sin(height) * distance, Math.cos(angle) * flat];
}
