// Play buttons and pads, which move one or two values of the state; stands after instrument.js.

// A play button moves a slider from end to end; a second press, as it says meanwhile, stops it.
let playing = 0;
function glide(button, name) {
  const input = root.querySelector(`[name="${name}"]`);
  const stop = () => { clearInterval(playing); playing = 0; button.textContent = button.dataset.label; };
  if (playing) return stop();
  if (state[name] >= Number(input.max)) change({[name]: Number(input.min)});
  button.dataset.label = button.textContent;
  button.textContent = words.pause;
  playing = setInterval(() => {
    const next = Math.min(state[name] + Number(input.step), Number(input.max));
    change({[name]: Number(next.toFixed(4))});
    if (next >= Number(input.max) || !inSight()) stop();       // nor where nobody looks
  }, Number(button.dataset.pause || 60));
}

// A pad (markup.py): for across and for up, a name of the state, its least and most, and its label. Drag with pointer, pen or finger (by
// the point in any direction, from elsewhere sideways at first), or use the arrow keys (Shift: larger steps).
for (const pad of root.querySelectorAll('[data-pad]')) {
  const axes = JSON.parse(pad.dataset.pad);
  const follow = event => {
    const box = pad.getBoundingClientRect();
    const at = [(event.clientX - box.left) / box.width, 1 - (event.clientY - box.top) / box.height];
    const values = axes.map(([name, low, high], i) => [name, Number((low + Math.min(1, Math.max(0, at[i])) * (high - low)).toFixed(3))]);
    if (values.some(([name, value]) => value !== state[name])) change(Object.fromEntries(values));
  };
  let finger = null;      // where a finger came down that may want to scroll the page, or with a second one to zoom
  let grasped = null;     // the pointer that moves the point
  const grasp = event => {
    finger = null;
    grasped = event.pointerId;
    pad.setPointerCapture(event.pointerId);
    pad.focus({preventScroll: true});
  };
  pad.addEventListener('pointerdown', event => {
    grasped = null;
    if (event.button) return;
    if (event.pointerType && event.pointerType !== 'mouse') {
      finger = event.isPrimary ? fingerOf(event) : null;
      if (finger && event.target.closest('.dot')) grasp(event);         // on the point itself it does not mean to scroll
      return;
    }
    grasp(event);
    follow(event);
    event.preventDefault();
  });
  pad.addEventListener('pointermove', event => {
    if (finger?.id === event.pointerId && sideways(event, finger)) grasp(event);
    if (grasped === event.pointerId) follow(event);
  });
  pad.addEventListener('pointerup', event => {
    if ([finger?.id, grasped].includes(event.pointerId)) follow(event);      // a tap, too
    finger = grasped = null;
  });
  for (const end of ['pointercancel', 'lostpointercapture']) pad.addEventListener(end, () => { finger = grasped = null; });
  pad.addEventListener('keydown', event => {
    const move = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1]}[event.key];
    if (!move || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    change(Object.fromEntries(axes.map(([name, low, high], i) =>
      [name, Number(Math.min(high, Math.max(low, state[name] + move[i] * (event.shiftKey ? 0.25 : 0.05))).toFixed(3))])));
  });
}
