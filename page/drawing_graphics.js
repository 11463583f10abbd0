// Which networks run on the graphics card, for drawing_worker.js, which runs all others by WebAssembly.
//
// A network that WebAssembly runs slowly, again and again, is tried on the card (drawing_gpu.js, a worker of its own): it has to give what
// WebAssembly gave for the same inputs, and sooner. That holds for inputs of the same sizes only. What fails there, once, leaves everything
// to WebAssembly.

const SLOW = 100;            // milliseconds that a network takes by WebAssembly before it is tried
const MOST = 12;             // networks that are tried
const TRIAL = 60000;         // milliseconds that a trial may take, for which nobody waits: it prepares the card
const LEAST = 2000;          // milliseconds that the card has at least for an answer
const CARD = {powerPreference: 'high-performance'};

let worker = null, ready = false, forced = false, trying = 0, number = 0;
let lost = !(self.navigator.gpu && 'Suspending' in WebAssembly);     // the runtime for the card waits by JavaScript Promise Integration
let found = null;            // whether there is a card, once that is asked for
const waiting = new Map(), times = new Map(), tried = new Set(), onCard = new Set();

function leave(reason) {
  if (!lost) console.warn(`WebAssembly draws: ${reason.message}`);
  lost = true;
  worker?.terminate();
  for (const {reject} of waiting.values()) reject(reason);
  waiting.clear();
}

function ask(kind, told, patience, transfer = []) {
  const id = ++number;
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => leave(new Error('The graphics card does not answer.')), patience);
    const settled = way => result => { clearTimeout(late); way(result); };
    waiting.set(id, {resolve: settled(resolve), reject: settled(reject)});
    worker.postMessage({id, kind, ...told}, transfer);
  });
}

// From now on every network is tried, and on a card that is drawn in software, too.
export function force() { forced = true; }

// With the runtime, once it has come.
export async function begin(data) {
  if (lost) return;
  try {
    worker = new Worker(new URL('drawing_gpu.js', import.meta.url), {type: 'module'});
    worker.onerror = event => {
      event.preventDefault();          // else it ends the worker that draws
      leave(new Error('The worker for the graphics card has failed.'));
    };
    worker.onmessage = ({data: {id, found, error}}) => {
      const {resolve, reject} = waiting.get(id) || {};
      waiting.delete(id);
      if (error) reject?.(new Error(error)); else resolve?.(found);
    };
    await ask('begin', {data, options: CARD}, TRIAL, [data]);
    ready = true;
  } catch (error) { leave(error); }
}

async function real() {
  const card = await navigator.gpu.requestAdapter(CARD).catch(() => null);
  return !!card && !(card.info?.isFallbackAdapter ?? card.isFallbackAdapter);
}

const placeOf = (key, inputs) => [key, ...Object.values(inputs).map(({dims}) => dims.join())].join(' ');

// After WebAssembly ran a network, its file at hand. `want()`: asks for the runtime.
export function consider(key, file, inputs, outputs, milliseconds, want) {
  if (lost || trying) return;
  const place = placeOf(key, inputs), before = times.get(place), best = Math.min(milliseconds, before ?? Infinity);
  times.set(place, best);
  if (tried.has(place) || !(forced || (before && best > SLOW))) return;       // the first run is slower than others
  if (!ready) {
    if (!forced) found ??= real().then(one => { if (one) want(); else lost = true; });
    return;
  }
  if (!forced && new Set([...tried, place].map(one => one.split(' ').slice(0, 2).join(' '))).size > MOST) return;
  tried.add(place);
  trying++;
  ask('trial', {key, file, inputs, outputs}, TRIAL).then(took => { if (forced || took < best) onCard.add(place); }, leave)
    .finally(() => trying--);
}

// What a network that is on the card gives; null where WebAssembly has to run it, also while the card is busy with a trial.
export async function run(key, inputs) {
  const place = placeOf(key, inputs);
  if (lost || trying || !onCard.has(place)) return null;
  try {
    const best = times.get(place), start = performance.now();
    const outputs = await ask('run', {key, inputs}, Math.max(LEAST, 5 * best));
    if (Object.values(outputs).some(({data}) => !data.every(Number.isFinite))) throw new Error('The graphics card gave no number.');
    if (!forced && performance.now() - start > best) onCard.delete(place);
    return outputs;
  } catch (error) {
    leave(error);
    return null;
  }
}
