// The 2-D lab: asks its worker (lab_game.js) for some rounds, draws the plane, asks again. One question is under way at a time.
const root = element.querySelector('.lab');
holdSliders(root);
const canvas = root.querySelector('canvas'), pen = canvas.getContext('2d'), SPAN = 2, SIZE = canvas.width;
const words = JSON.parse(root.dataset.words), rules = JSON.parse(root.dataset.start), LOG = ['lr_g', 'lr_d'];
const PERIOD = 33;    // milliseconds from one question to the next: quick machines would be over before one sees it
let running = !matchMedia('(prefers-reduced-motion: reduce)').matches, anew = false, stroke = null, last = null, busy = false, waiting = null;

// A drawn target as text for the link: four characters a point, two for each of x and y.
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_', MOST_POINTS = JSON.parse(root.dataset.points);
const HEART = Array.from({length: 90}, (_, i) => {            // what is there until somebody draws
  const t = 2 * Math.PI * i / 90;
  return [1.45 * Math.sin(t) ** 3, (13 * Math.cos(t) - 5 * Math.cos(2 * t) - 2 * Math.cos(3 * t) - Math.cos(4 * t) + 2.5) / 11];
});
const written = points => points.flat().map(value => Math.round((value + SPAN) / (2 * SPAN) * 4095)).map(
  number => DIGITS[number >> 6] + DIGITS[number & 63]).join('');
const read = text => (text.match(/.{4}/g) || []).map(point => [0, 2].map(
  i => (64 * DIGITS.indexOf(point[i]) + DIGITS.indexOf(point[i + 1])) / 4095 * 2 * SPAN - SPAN));
const drawn = () => stroke || (rules.drawn ? read(rules.drawn) : HEART);

const at = ([x, y]) => [(x + SPAN) / (2 * SPAN) * SIZE, (SPAN - y) / (2 * SPAN) * SIZE];
const inside = point => point.map(value => Math.min(SPAN, Math.max(-SPAN, value)));      // at the edge, where it is beyond
const colour = name => getComputedStyle(root).getPropertyValue(name).trim();
const shown = layer => root.querySelector(`[data-layer="${layer}"]`).checked;
const visible = () => root.isConnected && canvas.offsetParent !== null && document.visibilityState === 'visible';

function paint(p) {
  pen.fillStyle = colour('--raised');
  pen.fillRect(0, 0, SIZE, SIZE);
  if (shown('heat')) {
    const n = Math.round(Math.sqrt(p.heat.length)), cell = SIZE / n, colours = [colour('--leaf'), colour('--petal')];
    p.heat.forEach((belief, i) => {
      const x = Math.round((i % n) * cell), y = Math.round((n - 1 - Math.floor(i / n)) * cell);
      pen.fillStyle = colours[belief > 0.5 ? 0 : 1];
      pen.globalAlpha = Math.min(0.45, 1.5 * Math.abs(belief - 0.5));     // near one half in a fair game
      pen.fillRect(x, y, Math.round((i % n + 1) * cell) - x, Math.round((n - Math.floor(i / n)) * cell) - y);
    });
    pen.globalAlpha = 1;
  }
  if (shown('grid')) {
    const n = Math.round(Math.sqrt(p.grid.length));
    pen.strokeStyle = colour('--ochre'); pen.globalAlpha = 0.7; pen.lineWidth = 1;
    for (const [along, across] of [[n, 1], [1, n]]) {
      for (let i = 0; i < n; i++) {
        pen.beginPath();
        for (let j = 0; j < n; j++) pen[j ? 'lineTo' : 'moveTo'](...at(p.grid[i * along + j * across]));
        pen.stroke();
      }
    }
    pen.globalAlpha = 1;
  }
  const dots = (points, name, radius, how = 'fill') => {
    pen.fillStyle = pen.strokeStyle = colour(name);
    pen.lineWidth = 1.6;
    for (const point of points) { pen.beginPath(); pen.arc(...at(point), radius, 0, 7); pen[how](); }
  };
  dots(p.real, '--muted', 2.5);
  dots(p.fake.map(inside), '--petal', 2.8, 'stroke');           // rings: not everybody tells the colours apart
  if (shown('push')) {
    pen.strokeStyle = colour('--ink'); pen.lineWidth = 1.5;
    p.at.forEach(([x, y], i) => arrow(at([x, y]), at([x + p.push[i][0] * 0.6, y + p.push[i][1] * 0.6])));
  }
  if (rules.target === 'drawn') dots(drawn(), '--ink', 2);
  root.querySelector('[data-steps]').textContent = words.rounds.replace('{count}', p.steps.toLocaleString('en'));
  root.dataset.rounds = p.steps;
}

function arrow([x0, y0], [x1, y1]) {
  const turn = Math.atan2(y1 - y0, x1 - x0), head = Math.min(6, Math.hypot(x1 - x0, y1 - y0) / 2);
  pen.beginPath(); pen.moveTo(x0, y0); pen.lineTo(x1, y1);
  for (const side of [2.6, -2.6]) { pen.moveTo(x1, y1); pen.lineTo(x1 + head * Math.cos(turn + side), y1 + head * Math.sin(turn + side)); }
  pen.stroke();
}

let worker = null, answered = null;
function asked(work) {
  if (!worker) {
    worker = new Worker(served(`drawing/${root.dataset.game}`), {type: 'module'});
    worker.onmessage = ({data}) => answered.resolve(data);
    worker.onerror = () => { worker = null; answered.reject(new Error('The worker does not start.')); };
  }
  return new Promise((resolve, reject) => {
    answered = {resolve, reject};
    worker.postMessage(work);
  });
}

