// Has an instrument drawn by the visitor's own browser: fetches what that needs and asks the worker. Fetched itself when an instrument
// that has a Drawing is first touched, or stands idle; until all is here, and wherever it fails, the server draws.
const here = new URL('./', import.meta.url), root = new URL('../../', here);
const alone = () => !!window.ganAtlasStatic;             // no server stands behind the page: nobody else could draw
const patience = phase => alone() ? 300000 : phase === 'finish' ? 120000 : 20000;      // milliseconds for one answer, then the worker is given up
const MOST_FAILURES = 3;         // after so many no other worker is begun
const REST = 30000;              // milliseconds between two tries to fetch what could not be had
const TRIES = [1, 2, 3, 5, 8, 12, ...Array(20).fill(20)];      // seconds between two questions whether networks are ready

// Whether this browser may and can. Where a server could draw instead: its visitor saves no data and it has memory.
export function able() {
  const spared = window.ganAtlasDraw === 'server' || navigator.connection?.saveData || navigator.deviceMemory < 2;
  return (alone() || !spared) && !!(window.Worker && window.CompressionStream && window.DecompressionStream && window.WebAssembly);
}

let worker = null, number = 0, failures = 0;      // failures: what was opened before the last of them has lost its worker
const waiting = new Map();           // questions to the worker, by number

function begin() {
  if (worker) return;
  worker = new Worker(new URL('drawing_worker.js', here), {type: 'module'});
  worker.onmessage = ({data: {id, found, by, error, unlike, wanted}}) => {
    if (wanted) { graphics(); return; }
    const {resolve, reject} = waiting.get(id);
    waiting.delete(id);
    if (error) reject(Object.assign(new Error(error), {unlike})); else resolve({found, by});
  };
  worker.onerror = () => give_up('The worker does not start.');
}

function ask(kind, told, transfer = []) {
  if (failures >= MOST_FAILURES) return Promise.reject(lost('The worker has failed.'));
  begin();
  const id = ++number;
  const found = new Promise((resolve, reject) => waiting.set(id, {resolve, reject}));
  worker.postMessage({id, kind, ...told}, transfer);
  return found;
}

// The next one that opens has a new worker, to which everything is told again.
function give_up(reason) {
  failures++;
  worker?.terminate();
  worker = null;
  for (const {reject} of waiting.values()) reject(lost(reason));
  waiting.clear();
  here_already.clear();
  begun.clear();
  loading = Promise.resolve();
  coming = null;
}

const lost = reason => Object.assign(new Error(reason), {lost: true});      // with all that the worker held

// Of drawing only: what is fetched may take its time.
function answered(promise, phase) {
  const late = setTimeout(() => give_up('The worker does not answer.'), patience(phase));
  return promise.finally(() => clearTimeout(late));
}

// --- what is fetched, each once ---
async function json(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address} is not here.`);
  return answer.json().catch(error => refused(address, error));
}

// The promise of a work, the same for all who ask for it meanwhile and afterwards; one that has failed is begun anew after REST.
const begun = new Map();
function once(key, work) {
  if (!begun.has(key)) {
    const found = work();
    begun.set(key, found);
    found.catch(() => setTimeout(() => begun.get(key) === found && begun.delete(key), alone() ? 0 : REST));
  }
  return begun.get(key);
}

// What the server says of a model and its networks, once they are ready.
const facts = name => once(name, async () => {
  for (const seconds of [...TRIES, 0]) {
    const found = await json(new URL(`networks/${name}.json`, root));
    if (found.parts) return found;
    if (!found.preparing) break;
    await new Promise(go => setTimeout(go, seconds * 1000));
  }
  throw new Error(`The networks of ${name} are not ready.`);
});

async function bytes(address, more) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address} is not here.`);
  const packed = address.pathname.match(/\.(gz|br)$/)?.[1];        // where no server packs what it sends
  if (packed === 'br') brotli().catch(() => {});                   // comes at the same time; what fails is told below
  const parts = [], reader = answer.body.getReader();
  for (;;) {
    const {done, value} = await reader.read();
    if (done) break;
    parts.push(value);
    more(value.length);
  }
  const came = new Blob(parts), data = new Uint8Array(await came.arrayBuffer());
  const begins = (...start) => start.every((byte, at) => data[at] === byte);
  // Some servers say of such a file that it is packed in transit: the browser has unpacked it by then.
  if (packed === 'gz' && begins(0x1f, 0x8b)) return new Response(came.stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer();
  return packed === 'br' && !begins(0, 0x61, 0x73, 0x6d) ? (await brotli()).decompress(data).buffer : data.buffer;
}

// What was not what was promised is not kept either: a page of somebody's in its place, say. The service worker of a folder keeps files here.
async function refused(address, error) {
  if (alone() && window.caches) for (const name of await caches.keys()) await (await caches.open(name)).delete(address.href).catch(() => {});
  throw error;
}

// The runtime for graphics cards, once: the worker asks for it when a network takes long. Until it is here, WebAssembly goes on.
let offered = null, coming = null;
function graphics() {
  return coming ||= loading.catch(() => {}).then(() => bytes(new URL(offered.file, here), () => {})).then(
    data => ask('graphics', {data, sha256: offered.sha256}, [data])).catch(() => {});
}

