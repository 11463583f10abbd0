"""What visitors fill is bounded: of what is remembered for them, the oldest goes, on the server and in their browsers."""

import hashlib
import re

import pytest
from conftest import ROOT

from page import drawing_files, evaluate
from page.drawing import Drawing
from page.evaluate import Evaluator
from page.instrument import _Parsed
from tests.visitor import module

in_a_browser = pytest.mark.skipif(not drawing_files.available(), reason="onnxruntime-web is not installed: python -m harness.node")


def most(script: str, name: str) -> int:
    """A bound, as a script of the page has it."""
    return int(re.search(rf"^const {name} = (\d+);", (ROOT / "page" / script).read_text(encoding="utf-8"), re.MULTILINE)[1])


def test_an_evaluator_forgets_the_images_that_were_looked_at_longest_ago():
    one = Evaluator(Drawing({}, {}))
    for i in range(evaluate.KEPT):
        one.keep((i,), f"images {i}")
    assert one.kept((0,)) == "images 0"
    one.keep((evaluate.KEPT,), "more")
    assert len(one._kept) == evaluate.KEPT and one.kept((0,)) and one.kept((1,)) is None


def test_of_states_the_last_few_are_known():
    read = []
    parsed = _Parsed(lambda state: read.append(state["a"]), {"a": 0})
    asked = [*range(_Parsed.KEPT + 1), 1, 0]
    for a in asked:
        parsed({"a": a})
    assert read == [*range(_Parsed.KEPT + 1), 0] and len(parsed._known) == _Parsed.KEPT


@in_a_browser
def test_a_drawing_keeps_the_last_images(walker, address):
    bound = most("drawing.js", "MOST_KEPT")
    kept, drawn = walker.evaluate("""async ([file, seeds]) => {
        const {slots} = await import(file), kept = new Map(), drawn = [];
        const drawing = {fields: {seed: ['seed', 2 ** 32]}, phases: {draw: {x: ['length', ['list', ['shared', 0]]]}},
            needs: {draw: {fixed: []}}, shared: [['images', ['model', 'm'], ['noise', ['field', 'seed']], 1, {}]]};
        const facts = {m: {model: 'm', z: 64, size: [1, 1, 1], controls: [], sha256: 's'}};
        for (const seed of seeds) {
            const run = async () => { drawn.push(seed); return {image: {data: new Float32Array(1)}}; };
            await slots(drawing, 'draw', {seed: `${seed}`}, facts, run, kept);
        }
        return [kept.size, drawn];
    }""", [module(address, "drawing.js"), [*range(bound + 1), 1, 0]])
    assert kept == bound and drawn == [*range(bound + 1), 0]


@in_a_browser
def test_of_painted_images_the_last_are_kept(walker, address):
    bound = most("drawing_text.js", "MOST_PAINTED")
    kept = walker.evaluate("""async ([file, asked]) => {
        const {textOperations} = await import(file), kept = new Map();
        for (const key of asked) await textOperations.once.call({kept}, key, async () => 'an image');
        return [...kept.keys()];
    }""", [module(address, "drawing_text.js"), [*range(bound), 0, bound]])
    assert kept == [*range(2, bound), 0, bound]


@in_a_browser
def test_of_enlarged_pieces_the_last_are_kept_and_nothing_else_goes(walker, address):
    bound = most("drawing_pieces.js", "MOST_PIECES")
    kept = walker.evaluate("""async ([pieces, texts, count]) => {
        const {pieceOperations} = await import(pieces), {textOperations} = await import(texts), kept = new Map([['painted', 'a flower']]);
        for (let top = 0; top < count; top++) {
            const here = {model: {sha256: 's'}, small: {key: 'k'}, how: {scale: 4, networks: ['srgan']}, place: {top, left: 0, side: 8}};
            await pieceOperations.piece.call({kept, once: textOperations.once, network: async () => 'a piece'}, here, 'srgan');
        }
        return [...kept.keys()];
    }""", [module(address, "drawing_pieces.js"), module(address, "drawing_text.js"), bound + 1])
    assert kept == ["painted", *(f"piece s k srgan {top} 0 8" for top in range(1, bound + 1))]


@in_a_browser
def test_the_worker_keeps_the_last_networks_and_uploads(walker, address):
    """Its runtime is a stand-in that tells how many networks stand ready."""
    sessions, uploads = (most("drawing_worker.js", name) for name in ("MOST_SESSIONS", "MOST_UPLOADS"))
    ready, answers = walker.evaluate("""async ([runtime, script, sha256, sessions, uploads]) => {
        const source = `import * as ort from '${runtime}';
            import '${script}';
            let ready = 0;
            const tell = change => postMessage({ready: ready += change});
            ort.InferenceSession.create = async () => { tell(1); return {release: async () => tell(-1)}; };`;
        const worker = new Worker(URL.createObjectURL(new Blob([source], {type: 'text/javascript'})), {type: 'module'});
        const wait = {}, given = {data: new TextEncoder().encode('a network').buffer, sha256};
        let ready, id = 0;
        worker.onmessage = ({data}) => { if ('ready' in data) ready = data.ready; else wait[data.id](data); };
        const ask = told => new Promise(done => { wait[++id] = done; worker.postMessage({id, ...told}); });
        await ask({kind: 'runtime', ...given});
        const begun = ready;                        // it tries the runtime
        for (let i = 0; i <= sessions; i++) await ask({kind: 'network', part: `part ${i}`, told: {model: 'm'}, ...given});
        const told = {fields: {source: ['given', [], {}]}, phases: {draw: {x: ['text', 'drawn', {}]}}, needs: {draw: {fixed: []}}};
        await ask({kind: 'drawing', drawing: 'd', told});
        const picture = {data: new ArrayBuffer(3), height: 1, width: 1}, answers = [];
        for (let i = 0; i <= uploads; i++) await ask({kind: 'upload', drawing: 'd', key: `${i}`, ...picture});
        for (const source of ['0', '1', `${uploads}`]) {
            answers.push((await ask({kind: 'draw', drawing: 'd', phase: 'draw', state: {source}})).found);
        }
        worker.terminate();
        return [ready - begun, answers];
    }""", [module(address, "ort.wasm.bundle.js"), module(address, "drawing_worker.js"), hashlib.sha256(b"a network").hexdigest(),
           sessions, uploads])
    assert ready == sessions and answers == [None, {"x": "drawn"}, {"x": "drawn"}]
