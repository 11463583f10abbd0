// The page without a server: opens plates, and gives each piece what Gradio would: its element, a server, its properties. A plate's pieces
// stand up when it is opened.
window.ganAtlasStatic = true;
document.querySelector('.unopened').remove();
window.gradio_config = {root: new URL('./', location.href).href};       // where drawer.js is looked for

const dark = matchMedia('(prefers-color-scheme: dark)');
const dress = () => document.body.classList.toggle('dark', dark.matches);
dark.addEventListener('change', dress);
dress();

// A visitor of the English page whose browser reads Chinese goes to the Chinese one, once.
const other = document.querySelector('[data-language-link]');
function told() {                 // and whether it was known before; a browser that keeps nothing is not sent back and forth
  try {
    const known = sessionStorage.getItem('gan-atlas-language');
    sessionStorage.setItem('gan-atlas-language', 'told');
    return !!known;
  } catch { return true; }
}
if (other.lang === 'zh' && /^zh\b/i.test(navigator.language) && !told()) location.replace(other.getAttribute('href') + location.search);
// What stands in the plates goes along: what drawings and lower instruments are set to is kept by the page's path (links.js).
try { window.ganAtlasMoved = sessionStorage.getItem('gan-atlas-moved'); sessionStorage.removeItem('gan-atlas-moved'); } catch { /* shut */ }
other.addEventListener('click', event => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  told();
  window.ganAtlasWriteDown?.();                             // what was changed a moment ago (history.js)
  try {
    const [mine, theirs] = [location.pathname, new URL(other.href).pathname].map(path => `gan-atlas ${path} `);
    for (const key of Object.keys(sessionStorage).filter(key => key.startsWith(mine))) {
      sessionStorage.setItem(theirs + key.slice(mine.length), sessionStorage.getItem(key));
    }
    sessionStorage.setItem('gan-atlas-moved', 'yes');
  } catch { /* it is full, or shut */ }
  location.href = other.getAttribute('href') + location.search;
});

// What is to be shown, once its pictures are here: no words are to stand beside a picture that waits for a network. One that its host has
// lost keeps nothing waiting.
async function whole(slots) {
  const pictures = Object.values(slots).filter(value => value.startsWith('pictures/')).map(src => Object.assign(new Image(), {src}).decode());
  await Promise.all(pictures).catch(error => { if (!navigator.onLine) throw error; });
  return slots;
}

// What a piece asks of its server: what it begins with, and answers where they were written down. What the browser draws is asked
// of nobody.
function serverOf({first = {}, later, phases = [], answers}) {
  let known = null;
  const answered = async ({language, ...state}) => {
    known ||= fetch(answers).then(answer => answer.json());
    known.catch(() => { known = null; });               // asked for again
    const found = (await known)[Object.values(state).join('|')];
    return found ? whole(found) : {unfit: true};
  };
  const nobody = async () => { throw new Error('No server stands behind this page.'); };
  return {first: () => whole(first), ...(later && {later: () => whole(later)}), ...Object.fromEntries(phases.map(phase => [phase, answers ? answered : nobody]))};
}

const missed = {};           // times that a script could not be fetched: of an address where that failed, browsers try no second time
async function stand(element) {
  const data = JSON.parse(element.dataset.piece), {script} = element.dataset;
  const file = new URL(missed[script] ? `${script}?again=${missed[script]}` : script, document.baseURI);
  const {default: run} = await import(file).catch(error => {
    missed[script] = (missed[script] || 0) + 1;
    throw error;
  });
  run(element, serverOf(data), {pictures: data.pictures || {}});
  element.dataset.runs = '';
}

async function textOf(file) {            // some hosts give a whole page for what they have not; nothing that is asked for here is one
  const answer = await fetch(file), text = await answer.text();
  if (!answer.ok || /^\s*<(!doctype|html)\b/i.test(text)) throw new Error(`${file} is not there.`);
  return text;
}

async function open(id) {
  for (const tab of document.querySelectorAll('#plates > .tab-wrapper [role=tab]')) {
    tab.setAttribute('aria-selected', tab.dataset.tabId === id);
  }
  for (const panel of document.querySelectorAll('#plates > [role=tabpanel]')) panel.hidden = panel.id !== `panel-${id}`;
  const panel = document.getElementById(`panel-${id}`), {file} = panel.dataset;
  if ('stands' in panel.dataset) return;
  panel.dataset.stands = '';
  try {
    if (file) panel.innerHTML = await textOf(file);
    panel.querySelectorAll(':scope > [role=alert]').forEach(said => said.remove());
    for (const piece of panel.querySelectorAll('[data-script]:not([data-runs])')) await stand(piece);
  } catch (error) {
    delete panel.dataset.stands;                     // the next visit asks again, and its pieces take the address once more
    window.ganAtlasRestored = false;
    const said = Object.assign(document.createElement('p'), {role: 'alert', textContent: document.getElementById('plates').dataset.lost});
    if (file) panel.replaceChildren(said);
    else panel.prepend(said);
    addEventListener('online', () => { if (!panel.hidden) open(id); }, {once: true});
  }
}

document.querySelector('#plates > .tab-wrapper').addEventListener('click', event => {
  const tab = event.target.closest('[role=tab]');
  if (tab) open(tab.dataset.tabId);
});
for (const group of document.querySelectorAll('[data-group]')) {      // plates that are not here are no way to go
  const here = group.dataset.plates.split(' ').filter(id => document.getElementById(`panel-${id}`));
  group.dataset.plates = here.join(' ');
  if (!here.length) group.remove();
}
await stand(document.getElementById('groups')).catch(error => {      // then all tabs stand in one row, and no group hides any
  console.warn(error);
  document.getElementById('groups').remove();
});
await open('atlas');                                   // it opens the plate that a link names

// What was asked for before there was a service worker passes it once more, mostly from the browser's own cache, so that it is kept; with it
// the scripts of the worker that draws, which no document knows of.
function keepWhatCame() {
  const since = performance.now(), {root} = gradio_config;
  let drawn = false;
  const pass = names => names.forEach(name => fetch(name, {cache: 'force-cache'}).catch(() => {}));
  new PerformanceObserver(found => {
    const came = found.getEntries().filter(one => one.startTime < since && one.name.startsWith(root)).map(one => one.name);
    pass(came);
    if (drawn || !(drawn = came.some(name => name.includes('/drawing/')))) return;
    textOf('files.json').then(text => pass(JSON.parse(text).filter(name => /^drawing\/.*\.js$/.test(name)))).catch(() => {});
  }).observe({type: 'resource', buffered: true});
}
if ('serviceWorker' in navigator) {
  if (!navigator.serviceWorker.controller) navigator.serviceWorker.addEventListener('controllerchange', keepWhatCame, {once: true});
  navigator.serviceWorker.register('service_worker.js').catch(() => {});      // not on every host
}
