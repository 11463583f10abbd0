// Runs once for each instrument. `element` is the gr.HTML's root, `server` its Python functions (see instrument.py).
const root = element.querySelector('.instrument');
const FIRST = JSON.parse(root.dataset.state), state = {...FIRST};
const rest = Number(root.dataset.rest), words = JSON.parse(root.dataset.words), language = root.dataset.language;
const asked = () => ({...state, language});
const silent = window.ganAtlasStatic ? words.alone : words.lost;
Object.defineProperty(words, 'lost', {get: () => navigator.onLine ? silent : words.offline});
const LATER = JSON.parse(root.dataset.later || '{}');        // by phase: the slots that come after the pictures
const OTHERS = 250;                      // milliseconds without a newer state before what stands beside the picture is drawn
const IDLE = 3000;                       // milliseconds that a plate stands open until its networks are fetched
const copiedHere = root.querySelector('[data-copied]');          // none without a plate
let gone = false;         // whether an example stands where a link names a picture that stayed elsewhere
let busy = false, waiting = false, sent = 0, wake = () => {}, later = 0, finishing = false, underWay = null;       // `underWay`: the drawing

const inSight = () => !!root.offsetParent && !document.hidden;      // whether somebody may look at it

holdSliders(root);

// --- state -> controls ---
function reflect(typed) {
  for (const {dataset: {set, needs}} of root.querySelectorAll('[data-needs]')) {       // a value that needs another, where that is not so
    const {[needs]: value, ...others} = JSON.parse(set);
    if (state[needs] === value && Object.keys(others).some(name => state[name] !== others[name])) state[needs] = FIRST[needs];
  }
  for (const input of root.querySelectorAll('[data-stops]')) input.max = JSON.parse(input.dataset.stops)[state.model];     // of a replay
  for (const input of root.querySelectorAll('[name]')) {
    if (input !== typed || !input.matches('textarea, [type=text]')) {       // what is being typed stays
      if (input.type === 'checkbox') input.checked = state[input.name];
      else input.value = state[input.name];
    }
  }
  for (const output of root.querySelectorAll('[data-shows]')) {
    const value = state[output.dataset.shows];
    output.textContent = typeof value === 'number' && !Number.isInteger(value) ? value.toFixed(2) : value;
  }
  for (const button of root.querySelectorAll('[data-set]:not([data-reroll], [data-take])')) {
    const wanted = {...also(button), ...JSON.parse(button.dataset.set)};
    button.setAttribute('aria-pressed', Object.keys(wanted).every(key => String(state[key]) === String(wanted[key])));
  }
  for (const pad of root.querySelectorAll('[data-pad]')) {
    const axes = JSON.parse(pad.dataset.pad), [[across, least, most]] = axes;
    const [x, y] = axes.map(([name, low, high]) => (state[name] - low) / (high - low));
    Object.assign(pad, {ariaValueMin: least, ariaValueMax: most, ariaValueNow: state[across]});
    pad.style.setProperty('--x', x);
    pad.style.setProperty('--y', 1 - y);
    pad.setAttribute('aria-valuetext', axes.map(([name, , , label]) => `${label} ${state[name].toFixed(2)}`).join(', '));
  }
  for (const group of root.querySelectorAll('[data-until]')) group.disabled = state[group.dataset.until];      // a fieldset
  root.dispatchEvent(new Event('reflected'));       // for boards (board.js)
}

// --- state -> pictures: one request under way, the latest state next ---
function draw() {
  if (busy) { waiting = true; wake(); } else underWay = drawLatest();
  return underWay;
}

async function drawLatest() {
  busy = true;
  clearTimeout(later);
  root.setAttribute('aria-busy', 'true');
  let slots;
  do {
    let drawn = false;
    waiting = false;
    try {
      show(slots = await answer('draw'));
      drawn = true;
      unheard = false;
      if (!!slots.gone !== gone) copiedHere.textContent = (gone = !gone) ? words.gone : '';
      if (!slots.notice) Object.keys(LATER).forEach(phase => age(phase, true));
      for (const phase of ['follow', 'others']) {
        if (!server[phase] || slots.notice || waiting) continue;
        const still = phase === 'others' ? OTHERS : rest;
        if (still) await new Promise(go => { wake = go; setTimeout(go, still); });   // a drag goes first: its next state ends the rest
        do {
          if (slots.superseded) await new Promise(go => { wake = go; setTimeout(go, OTHERS); });
          if (!waiting) slots = await answer(phase);
        } while (slots.superseded && !waiting);              // something else was drawn first: by another instrument, or to be saved
        show(slots);
        if (!slots.notice && !waiting) age(phase, false);
      }
    } catch (error) { show(slots = unanswered(drawn)); }
  } while (waiting);
  busy = false;
  root.removeAttribute('aria-busy');
  root.dataset.drawn = ++sent;          // tests and the benchmark wait for this
  if (server.finish && !slots.notice) {
    root.dataset.finishing = '';
    later = setTimeout(finish, 250);    // whoever types on is not kept waiting by it
  }
  return slots.notice;
}

