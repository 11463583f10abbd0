// A finger that begins on a slider may want to scroll the page. Until it has moved sideways, or has been lifted where it came down, the
// slider keeps its value; if the browser scrolls (pointercancel), it was never touched. Stands before instrument.js and lab.js.
const SIDEWAYS = 6;      // pixels

function sideways(event, from) {
  const dx = Math.abs(event.clientX - from.x), dy = Math.abs(event.clientY - from.y);
  return dx > SIDEWAYS && dx > dy;
}

function holdSliders(root) {
  let held = null;       // the slider under a finger that has not said yet what it wants
  const release = value => {
    const {input} = held;
    held = null;
    input.value = value;
    input.dispatchEvent(new Event('input', {bubbles: true}));
  };
  root.addEventListener('pointerdown', event => {
    const input = event.target;
    if (event.pointerType !== 'mouse' && input.type === 'range') held = {input, x: event.clientX, y: event.clientY, value: input.value};
  }, true);
  root.addEventListener('input', event => {
    if (!held || event.target !== held.input) return;
    held.wanted = held.input.value;
    held.input.value = held.value;
    event.stopImmediatePropagation();
  }, true);
  root.addEventListener('pointermove', event => { if (held && sideways(event, held)) release(held.wanted ?? held.value); }, true);
  root.addEventListener('pointerup', () => { if (held) release(held.wanted ?? held.value); }, true);
  root.addEventListener('pointercancel', () => {
    if (held) { const {input, value} = held; setTimeout(() => { input.value = value; held = null; }); }
  }, true);
}
