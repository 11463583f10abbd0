// What the first address asks of all plates, and goes along however it changes: who draws (draw=server, or draw=graphics for all networks),
// and the names that Gradio and Spaces add, which begin with __. Stands before history.js and before links.js.
window.ganAtlasDraw ??= new URLSearchParams(location.search).get('draw');
window.ganAtlasAsked ??= [...new URLSearchParams(location.search)].filter(([name, value]) => name.startsWith('__')
  || (name === 'draw' && ['server', 'graphics'].includes(value))).map(pair => '&' + new URLSearchParams([pair])).join('');
