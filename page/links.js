// The link to what is shown, and back; stands before instrument.js and lab.js. A link names the tab, the instrument on it (at) where
// that has another name, and every value of the state.
const GONE = ['fetch'];      // in links of earlier editions, without a meaning now

function queryOf(root, state) {
  const {plate, own} = root.dataset, values = Object.entries(state).map(([name, value]) => [name, String(value)]);
  return '?' + new URLSearchParams([['tab', plate], ...(own === plate ? [] : [['at', own]]), ...values]);
}

function valueOf(kind, text) { return kind === 'number' ? Number(text) : kind === 'boolean' ? text === 'true' : text; }

// Whether a value keeps to a limit, where there is one: a list of what is allowed, {low, high}, or {pattern}. (Elsewhere the server judges.)
function within(value, limit) {
  if (!limit) return true;
  if (limit.pattern) return new RegExp(limit.pattern).test(value);
  return Array.isArray(limit) ? limit.includes(value) : value >= limit.low && value <= limit.high;
}

// Where on its host something is served beside the page, which may stand in a folder.
function served(path) {
  return new URL(window.gradio_config?.root || location.href, location.href).pathname.replace(/\/$/, '') + `/${path}`;
}

// What is copied for others: where the markup names what it holds (data-linked="deal"), nothing else of the state.
function linkTo(root, state) {
  const only = root.querySelector('[data-linked]')?.dataset.linked.split(' ');
  const told = only ? Object.fromEntries(only.map(name => [name, state[name]])) : state;
  return (root.dataset.space || location.origin + location.pathname) + queryOf(root, told);
}

// Writes the state into the address, once it has rested: a reload finds it again, and back and forward do not stop at each change.
function remember(root, state) {
  if (!root.dataset.plate) return;
  const write = () => {
    window.ganAtlasUnwritten.delete(root);
    clearTimeout(root.remembering);
    const query = queryOf(root, state), {plate} = root.dataset;
    const kept = (query.length > 2000 ? `?tab=${plate}` : query) + window.ganAtlasAsked;       // too long to be kept: no older state either
    (window.ganAtlasTabs ||= {})[plate] = kept;
    try { sessionStorage.setItem(storage(root.dataset.own), JSON.stringify(state)); } catch { /* it is full, or shut */ }
    if (new URLSearchParams(location.search).get('tab') === plate) history.replaceState(history.state, '', kept);
  };
  clearTimeout(root.remembering);
  root.remembering = setTimeout(write, 400);
  (window.ganAtlasUnwritten ||= new Map()).set(root, write);       // whoever leaves before that is remembered at once (history.js)
}

// Copies a promised text; nothing, where it is empty. Safari lets a page write only at the press itself, and waits then for what is promised.
async function copy(root, promised, copied) {
  const said = root.querySelector('[data-copied]');
  const blob = promised.then(text => text ? new Blob([text], {type: 'text/plain'}) : Promise.reject(new Error('There is nothing to copy.')));
  blob.catch(() => {});
  said.textContent = said.dataset.copied = '';
  said.removeAttribute('tabindex');
  const written = (async () => navigator.clipboard.write([new ClipboardItem({'text/plain': blob})]))();
  written.catch(() => {});
  const text = await promised;
  if (!(said.dataset.copied = text)) return;
  try { await written.catch(() => navigator.clipboard.writeText(text)); said.textContent = copied; }
  catch (error) {                                    // no clipboard here (plain http): to be copied by hand; keys scroll a long one
    Object.assign(said, {textContent: text, tabIndex: 0});
    getSelection().selectAllChildren(said);
  }
}

// The state that this instrument had when the page was left, if it comes back by a reload: the address has room for one instrument of a plate,
// and not for a drawing. null if there is none.
const storage = own => `gan-atlas ${location.pathname} ${own}`;
const stored = own => { try { return JSON.parse(sessionStorage.getItem(storage(own))); } catch { return null; } };      // or it is shut
const reloaded = () => window.ganAtlasMoved || ['reload', 'back_forward'].includes(performance.getEntriesByType('navigation')[0]?.type);
function keptState(root, state, limits) {
  if (!reloaded()) return null;
  try {
    const values = Object.entries(stored(root.dataset.own)).filter(([name, value]) => Object.hasOwn(state, name)
      && within(value, limits[name]) && (typeof value === 'boolean') === (typeof state[name] === 'boolean'));
    if (!values.length) return null;
    root.dataset.kept = '';              // not what the address asks for
    return Object.fromEntries(values);
  } catch { return null; }               // nothing there, or a browser that keeps nothing
}

// The state that the page's address asks of this instrument; null if it asks nothing. Once, or `again` when a visitor went back, for what is
// other than it stands. What does not fit is left out, and said.
function linkedState(root, state, ignoring, again = false) {
  const {plate, own} = root.dataset, query = new URLSearchParams(location.search), ignored = [], values = {};
  const limits = JSON.parse(root.dataset.limits || '{}');
  if (!again && !reloaded()) try { sessionStorage.removeItem(storage(root.dataset.own)); } catch { /* nothing is kept */ }       // of an earlier visit
  if (!plate || query.get('tab') !== plate || (query.get('at') || plate) !== own || (window.ganAtlasRestored && !again)) {
    return again ? null : keptState(root, state, limits);
  }
  for (const [name, text] of query) {
    if (['tab', 'at', 'draw', ...GONE].includes(name) || name.startsWith('__')) continue;       // Gradio and Spaces add names with __
    const typed = root.querySelector(`input[type="text"][name="${CSS.escape(name)}"]`) && Number.isNaN(Number(text));
    const kind = typed ? 'string' : typeof state[name];          // a label by its name, where numbers are taken as well
    const value = valueOf(kind, text);
    if (!Object.hasOwn(state, name) || text.length > 10000 || (kind === 'number' && (text === '' || !Number.isFinite(value)))
      || !within(value, limits[name]) || (kind === 'boolean' && !['true', 'false'].includes(text))) ignored.push(name.slice(0, 20));
    else values[name] = value;
  }
  if (!ignored.length && !Object.keys(values).length) return again ? null : keptState(root, state, limits);      // it names the tab and nothing else
  if (ignored.length) root.querySelector('[data-copied]').textContent = ignoring.replace('{names}', ignored.slice(0, 5).join(', '));
  window.ganAtlasRestored = true;
  if (own !== plate && !again) root.scrollIntoView();
  return again && Object.entries(values).every(([name, value]) => state[name] === value) ? null : values;
}
