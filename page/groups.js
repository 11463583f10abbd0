// The groups of tabs (groups.py). A group opens the plate of it that was open last, at first its first one; which group is open follows
// from the open plate, however that was opened. Gradio's tabs have no arrow keys: both rows get them here. Stands after history.js.
const HOME = 'atlas';
const lastOf = {};       // by group: the plate that was open last

function groupsNow() {   // looked up anew: Gradio may have written the rows again
  const now = chosenTab() || HOME;         // before Gradio has written its tabs, the first one is open
  for (const group of document.querySelectorAll('.groups [data-group]')) {
    const open = group.dataset.plates.split(' ').includes(now);
    if (open) lastOf[group.dataset.group] = now;
    group.setAttribute('aria-selected', open);
  }
  for (const tab of document.querySelectorAll('.groups [role=tab], #plates > .tab-wrapper [role=tab]')) {
    const open = tab.getAttribute('aria-selected') === 'true';
    tab.tabIndex = open ? 0 : -1;
    const row = tab.closest('[role=tablist]');
    if (open && row.scrollWidth > row.clientWidth) row.scrollLeft = tab.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2;
  }
}

element.addEventListener('click', event => {
  const group = event.target.closest('[data-group]');
  if (group && group.getAttribute('aria-selected') !== 'true') openPlate(lastOf[group.dataset.group] || group.dataset.plates.split(' ')[0]);
});

if (!window.ganAtlasTracked) document.addEventListener('click', event => {         // a link of a plate's heading to another plate
  const link = event.target.closest?.('a[data-plate]');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !tabOf(link.dataset.plate)) return;
  event.preventDefault();
  openPlate(link.dataset.plate);
  scrollTo({top: 0});
});

if (!window.ganAtlasTracked) document.addEventListener('keydown', event => {
  const tab = event.target.closest?.('.groups [role=tab], #plates > .tab-wrapper [role=tab]');
  if (!tab || event.altKey || event.ctrlKey || event.metaKey) return;
  const row = [...tab.closest('[role=tablist]').querySelectorAll('[role=tab]')].filter(other => other.offsetParent), at = row.indexOf(tab);
  const inGroups = tab.matches('.groups *');
  const to = {
    ArrowRight: row[at + 1] || row[0], ArrowLeft: row.at(at - 1), Home: row[0], End: row.at(-1),
    ArrowDown: inGroups && tab.ariaSelected === 'true' && document.querySelector('#plates > .tab-wrapper [aria-selected=true]'),
    ArrowUp: !inGroups && document.querySelector('.groups [aria-selected=true]'),
  }[event.key];
  if (!to?.offsetParent) return;
  event.preventDefault();
  to.focus();            // Enter or space opens it
});
if (!window.ganAtlasTracked) document.addEventListener('keydown', event => {         // Gradio's panel "Use via API" knows no such key
  if (event.key !== 'Escape' || !document.querySelector('.api-docs')) return;
  document.querySelector('.api-docs > .backdrop').click();
  document.querySelector('footer .show-api')?.focus();
});
trackTabs(HOME, groupsNow);
groupsNow();