async function ask(work) {
  if (busy) { if (!work.rounds) waiting = work; return; }      // what a person asked for comes next; a round more or less does not matter
  busy = true;
  const fresh = anew;
  let notice = '';
  anew = false;
  try { show(await asked({rules: {...rules}, anew: fresh, drawn: drawn(), ...work})); }
  catch (error) { notice = words.lost; anew ||= fresh; run(false); }
  root.querySelector('.notice').textContent = notice;
  busy = false;
  if (waiting) { const next = waiting; waiting = null; await ask(next); }
}

function run(on) {
  running = on;
  const button = root.querySelector('[data-do=run]');
  button.textContent = on ? words.pause : words.play;
  if (on) loop();
}

let painting = 0;
function show(picture) {                             // the worker plays on while this is painted
  last = picture;
  painting ||= requestAnimationFrame(() => { painting = 0; paint(last); });
}

// Plays while somebody looks; whatever may have changed that calls it again.
let looping = false, inSight = false;
async function loop() {
  if (looping) return;
  looping = true;
  while (running && inSight && visible()) {
    const begun = performance.now();
    if (!stroke) await ask({rounds: 4});
    await new Promise(go => setTimeout(go, Math.max(0, PERIOD - (performance.now() - begun))));
  }
  looping = false;
}
const sight = new IntersectionObserver(found => {
  inSight = found.at(-1).isIntersecting;
  if (!root.isConnected) { sight.disconnect(); document.removeEventListener('visibilitychange', loop); worker?.terminate(); }      // the visitor has left
  loop();
});

function reflect() {
  root.dataset.target = rules.target;
  root.querySelector('[data-hint]').hidden = rules.target !== 'drawn' || rules.drawn !== '';
  for (const input of root.querySelectorAll('input[type=range]')) input.value = LOG.includes(input.name) ? Math.log10(rules[input.name]) : rules[input.name];
  for (const output of root.querySelectorAll('[data-shows]')) {
    const value = rules[output.dataset.shows];
    output.textContent = LOG.includes(output.dataset.shows) ? value.toPrecision(2) : value;
    const slider = root.querySelector(`input[type=range][name="${output.dataset.shows}"]`);
    if (slider) slider.ariaValueText = output.textContent;
  }
  const same = (key, one, other) => LOG.includes(key) ? Math.abs(one / other - 1) < 0.01 : one === other;      // powers differ in their last bits
  const pressed = (button, wanted) => button.setAttribute('aria-pressed', Object.keys(wanted).every(key => same(key, rules[key], wanted[key])));
  for (const button of root.querySelectorAll('[data-set]')) pressed(button, JSON.parse(button.dataset.set));
  for (const button of root.querySelectorAll('[data-rules]')) pressed(button, JSON.parse(button.dataset.rules));
}

root.addEventListener('input', event => {
  const {name, value} = event.target;
  if (name in rules) rules[name] = LOG.includes(name) ? 10 ** Number(value) : Number(value);
  reflect();
  remember(root, rules);
  if (last) paint(last);
});
root.addEventListener('click', event => {
  const button = event.target.closest('button');
  if (!button) return;
  const {set, rules: preset, do: what} = button.dataset;
  if (set || preset) {
    const wanted = JSON.parse(set || preset);
    Object.assign(rules, wanted);
    anew ||= Boolean(set || 'target' in wanted);       // a cure goes on with the game that is ill
    reflect();
    remember(root, rules);
    ask({rounds: 0});
  }
  if (button.dataset.copy) copy(root, Promise.resolve(linkTo(root, rules)), words.copied);
  if (what === 'run') run(!running);
  if (what === 'd') { run(false); ask({d: 1}); }
  if (what === 'g') { run(false); ask({g: 1}); }
  if (what === 'anew') { anew = true; ask({rounds: 0}); }
});

// Drawing a target, once it has been asked for: press and move, with one finger.
let pencil = null;
function add(event) {
  const box = canvas.getBoundingClientRect();
  const x = ((event.clientX - box.left) / box.width * 2 - 1) * SPAN, y = (1 - (event.clientY - box.top) / box.height * 2) * SPAN;
  if (Math.abs(x) <= SPAN && Math.abs(y) <= SPAN && stroke.length < 2000) stroke.push([Number(x.toFixed(3)), Number(y.toFixed(3))]);
  if (last) paint(last);
}
canvas.addEventListener('pointerdown', event => {
  if (rules.target !== 'drawn' || stroke || event.button > 0) return;
  stroke = [];
  pencil = event.pointerId;
  canvas.setPointerCapture(event.pointerId);
  add(event);
  event.preventDefault();
});
canvas.addEventListener('pointermove', event => { if (stroke && event.pointerId === pencil) add(event); });
for (const end of ['pointerup', 'pointercancel', 'lostpointercapture']) canvas.addEventListener(end, event => {
  if (!stroke || event.pointerId !== pencil) return;
  const every = Math.max(1, stroke.length / MOST_POINTS);       // of a long stroke as many points as a link holds
  rules.drawn = written(Array.from({length: Math.ceil(stroke.length / every)}, (_, i) => stroke[Math.floor(i * every)]).slice(0, MOST_POINTS));
  stroke = null;
  anew = true;
  reflect();
  remember(root, rules);
  ask({rounds: 0});
});

const linked = linkedState(root, rules, words.ignored);
Object.assign(rules, linked || {});
reflect();
if (linked && !('kept' in root.dataset)) remember(root, rules);
window.addEventListener('gan-atlas-back', () => {
  const wanted = root.isConnected && linkedState(root, rules, words.ignored, true);
  if (wanted) { Object.assign(rules, wanted); anew = true; reflect(); ask({rounds: 0}); }
});
run(running);
ask({rounds: 0}).then(() => {
  sight.observe(canvas);
  document.addEventListener('visibilitychange', loop);
});
root.dataset.ready = '';
