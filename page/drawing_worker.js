// The worker in which networks run: onnxruntime-web, WebAssembly, one thread; slow ones on the graphics card, if there is one. It is told
// what is to be drawn and answers with slots.
import * as ort from './ort.wasm.bundle.js';
import {recite, slots} from './drawing.js';
import * as graphics from './drawing_graphics.js';
import {Photo} from './drawing_pieces.js';
import {outputsOf} from './drawing_tensors.js';
import {remembered} from './drawing_text.js';

const MOST_UPLOADS = 8;          // pictures of a visitor's own that a drawing keeps
const MOST_SESSIONS = 8;         // networks that stand ready at a time; memory is short on phones
const facts = {}, files = {}, drawings = {}, kept = {}, sessions = new Map();
let last = Promise.resolve();    // one thing after the other: the runtime takes no two at once

// By plain http from elsewhere than this machine a browser offers nothing to check with, and the scripts could not be trusted either.
async function check(what, data, sha256) {
  if (!crypto.subtle) return;
  if (hex(await crypto.subtle.digest('SHA-256', data)) === sha256) return;
  throw Object.assign(new Error(`The ${what} is not the file that was promised.`), {unlike: true});
}
const hex = buffer => [...new Uint8Array(buffer)].map(byte => byte.toString(16).padStart(2, '0')).join('');

const answers = {
  async runtime({data, sha256}) {
    await check('runtime', data, sha256);
    const wasm = new URL('ort-wasm-simd-threaded.wasm', import.meta.url).href;      // no other place is ever asked for it
    Object.assign(ort.env.wasm, {numThreads: 1, proxy: false, wasmBinary: data, wasmPaths: {wasm}});
    await ort.InferenceSession.create(new Uint8Array(1)).catch(() => {});       // no network, but the runtime starts: networks still travel
  },
  async graphics({data, sha256}) {
    await check('runtime for graphics cards', data, sha256);
    void graphics.begin(data);        // not waited for: drawing goes on
  },
  async network({part, sha256, data, told}) {
    await check(`${part} of ${told.model}`, data, sha256);
    facts[told.model] ||= told;
    if (part === 'captions') { facts[told.model].memory = remembered(JSON.parse(new TextDecoder().decode(data))); return; }
    files[`${told.model} ${part}`] = new Uint8Array(data);
    await session(told.model, part);
  },
  drawing({drawing, told, alone, graphic}) {         // alone: no server stands behind the page; graphic: the visitor wants the card
    if (graphic) graphics.force();
    drawings[drawing] = {...told, alone, uploads: new Map()};
    kept[drawing] = new Map();
  },
  upload({drawing, key, data, height, width}) {
    const {uploads} = drawings[drawing];
    uploads.set(key, new Photo(key, new Uint8Array(data), height, width));
    if (uploads.size > MOST_UPLOADS) uploads.delete(uploads.keys().next().value);
  },
  async draw({drawing, phase, state}) {
    if (phase === 'recite') return recite(drawings[drawing], state, facts);
    onCard = false;
    try { return await slots(drawings[drawing], phase, state, facts, PATIENT.includes(phase) ? patiently : run, kept[drawing]); }
    catch (error) {
      if (error instanceof Superseded) return {superseded: true};
      throw error;
    }
  },
};

// What can wait longest ends as soon as something is to be drawn: it is asked for again afterwards.
const PATIENT = ['others', 'finish'];
class Superseded extends Error {}
let hurried = 0;                 // drawings that wait
async function patiently(...asked) {
  await new Promise(go => setTimeout(go));
  if (hurried) throw new Superseded();
  return run(...asked);
}

async function session(model, part) {
  if (!ort.env.wasm.wasmBinary) throw new Error('The runtime is missing.');      // else it would look for one elsewhere
  const key = `${model} ${part}`, known = sessions.get(key);
  const found = known || await ort.InferenceSession.create(files[key], {executionProviders: ['wasm'], graphOptimizationLevel: 'all'});
  sessions.delete(key);
  sessions.set(key, found);
  for (const [old, one] of sessions) {
    if (sessions.size <= MOST_SESSIONS) break;
    sessions.delete(old);
    await one.release();
  }
  return found;
}

let onCard = false;              // whether the graphics card has a part in what is being drawn

async function run({model}, part, inputs) {
  const key = `${model} ${part}`, drawn = await graphics.run(key, inputs);
  if (drawn) { onCard = true; return drawn; }
  const found = await session(model, part), start = performance.now();
  const outputs = await outputsOf(found, inputs, ort.Tensor);
  graphics.consider(key, files[key], inputs, outputs, performance.now() - start, () => self.postMessage({wanted: 'graphics'}));
  return outputs;
}

self.onmessage = ({data: {id, kind, ...told}}) => {
  const hurry = kind === 'draw' && !PATIENT.includes(told.phase);
  hurried += hurry;
  last = last.then(async () => {
    hurried -= hurry;
    try { self.postMessage({id, found: await answers[kind](told), by: onCard ? 'graphics' : 'browser'}); }
    catch (error) { self.postMessage({id, error: String(error?.message || error), unlike: error?.unlike}); }
  });
};
