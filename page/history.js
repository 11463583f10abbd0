// Which tab is open. Back and forward go through the tabs, and a reload finds tab and state again, for the address says both. Opening a tab
// is an entry of the history; what changes on a plate only rewrites the entry's address (remember in links.js). An entry keeps how far down
// the page stood. Stands before groups.js, which calls trackTabs once, and tree.js.
const RETURN = 5000;         // milliseconds that a plate has to stand up until a visitor who goes back is left where they are
const tabOf = id => document.querySelector(`[role=tab][data-tab-id="${CSS.escape(id)}"]`);
const chosenTab = () => document.querySelector('[role=tab][data-tab-id][aria-selected=true]')?.dataset.tabId;
const linkedTab = () => new URLSearchParams(location.search).get('tab');

// Gradio's own button opens it, whether it is in sight or not. The focus goes along, once
// Gradio has written its rows and groups.js its own (two frames): what had it is hidden with its plate.
function openPlate(id) {
  const tab = id && tabOf(id), left = document.activeElement;
  if (!tab) return;
  tab.click();
  if (left && left !== document.body) requestAnimationFrame(() => requestAnimationFrame(() => tabOf(id)?.focus({preventScroll: true})));
}

function trackTabs(home, changed) {
  if (window.ganAtlasTracked) return;
  window.ganAtlasTracked = true;
  window.ganAtlasTabs ||= {};      // by tab: the address of what it showed last
  // What was changed a moment ago is of the entry that is being left (remember in links.js).
  const writeDown = window.ganAtlasWriteDown = () => window.ganAtlasUnwritten?.forEach(write => write());
  let shown = home, y = 0, saving = 0, back = null;          // back: where a visitor is to stand who went back, until they do
  const save = () => {
    clearTimeout(saving);
    history.replaceState({...history.state, y}, '');
  };
  window.addEventListener('scroll', () => {
    if (back) return;
    y = scrollY;
    clearTimeout(saving);
    saving = setTimeout(save, 100);
  }, {passive: true});
  for (const touch of ['wheel', 'touchmove', 'pointerdown', 'keydown']) addEventListener(touch, () => { back = null; }, {passive: true});
  const comeBack = mine => requestAnimationFrame(() => {
    if (mine !== back) return;
    const pieces = [...document.querySelectorAll('.instrument')].filter(one => one.offsetParent);
    const stands = chosenTab() === mine.tab && pieces.every(one => 'ready' in one.dataset)
      && document.documentElement.scrollHeight - innerHeight >= mine.y - 1;
    if (!stands && performance.now() < mine.until) return comeBack(mine);
    scrollTo({top: mine.y, behavior: 'instant'});
    requestAnimationFrame(() => requestAnimationFrame(() => { if (mine === back) back = null; }));      // what follows from that has passed
  });
  new MutationObserver(() => {
    const now = chosenTab();
    if (!now || now === shown) return;
    shown = now;
    changed();
    if (now !== (linkedTab() || home)) {                     // else the address asked for it
      writeDown();
      save();
      history.pushState(null, '', window.ganAtlasTabs[now]
        || location.pathname + `${now === home ? '' : `&tab=${now}`}${window.ganAtlasAsked}`.replace('&', '?'));
    }
    document.title = now === home ? 'GAN Atlas' : `${tabOf(now).textContent.trim()} · GAN Atlas`;        // of this entry, and not of the one before
  }).observe(document.body, {attributes: true, subtree: true, attributeFilter: ['aria-selected']});
  addEventListener('pagehide', writeDown);
  window.addEventListener('popstate', () => {
    const wanted = linkedTab() || home;
    clearTimeout(saving);                                  // it was of the entry before
    const place = history.state?.y;
    back = Number.isFinite(place) ? {tab: wanted, y: y = place, until: performance.now() + RETURN} : null;
    if (back) comeBack(back);
    window.ganAtlasRestored = false;                       // a plate that only now stands up finds its state in the address
    if (wanted !== chosenTab()) openPlate(wanted);
    window.dispatchEvent(new Event('gan-atlas-back'));
  });
}
