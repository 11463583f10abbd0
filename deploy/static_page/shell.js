// The page without a server: opens plates, and gives each piece what Gradio would: its element, a server, its properties. A plate's pieces
// stand up when it is opened.
window.ganAtlasStatic = true;
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
other.addEventListener('click', event => {
  event.preventDefault();
  told();
  location.href = other.getAttribute('href') + location.search;
});

// What a piece asks of its server: what it begins with, and answers where they were written down. What the browser draws is asked
// of nobody.
function serverOf({first = {}, phases = [], answers}) {
  let known = null;
  const answered = async ({language, ...state}) => {
    known ||= fetch(answers).then(answer => answer.json());
    known.catch(() => { known = null; });               // asked for again
    const found = (await known)[Object.values(state).join('|')];
    if (!found) throw new Error('There is no such state.');
    return found;
  };
  const nobody = async () => { throw new Error('No server stands behind this page.'); };
  return {first: async () => first, ...Object.fromEntries(phases.map(phase => [phase, answers ? answered : nobody]))};
}

async function stand(element) {
  const data = JSON.parse(element.dataset.piece);
  const {default: run} = await import(new URL(element.dataset.script, document.baseURI));
  run(element, serverOf(data), {pictures: data.pictures || {}});
}

async function textOf(file) {
  const answer = await fetch(file);
  if (!answer.ok) throw new Error(`${file} is not there.`);
  return answer.text();
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
    for (const piece of panel.querySelectorAll('[data-script]')) await stand(piece);
  } catch (error) {
    if (!file) throw error;
    delete panel.dataset.stands;                     // the next visit asks again
    const said = Object.assign(document.createElement('p'), {role: 'alert', textContent: document.getElementById('plates').dataset.lost});
    panel.replaceChildren(said);
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
await stand(document.getElementById('groups'));
await open('atlas');                                   // it opens the plate that a link names
if ('serviceWorker' in navigator) navigator.serviceWorker.register('service_worker.js').catch(() => {});      // not on every host