let unpacker = null;
function brotli() {
  const [script, wasm] = ['brotli_dec_wasm.js', 'brotli_dec_wasm_bg.wasm.gz'].map(name => new URL(name, here));
  return unpacker ||= (async () => {
    const module = await import(`${location.origin}${script.pathname}`);
    await module.default({module_or_path: await bytes(wasm, () => {})});
    return module;
  })().catch(async error => {
    unpacker = null;
    await refused(script, error).catch(() => {});
    return refused(wasm, error);
  });
}

// Fetches those `parts` of models that are named, and the runtime before them, as far as they are not here. `progress(share, bytes)`: how
// much of what was missing has come, and how many bytes travel in all.
const here_already = new Set();
let loading = Promise.resolve();
async function load(names, parts, runtime, progress) {
  const models = await Promise.all(names.map(facts)), readers = models.map(one => one.reads).filter(Boolean);
  const all = [...models, ...await Promise.all([...new Set(readers)].map(facts))];      // text encoders that read for models
  loading = loading.catch(() => {}).then(() => fetched(all, parts, runtime, progress));
  return loading;
}

async function fetched(all, parts, runtime, progress) {
  const wanted = [{...runtime, address: new URL(runtime.file, here), kind: 'runtime'}];
  for (const told of all) {
    for (const part of told.parts.filter(({name}) => parts.includes(name))) {
      wanted.push({...part, address: new URL(`networks/${told.model}/${part.file}`, root), kind: 'network', told});
    }
  }
  const missing = wanted.filter(({address}) => !here_already.has(address.href));
  const sum = name => missing.reduce((all, one) => all + one[name], 0), size = sum('bytes'), travels = sum('travels');
  const taken = [], before = failures;
  let come = 0;
  for (const {kind, address, name, sha256, told, bytes: whole, travels: packed} of missing) {
    const swells = /\.(gz|br)$/.test(address.pathname) ? whole / packed : 1;
    const data = await bytes(address, more => progress(Math.min(1, (come += more * swells) / size), travels)).catch(
      error => refused(address, error));
    if (failures > before) throw lost('The worker has failed.');         // another one has nothing of what came so far
    const done = ask(kind, {data, sha256, part: name, told}, [data]).then(() => here_already.add(address.href), error => {
      if (error.unlike) return refused(address, error);
      throw error;                        // what is lost with a worker is as good as before
    });
    done.catch(() => {});                 // told below: the worker takes this one while the next is on its way
    taken.push(done);
  }
  await Promise.all(taken);
}

// --- for one instrument ---

// Resolves to {draw(phase, state), keep, lost} once the networks that `state` is drawn with are here; rejects where that fails. draw gives slots
// and by whom they were drawn ("browser", or "graphics" for its graphics card), or null where the server has to answer: other weights or phases, whose networks are fetched meanwhile, or a value that no field takes.
export async function open(drawing, state, progress) {
  if (failures >= MOST_FAILURES) throw lost('The worker has failed.');
  begin();                                      // its scripts come while all else is asked for
  const before = failures;
  const [told, runtime] = await Promise.all([json(new URL(`declared-${drawing}.json`, here)), json(new URL('runtime.json', here))]);
  offered = runtime.graphics;
  const graphic = window.ganAtlasDraw === 'graphics';
  if (graphic) graphics();
  const weights = Object.entries(told.fields).filter(([, [kind]]) => kind === 'weights'), ready = new Set();
  const names = (phase, state) => [...weights.map(([name]) => state[name]), ...told.needs[phase].fixed];
  const missing = (phase, state) => names(phase, state).filter(name => !ready.has(`${phase} ${name}`));
  const bring = async (phase, state) => {
    if (!weights.every(([name, [, offered]]) => offered.includes(state[name])) || !missing(phase, state).length) return;
    const wanted = names(phase, state);
    await once(`${drawing} ${phase} ${wanted}`, () => load(wanted, told.needs[phase].parts, runtime, progress));
    wanted.forEach(name => ready.add(`${phase} ${name}`));
  };
  await bring('draw', state);
  await ask('drawing', {drawing, told, alone: alone(), graphic});
  (async () => {                     // what the later phases need comes after that
    for (const phase of ['follow', 'others']) if (told.needs[phase]) await bring(phase, state);
  })().catch(() => {}).finally(() => progress(1, 0));
  return {
    lost: () => failures > before,           // with its worker: to be opened again
    // Keeps a picture of the visitor's own, uint8 [height, width, 3], under a key that a state may hold.
    keep: (key, data, height, width) => ask('upload', {drawing, key, data, height, width}, [data]),
    async draw(phase, state) {
      if (failures > before) throw lost('The worker has failed.');
      const like = phase === 'recite' ? 'draw' : phase;
      if (!told.needs[like]) return null;
      if (missing(like, state).length) {
        const brought = bring(like, state).finally(() => progress(1, 0));
        if (!alone()) {          // the server answers meanwhile
          brought.catch(() => {});
          return null;
        }
        await brought;
      }
      const {found, by} = await answered(ask('draw', {drawing, phase, state}), phase);
      return found && {slots: found, by};
    },
  };
}
