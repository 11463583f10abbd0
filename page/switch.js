// The link to the other language (switch.py). What stands in the plates is kept (links.js), so the page can be opened anew.
element.addEventListener('click', event => {
  const link = event.target.closest('a[lang]');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  try { localStorage.setItem('gan-atlas-language', link.lang); } catch { /* shut: the browser's own language stays */ }
  location.reload();
});