// One evaluator fills all slots of a phase: the browser if it has what it needs (page/drawer.js), else the server.
let drawer = null, opened = root.dataset.drawing ? null : Promise.resolve();
let missed = 0;           // times that drawer.js could not be fetched: of an address where that failed, browsers try no second time
async function answer(phase) {
  if (!drawer && window.ganAtlasStatic) await openDrawer();       // no server stands behind a static page
  if (drawer) {
    try {
      const drawn = await drawer.draw(phase, {...state});
      if (drawn?.slots.refused) return refusal(drawn.slots.refused);
      if (drawn) { drawnBy(phase, drawn.by); return {notice: '', ...drawn.slots}; }
      if (window.ganAtlasStatic) return {notice: words.unfit};
    } catch (error) { fail(error); }
  }
  if (!window.ganAtlasStatic) drawnBy(phase, 'server');
  return told(phase, asked());
}

// What a function of the server gives. Gradio gives nothing where the server did not answer, as where the page is being left; a page without
// a server has answers for the states of its own links only.
async function told(name, sent) {
  const found = await server[name](sent);
  if (!found) throw new Error('The server does not answer.');
  return found.unfit ? {notice: words.unfit} : found;
}

// Who draws, or how much is fetched for that; until something is said, its line is kept free.
const drawerHere = root.dataset.drawing && root.querySelector('[data-drawer]');
function tellDrawer(text) {
  if (drawerHere) Object.assign(drawerHere, {textContent: text || words.browser}).style.visibility = text ? '' : 'hidden';
}
tellDrawer('');

function drawnBy(phase, who) {
  if (phase !== 'draw' || !drawerHere) return;
  tellDrawer(words[who]);
  root.dataset.drawnBy = who;
}

function fail(error) {
  console.warn(`${window.ganAtlasStatic ? 'Nothing is drawn' : 'The server draws'}: ${error.message}`);
  if (window.ganAtlasStatic && !error.lost) return;       // nobody else can: it is tried again
  drawer = null;
  if (window.ganAtlasStatic) opened = null;               // with another worker
}

// Fetches what the browser needs to draw by itself, once; where nobody else draws, again after its worker has died.
function openDrawer() {
  if (window.ganAtlasStatic && drawer?.lost()) drawer = opened = null;
  return opened ||= fetchDrawer();
}
async function fetchDrawer() {
  const [version, hash] = root.dataset.drawing.split('/');
  try {
    const again = missed ? `?again=${missed}` : '';
    const module = await import(`${location.origin}${served(`drawing/${version}/drawer.js`)}${again}`).catch(
      error => { missed++; throw error; });
    if (module.able()) drawer = await module.open(hash, {...state}, progress);
  } catch (error) {
    fail(error);
    if (window.ganAtlasStatic) opened = null;
  }
  progress(1);
}

// A slim bar; without a value it says that something is under way.
const slimBar = label => Object.assign(document.createElement('progress'), {className: 'fetching', ariaLabel: label, title: label});

// How much has come of what is being fetched: a bar, and words where nobody else draws meanwhile.
let fetching = null;
function progress(share, bytes) {
  const label = share < 1 ? words.fetching.replace('{size}', (bytes / 1e6).toFixed(1)) : '';
  if (window.ganAtlasStatic && !root.dataset.drawnBy) tellDrawer(label);
  if (!label) { fetching?.remove(); fetching = null; return; }
  if (!fetching) root.append(fetching = slimBar(label));
  Object.assign(fetching, {ariaLabel: label, title: label, value: share});
}

// What can wait longest is asked for last, one request at a time, and runs beside newer drawing; what is old by then is not shown.
async function finish() {
  if (finishing) return;                // it asks again itself
  finishing = true;
  let of, slots = {};
  do {
    of = sent;
    clearTimeout(later);
    if (slots.superseded) await new Promise(go => setTimeout(go, OTHERS));
    try { slots = await answer('finish'); }
    catch (error) { slots = unanswered(true); }
    if (of === sent && !busy) {
      show(slots);
      if (slots.notice || slots.superseded) continue;
      LATER.finish ||= Object.keys(slots).filter(name => name !== 'notice');        // of no drawing, that would have said so
      age('finish', false);
    }
  } while ((slots.superseded || of !== sent) && !busy && root.isConnected);       // a draw that is under way asks again when it ends
  finishing = false;
  delete root.dataset.finishing;
}

// What a phase shows is of an older state until it has answered; it fades meanwhile, and where it fails.
function age(phase, old) {
  for (const slot of root.querySelectorAll('[data-slot]')) {
    if (!LATER[phase]?.includes(slot.dataset.slot)) continue;
    slot.toggleAttribute('data-old', old);
    slot.ariaBusy = old || null;
  }
}

