// Which networks run on the graphics card, for drawing_worker.js, which runs all others by WebAssembly.
//
// A network that WebAssembly runs slowly is tried on the card (drawing_gpu.js, a worker of its own): it has to give what WebAssembly gave
// for the same inputs, and sooner. What fails there, once, leaves everything to WebAssembly.

const SLOW = 100;            // milliseconds that a network takes by WebAssembly before it is tried
const MOST = 6;              // networks on the card at a time
const PATIENCE = 8000, TRIAL = 60000;      // milliseconds for an answer of the card; a trial, for which nobody waits, prepares it first

const possible = !!self.navigator.gpu && 'Suspending' in WebAssembly;     // the runtime for the card waits by JavaScript Promise Integration
let worker = null, ready = false, lost = !possible, forced = false, trying = 0, number = 0;
const waiting = new Map(), tried = new Set(), onCard = new Set();

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
    const settled = way => found => { clearTimeout(late); way(found); };
    waiting.set(id, {resolve: settled(resolve), reject: settled(reject)});
    worker.postMessage({id, kind, ...told}, transfer);
  });
}

// With the runtime, once it has come. `any`: every network is tried, on a card that is drawn in software, too.
export async function begin(data, any) {
  forced = any;
  worker = new Worker(new URL('drawing_gpu.js', import.meta.url), {type: 'module'});
  worker.onerror = () => leave(new Error('The worker for the graphics card does not start.'));
  worker.onmessage = ({data: {id, found, error}}) => {
    const {resolve, reject} = waiting.get(id) || {};
    waiting.delete(id);
    if (error) reject?.(new Error(error)); else resolve?.(found);
  };
  await ask('begin', {data, any}, TRIAL, [data]).then(() => { ready = true; }, leave);
}

// After WebAssembly ran a network, its file at hand. `want()`: asks for the runtime.
export function consider(key, file, inputs, outputs, milliseconds, want) {
  if (lost || tried.has(key) || tried.size >= MOST || !(forced || milliseconds > SLOW)) return;
  if (!ready) { want(); return; }
  tried.add(key);
  trying++;
  ask('trial', {key, file, inputs, outputs}, TRIAL).then(took => { if (forced || took < milliseconds) onCard.add(key); }, leave)
    .finally(() => trying--);
}

// What a network that is on the card gives; null where WebAssembly has to run it, also while the card is busy with a trial.
export async function run(key, inputs) {
  if (lost || trying || !onCard.has(key)) return null;
  try {
    const outputs = await ask('run', {key, inputs}, PATIENCE);
    if (Object.values(outputs).some(({data}) => !data.every(Number.isFinite))) throw new Error('The graphics card gave no number.');
    return outputs;
  } catch (error) {
    leave(error);
    return null;
  }
}
