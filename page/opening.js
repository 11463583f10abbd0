// What stands on an instrument when it is opened: what a link asks for, else its first state. Stands after instrument.js and uploads.js.
const AGAIN = 3000;                       // milliseconds until a server that did not answer is asked again

const linked = linkedState(root, state, words.ignored);
Object.assign(state, linked || {});
reflect();
const byAddress = linked && !('kept' in root.dataset);
if (byAddress) remember(root, state);       // the address of this tab from now on
// What stands here at first comes when the tab is opened, not with the page; what takes longer, after that. A server that does not answer is
// asked again, while somebody looks. Once another state is drawn, only slots of what comes later that no state changes (`still`) are shown.
let first = linked ? null : 0;            // what `sent` is while that is to stand here
async function opening(phase) {
  let slots;
  while (!(slots = await told(phase, asked()).catch(() => null))) {
    tellLost();
    if (!await awhile()) return;
  }
  lost.remove();
  if (phase === 'later' && server.finish && !slots.notice) LATER.finish ||= Object.keys(slots).filter(name => name !== 'notice');
  const {notice, ...drawn} = slots;
  if (sent === first && !busy) return show(linked ? drawn : slots);
  if (phase === 'later') show(Object.fromEntries(Object.entries(drawn).filter(([name]) => !LATER.finish?.includes(name))));
}
const lost = Object.assign(document.createElement('p'), {className: 'notice', role: 'alert'});
function tellLost() {                     // above the empty frames
  lost.textContent = window.ganAtlasStatic || !navigator.onLine ? words.soon : words.lost;
  if (!leaving) root.prepend(lost);
}
async function awhile() {                 // until the plate is in sight; false where it has gone
  do await new Promise(go => setTimeout(go, AGAIN)); while (root.isConnected && !inSight());
  return root.isConnected;
}
let leaving = false;
addEventListener('pagehide', () => { leaving = true; });
addEventListener('pageshow', () => { leaving = false; });

// Where a link is refused, what stands here at first stands under the notice; in place of a picture that stayed elsewhere, an example.
async function openLink() {
  let refusal = await draw();
  while (retry && !window.ganAtlasStatic) {
    tellLost();
    refusal = await retry;
  }
  lost.remove();
  if (refusal && ownPicture()) {
    Object.assign(state, {[uploadField.dataset.upload]: FIRST[uploadField.dataset.upload]});
    reflect();
    if (!(refusal = await draw())) show({notice: words.gone});
  }
  if (!refusal) return;
  first = sent;
  await opening('first');
}
let touched = false;          // a visitor who is looking elsewhere by then is left there
for (const touch of ['wheel', 'touchmove', 'pointerdown', 'keydown']) addEventListener(touch, () => { touched = true; }, {once: true, passive: true});
(linked ? openLink() : opening('first')).finally(() => {
  root.dataset.ready = '';
  if (server.later) opening('later');
  if (byAddress && !touched && root.dataset.own !== root.dataset.plate) root.scrollIntoView();        // the pictures above have their height now
  if (root.dataset.own === root.dataset.plate) setTimeout(() => inSight() && (window.requestIdleCallback || setTimeout)(openDrawer), IDLE);
});
for (const touch of ['pointerdown', 'keydown', 'input']) root.addEventListener(touch, openDrawer, {once: true, passive: true});
window.addEventListener('gan-atlas-back', () => {
  const wanted = root.isConnected && linkedState(root, state, words.ignored, true);
  if (wanted) change(wanted);
});