function show(slots) {
  if ('notice' in slots) mark(slots.field);
  for (const slot of root.querySelectorAll('[data-slot]')) {
    const name = slot.dataset.slot;
    if (slot.tagName === 'IMG') {
      if (name in slots && slot.src !== slots[name]) slot.src = slots[name];
      if (name + '-alt' in slots) slot.alt = slots[name + '-alt'];
    } else if (name in slots && slot.shown !== slots[name]) {
      const pressed = [...slot.querySelectorAll('button')].indexOf(document.activeElement);
      slot.innerHTML = slot.shown = slots[name];     // HTML made and escaped by our own Python
      if (pressed >= 0) slot.querySelectorAll('button')[pressed]?.focus({preventScroll: true});       // it has taken the old one's place
      const slider = slot.matches('.value') && slot.closest('label')?.querySelector('[type=range]');
      if (slider) slider.ariaValueText = slot.textContent;
    }
  }
}

let pause = 0;
function change(values, milliseconds = 0, typed) {
  Object.assign(state, values);
  root.dispatchEvent(new CustomEvent('chosen', {detail: values}));       // for uploads (uploads.js)
  reflect(typed);
  remember(root, state);
  clearTimeout(pause);
  if (milliseconds) pause = setTimeout(draw, drawer ? milliseconds / 4 : milliseconds); else draw();      // a server is asked less often
}

// --- controls -> state ---
// What a group of controls sets beside what each of them sets: data-also='{"source": "flower"}'.
const also = control => JSON.parse(control.closest('[data-also]')?.dataset.also || '{}');

root.addEventListener('input', event => {
  const input = event.target;
  if ('compare' in input.dataset) input.parentElement.style.setProperty('--at', input.value + '%');
  if (!(input.name in state)) return;
  change({...also(input), [input.name]: input.type === 'checkbox' ? input.checked : input.type === 'range' ? Number(input.value) : input.value},
    Number(input.dataset.pause || 0), input);         // typing: wait for a short rest
});

root.addEventListener('click', async event => {
  const button = event.target.closest('button');
  if (!button) return;
  const {set, reroll, play} = button.dataset;
  const drawn = (reroll || '').split(' ').filter(Boolean).map(name => [name, String(Math.floor(Math.random() * 100000))]);
  if (set || reroll) {
    const values = {...also(button), ...JSON.parse(set || '{}'), ...taken(button.dataset.take), ...Object.fromEntries(drawn)};
    const {below, of} = button.closest('[data-below]')?.dataset || {};       // data-of="chosen" data-below="count": a place among so many
    change(below in values ? {...values, [of]: Math.min(state[of], values[below] - 1)} : values);
  }
  if (play) glide(button, play);
  if ('save' in button.dataset) {
    const label = button.textContent;
    let file;
    Object.assign(button, {disabled: true, textContent: words.saving});
    try { file = await answer('save'); }
    catch (error) { file = {notice: words.lost}; }
    Object.assign(button, {disabled: false, textContent: label});
    if (document.activeElement === document.body) button.focus({preventScroll: true});
    show({notice: file.notice || '', field: file.field});
    if (file.uri) Object.assign(document.createElement('a'), {href: file.uri, download: file.name}).click();
  }
});

// What another instrument is set to, of the names that both states have, without its weights: data-take="text". Of one that has not been
// opened since the page was reloaded, what it was set to before.
(window.ganAtlasStates ||= {})[root.dataset.own] = state;
function taken(own) {
  const theirs = own && (window.ganAtlasStates[own] || (reloaded() && stored(own))) || {};
  const found = Object.fromEntries(Object.entries(theirs).filter(([name]) => name !== 'model' && Object.hasOwn(state, name))
    .map(([name, value]) => [name, valueOf(typeof state[name], String(value))]));
  const one = 'chosen' in found && /^\d+$/.test(found.seed);        // the chosen one of several pictures is that of a seed of its own, below SEED_LIMIT
  return one ? {...found, seed: String((Number(found.seed) + Math.min(found.chosen, found.count - 1)) % 2 ** 32), chosen: 0} : found;
}

// Link, command and JSON of what is shown.
root.addEventListener('click', async event => {
  const kind = event.target.closest('[data-copy]')?.dataset.copy;
  if (!kind) return;
  await copy(root, toCopy(kind), words.copied);
  if (!copiedHere.dataset.copied) copiedHere.textContent = refused ? words.none : '';       // else the notice says why
  else if (kind === 'link' && ownPicture()) copiedHere.append(` ${words.stays}`);
});

async function toCopy(kind) {
  if (refused) {            // it may have been put right
    clearTimeout(pause);
    await draw();
  }
  if (refused) return '';
  if (kind === 'link') return linkTo(root, state);
  const found = await answer('recite').catch(() => ({notice: words.lost}));
  show({notice: found.notice || '', field: found.field});
  return found.notice ? '' : found[kind];
}
