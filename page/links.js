// The link to what is shown, and back; stands before instrument.js and lab.js. A link names the tab, the instrument on it (at) where
// that has another name, and every value of the state.
function linkTo(root, state) {
  const {plate, own, space} = root.dataset, values = Object.entries(state).map(([name, value]) => [name, String(value)]);
  const query = new URLSearchParams([['tab', plate], ...(own === plate ? [] : [['at', own]]), ...values]);
  return `${space || location.origin + location.pathname}?${query}`;
}

async function copy(root, text, copied) {
  const said = root.querySelector('[data-copied]');
  said.dataset.copied = text;
  try { await navigator.clipboard.writeText(text); said.textContent = copied; }
  catch (error) { said.textContent = text; }         // no clipboard here (plain http): to be copied by hand
}

// The state that the page's address asks of this instrument, once; null if it asks nothing. What does not fit is left out, and said.
function linkedState(root, state, ignoring) {
  const {plate, own} = root.dataset, query = new URLSearchParams(location.search), ignored = [], values = {};
  if (!plate || query.get('tab') !== plate || (query.get('at') || plate) !== own || window.ganAtlasRestored) return null;
  window.ganAtlasRestored = true;
  for (const [name, text] of query) {
    if (['tab', 'at'].includes(name) || name.startsWith('__')) continue;       // Gradio and Spaces add names of their own with __
    const kind = typeof state[name];
    const value = kind === 'number' ? Number(text) : kind === 'boolean' ? text === 'true' : text;
    if (!Object.hasOwn(state, name) || text === '' || text.length > 1000 || (kind === 'number' && !Number.isFinite(value))
      || (kind === 'boolean' && !['true', 'false'].includes(text))) ignored.push(name.slice(0, 20));
    else values[name] = value;
  }
  if (ignored.length) root.querySelector('[data-copied]').textContent = ignoring.replace('{names}', ignored.slice(0, 5).join(', '));
  if (own !== plate) root.scrollIntoView();
  return values;
}
