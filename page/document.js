// What is so everywhere on the page, once for all pieces that bring it: the row of groups, instruments and the lab.
if (!window.ganAtlasWhole) {
  window.ganAtlasWhole = true;

  // A file that misses what takes it: the browser would leave the page and open it.
  for (const kind of ['dragover', 'drop']) document.addEventListener(kind, event => {
    if (event.defaultPrevented || !event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = 'none';
  });

  // What is too wide for its column scrolls, by keys where it can have the focus: commands, tables and formulas of what is unfolded
  // (model_facts.py).
  const sizes = new ResizeObserver(all => all.forEach(({target}) => {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0; else target.removeAttribute('tabindex');
  }));
  const watched = new WeakSet();
  document.addEventListener('click', event => {
    const facts = event.target.closest?.('.label-wrap') && event.target.closest('.facts');
    if (!facts || watched.has(facts)) return;
    watched.add(facts);
    const watch = () => facts.querySelectorAll('.prose :is(pre, table, .katex-display, p:has(> math))').forEach(one => {
      if (!watched.has(one)) sizes.observe(one);
      watched.add(one);
    });
    new MutationObserver(watch).observe(facts, {childList: true, subtree: true});
    watch();
  });
}
