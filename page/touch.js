// A finger that begins on a slider may want to scroll the page. Until it has moved sideways, or has been lifted where it came down, the
// slider keeps its value; if the browser scrolls (pointercancel), it was never touched. Stands before instrument.js and lab.js.
const SIDEWAYS = 6;      // pixels

const fingerOf = event => ({id: event.pointerId, x: event.clientX, y: event.clientY});

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
    if (event.pointerType === 'mouse') return;
    leave();                                             // of a finger before: with a second one both want to zoom
    if (input.type === 'range') held = {input, ...fingerOf(event), value: input.value, zooms: !event.isPrimary};
  }, true);
  root.addEventListener('input', event => {
    if (!held || event.target !== held.input) return;
    held.wanted = held.input.value;
    held.input.value = held.value;
    event.stopImmediatePropagation();
  }, true);
  const leave = () => {                // its value is put back once the browser has done with it
    const mine = held;
    if (mine) setTimeout(() => { mine.input.value = mine.value; if (held === mine) held = null; });
  };
  const isIts = event => held?.id === event.pointerId;
  const moves = event => isIts(event) && !held.zooms;
  root.addEventListener('pointermove', event => { if (moves(event) && sideways(event, held)) release(held.wanted ?? held.value); }, true);
  root.addEventListener('pointerup', event => {
    if (moves(event)) release(held.wanted ?? held.value); else if (isIts(event)) leave();
  }, true);
  root.addEventListener('pointercancel', event => { if (isIts(event)) leave(); }, true);
}
