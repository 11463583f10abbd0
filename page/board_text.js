// The text of a drawing of 28x28 pixels in 16 grey levels (board.py says what it is), for the page and for the worker that draws: a script
// that stands before board.js, and a module that is imported for what it leaves behind.
globalThis.ganAtlasBoard = (() => {
  const SYMBOLS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_', side = 28;
  function write(levels) {           // the twin of `written` in board.py
    if (!levels.some(Boolean)) return '';
    const runs = [], packed = 2 * Math.ceil(levels.length / 3);
    for (let at = 0; at < levels.length;) {
      const level = levels[at];
      let length = 1;
      if (level === 0 || level === 15) while (length < 25 && levels[at + length] === level) length++;
      runs.push(length === 1 ? level : length + (level ? 38 : 14));
      at += length;
    }
    if (runs.length < packed) return runs.map(value => SYMBOLS[value]).join('');
    let text = '';
    for (let at = 0; at < levels.length; at += 3) {
      const three = levels[at] << 8 | (levels[at + 1] || 0) << 4 | (levels[at + 2] || 0);
      text += SYMBOLS[three >> 6] + SYMBOLS[three & 63];
    }
    return text;
  }
  function read(text) {              // the twin of `drawn`
    const count = side * side, levels = [];
    if (text === '') return new Uint8Array(count);
    const values = [...text].map(letter => SYMBOLS.indexOf(letter));
    if (text.length > 2 * Math.ceil(count / 3) || values.includes(-1)) return null;
    if (text.length === 2 * Math.ceil(count / 3)) {
      for (let at = 0; at < values.length; at += 2) {
        const three = values[at] << 6 | values[at + 1];
        levels.push(three >> 8, three >> 4 & 15, three & 15);
      }
      levels.length = count;
    } else {
      for (const value of values) {
        if (value < 16) levels.push(value);
        else for (let i = value - (value < 40 ? 14 : 38); i > 0; i--) levels.push(value < 40 ? 0 : 15);
      }
    }
    return levels.length === count ? Uint8Array.from(levels) : null;
  }
  return {SYMBOLS, side, read, write};
})();
