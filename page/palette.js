// The colour-coded kind of a drawing board; stands before board.js. `read` and `write` are the twins of `painted` and `written` in
// painting.py, where the text is described. Pictures from files are read by the server (`read` of the instrument).
function palette(board) {
  const {size: side, colours} = JSON.parse(board.dataset.palette), base = colours.length;
  const rgb = colours.map(text => [1, 3, 5].map(at => parseInt(text.slice(at, at + 2), 16)));
  let digits = 18;
  while (base ** digits > 2 ** 18) digits--;
  const length = 3 * Math.ceil(side * side / digits);

  function runs(values) {
    const pixels = new Uint8Array(side * side);
    let row = 0, column = 0;
    for (let at = 0; at < values.length;) {
      const colour = values[at] >> 2, kind = values[at] & 3;
      if (kind && at + 1 === values.length) return null;
      const following = kind ? values[at + 1] : 0;
      at += kind ? 2 : 1;
      if (kind === 3) {
        if (colour || column || row + following + 1 > side) return null;
        for (let n = 0; n <= following; n++, row++) if (row) pixels.copyWithin(row * side, (row - 1) * side, row * side);
        continue;
      }
      const count = kind ? (kind === 1 ? 2 : 66) + following : 1;
      if (colour >= base || row >= side || column + count > side) return null;
      pixels.fill(colour, row * side + column, row * side + column + count);
      column += count;
      if (column === side) { column = 0; row++; }
    }
    return row === side && !column ? pixels : null;
  }

  const covers = (pixels, x0, y0, x1, y1, colour, inside) => {
    for (let y = Math.max(0, Math.floor(y0)); y < Math.min(side, Math.ceil(y1)); y++) {
      for (let x = Math.max(0, Math.floor(x0)); x < Math.min(side, Math.ceil(x1)); x++) {
        if (inside(x + .5, y + .5)) pixels[y * side + x] = colour;
      }
    }
  };

  return {
    side,
    colour: value => rgb[value],
    write(pixels) {
      if (!pixels.some(Boolean)) return '';
      const values = [], alike = row => row === 0 ? !pixels.subarray(0, side).some(Boolean)
        : pixels.subarray(row * side, (row + 1) * side).every((value, x) => value === pixels[(row - 1) * side + x]);
      for (let row = 0; row < side;) {
        let same = 0;
        while (row + same < side && same < 64 && alike(row + same)) same++;
        if (same) { values.push(3, same - 1); row += same; continue; }
        for (let x = 0; x < side;) {
          const colour = pixels[row * side + x];
          let count = 1;
          while (x + count < side && pixels[row * side + x + count] === colour) count++;
          if (count === 1) values.push(4 * colour);
          else values.push(4 * colour + (count < 66 ? 1 : 2), count - (count < 66 ? 2 : 66));
          x += count;
        }
        row++;
      }
      if (values.length < length) return values.map(value => SYMBOLS[value]).join('');
      let text = '';
      for (let at = 0; at < pixels.length; at += digits) {
        let number = 0;
        for (let i = 0; i < digits; i++) number = number * base + (pixels[at + i] || 0);
        text += SYMBOLS[number >> 12] + SYMBOLS[number >> 6 & 63] + SYMBOLS[number & 63];
      }
      return text;
    },
    read(text) {
      if (text === '') return new Uint8Array(side * side);
      if (text.length > length) return null;
      const values = [...text].map(letter => SYMBOLS.indexOf(letter));
      if (values.includes(-1)) return null;
      if (values.length !== length) return runs(values);
      const pixels = new Uint8Array(side * side);
      for (let at = 0, place = 0; at < values.length; at += 3, place += digits) {
        let number = values[at] << 12 | values[at + 1] << 6 | values[at + 2];
        if (number >= base ** digits) return null;
        for (let i = digits - 1; i >= 0; i--, number = Math.floor(number / base)) {
          if (place + i < pixels.length) pixels[place + i] = number % base;
        }
      }
      return pixels;
    },
    stroke(pixels, from, to, tool, colour) {        // a round tip; colour 0 erases
      const radius = tool === 'eraser' ? 5 : tool === 'pen' ? .71 : 2.5, value = tool === 'eraser' ? 0 : colour;
      const dx = to.x - from.x, dy = to.y - from.y, square = dx * dx + dy * dy || 1;
      covers(pixels, Math.min(from.x, to.x) - radius, Math.min(from.y, to.y) - radius, Math.max(from.x, to.x) + radius,
        Math.max(from.y, to.y) + radius, value, (x, y) => {
          const along = Math.min(1, Math.max(0, ((x - from.x) * dx + (y - from.y) * dy) / square));
          return Math.hypot(x - from.x - along * dx, y - from.y - along * dy) <= radius;
        });
    },
    box(pixels, from, to, colour) {                 // a filled rectangle between two corners
      const [x0, x1] = [from.x, to.x].sort((a, b) => a - b), [y0, y1] = [from.y, to.y].sort((a, b) => a - b);
      covers(pixels, x0, y0, x1, y1, colour, () => true);
    },
  };
}
