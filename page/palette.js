// The colour-coded kind of a drawing board; stands before board.js. `read` and `write` are painting_text.js's. Pictures from files are read
// by the server (`read` of the instrument).
function palette(board) {
  const {size: side, colours} = JSON.parse(board.dataset.palette);
  const rgb = colours.map(text => [1, 3, 5].map(at => parseInt(text.slice(at, at + 2), 16)));
  const covers = (pixels, x0, y0, x1, y1, colour, inside) => {
    for (let y = Math.max(0, Math.floor(y0)); y < Math.min(side, Math.ceil(y1)); y++) {
      for (let x = Math.max(0, Math.floor(x0)); x < Math.min(side, Math.ceil(x1)); x++) {
        if (inside(x + .5, y + .5)) pixels[y * side + x] = colour;
      }
    }
  };

  return {
    ...globalThis.ganAtlasPainting(side, colours.length),
    side,
    colour: value => rgb[value],
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
