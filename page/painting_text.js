// The text of a colour-coded drawing (painting.py says what it is), for the page and for the worker that draws: a script that stands before
// palette.js, and a module that is imported for what it leaves behind. It stands after board_text.js, whose letters it writes.
globalThis.ganAtlasPainting = (side, base) => {             // of drawings of side x side pixels in so many colours
  const {SYMBOLS} = globalThis.ganAtlasBoard;
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

  return {
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
  };
};
