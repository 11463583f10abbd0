// The worker that runs networks on the graphics card: onnxruntime-web by WebGPU. drawing_graphics.js asks it.
import * as ort from './ort.jspi.bundle.js';
import {outputsOf} from './drawing_tensors.js';

const FAR = 1 / 255;           // the most by which an output may differ from WebAssembly's; of large ones, as a share
const sessions = new Map();
let last = Promise.resolve();

const answers = {
  async begin({data, options}) {
    if (!await navigator.gpu?.requestAdapter(options)) throw new Error('There is no graphics card.');
    const wasm = new URL('ort-wasm-simd-threaded.jspi.wasm', import.meta.url).href;
    Object.assign(ort.env.wasm, {numThreads: 1, proxy: false, wasmBinary: data, wasmPaths: {wasm}});
  },
  // Milliseconds of a run; the first, which prepares the card for these sizes, does not count.
  async trial({key, file, inputs, outputs}) {
    if (!sessions.has(key)) sessions.set(key, await ort.InferenceSession.create(file, {executionProviders: ['webgpu'],
      graphOptimizationLevel: 'all', logSeverityLevel: 3}));             // it warns of shapes that it computes elsewhere
    const found = await answers.run({key, inputs});
    for (const [name, {data}] of Object.entries(outputs)) {
      if (data.length !== found[name].data.length || !data.every((value, i) => Math.abs(value - found[name].data[i]) <= FAR * Math.max(1, Math.abs(value)))) {
        throw new Error(`The graphics card gives other values for ${key}.`);
      }
    }
    const start = performance.now();
    await answers.run({key, inputs});
    return performance.now() - start;
  },
  run({key, inputs}) { return outputsOf(sessions.get(key), inputs, ort.Tensor); },
};

self.onmessage = ({data: {id, kind, ...told}}) => {
  last = last.then(async () => {
    try { self.postMessage({id, found: await answers[kind](told)}); }
    catch (error) { self.postMessage({id, error: String(error?.message || error)}); }
  });
};
