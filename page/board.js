// Drawing boards; stands after instrument.js where an instrument has one (board.py). A board is a canvas before a hidden input that holds
// the drawing as text; at each change the input says so, as any control does. What a board draws on is a kind: `read` and `write` turn the
// text into an array of values and back (null: it is none), `stroke` lays a line of a tool and a value on it, `box` a rectangle, `picture`
// takes a decoded image, `colour` gives a value's colour. Without `picture` the server reads pictures. Another kind is one more entry.
const UNDOS = 60;

const grey = {
  side: ganAtlasBoard.side,
  colour: level => [level * 17, level * 17, level * 17],
  write: ganAtlasBoard.write,
  read: ganAtlasBoard.read,
  stroke(levels, from, to, tool) {        // a round tip with a soft edge of one pixel
    const radius = tool === 'eraser' ? 2.2 : 1.25, side = this.side;
    const dx = to.x - from.x, dy = to.y - from.y, length = dx * dx + dy * dy || 1;
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const px = x + .5 - from.x, py = y + .5 - from.y, along = Math.min(1, Math.max(0, (px * dx + py * dy) / length));
        const level = Math.round(15 * Math.min(1, Math.max(0, radius + .5 - Math.hypot(px - along * dx, py - along * dy))));
        const at = y * side + x;
        levels[at] = tool === 'eraser' ? Math.min(levels[at], 15 - level) : Math.max(levels[at], level);
      }
    }
  },
  picture(image, width, height) {         // its centre square in grey, over white; a light background is inverted and made black
    const square = Math.min(width, height), work = Math.min(square, 16 * this.side), side = this.side;
    const {data} = squareOf(image, width, height, work).getImageData(0, 0, work, work);
    const shrunk = new Float32Array(side * side), share = parts(work, side);
    for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) {
      let sum = 0;
      for (const [row, high] of share[y]) for (const [column, wide] of share[x]) {
        const at = 4 * (row * work + column);
        sum += high * wide * (.299 * data[at] + .587 * data[at + 1] + .114 * data[at + 2]);
      }
      shrunk[y * side + x] = sum;
    }
    const edge = [...shrunk].filter((_, at) => at < side || at >= side * (side - 1) || at % side % (side - 1) === 0).sort((a, b) => a - b);
    const ground = edge[edge.length >> 1], away = shrunk.map(value => ground > 127 ? ground - value : value - ground);
    const most = away.reduce((a, b) => Math.max(a, b), 0);
    return Uint8Array.from(away, value => most < 16 ? 0 : Math.round(15 * Math.max(0, value) / most));
  },
};
const BOARDS = {grey: () => grey, palette};      // `palette` stands in palette.js

// For each of `count` cells over `work` pixels: which pixels it covers, and by how much of the cell.
function parts(work, count) {
  return Array.from({length: count}, (_, cell) => {
    const from = cell * work / count, to = (cell + 1) * work / count, found = [];
    for (let pixel = Math.floor(from); pixel < to; pixel++) {
      const part = Math.min(pixel + 1, to) - Math.max(pixel, from);
      if (part > 1e-9) found.push([pixel, part * count / work]);
    }
    return found;
  });
}

// Any file with a picture that the browser can hold -> what `kind.picture` makes of it. Throws 'file' or 'vast', names of the instrument's
// words, or whatever an <img> says of what is no picture.
async function pictureOf(file, kind) {
  if (!/^image\/(?!svg)/.test(file.type)) throw 'file';
  return undecoded(file, async image => {                   // uploads.js
    if (pixelsOf(image) > MOST_DECODED) throw 'vast';
    await image.decode().catch(() => { throw 'file'; });
    const bitmap = await createImageBitmap(image).catch(() => { throw 'file'; });       // upright, as its EXIF says
    try { return kind.picture ? kind.picture(bitmap, bitmap.width, bitmap.height) : shrunk(bitmap, bitmap.width, bitmap.height); }
    finally { bitmap.close(); }
  });
}

// The centre square of a picture, at most 512 pixels a side, as a data URI for the server.
const shrunk = (image, width, height) => squareOf(image, width, height, Math.min(width, height, 512)).canvas.toDataURL();

// A canvas of this side, white, with the centre square of a picture.
function squareOf(image, width, height, side) {
  const square = Math.min(width, height), paper = blank(side, side);
  paper.drawImage(image, (width - square) / 2, (height - square) / 2, square, square, 0, 0, side, side);
  return paper;
}

function placeBoard(board) {
  const kind = BOARDS[board.dataset.board](board), said = JSON.parse(board.dataset.words), surprises = JSON.parse(board.dataset.surprises);
  const canvas = board.querySelector('canvas'), file = board.querySelector('[type=file]'), input = board.querySelector('[type=hidden]');
  const paper = canvas.getContext('2d'), before = [];       // before: texts that undo brings back, the latest last
  let text = null, values = kind.read(''), pen = null, takes = 0;
  let tool = board.querySelector('[data-tool]').dataset.tool, value = 1;

  function paint() {
    const pixels = paper.createImageData(kind.side, kind.side);
    values.forEach((value, at) => pixels.data.set([...kind.colour(value), 255], 4 * at));
    paper.putImageData(pixels, 0, 0);
    board.toggleAttribute('data-empty', !text);
  }
  function keep() {
    before.push(text);
    before.splice(0, before.length - UNDOS);
  }
  // Puts a text on the board; `tell`: the state does not know it yet.
  function put(wanted, tell = true) {
    text = wanted;
    values = kind.read(text) || kind.read('');              // a link may hold anything; the server says what is wrong with it
    paint();
    if (tell) say();
  }
  function say() {
    input.value = text;
    input.dispatchEvent(new Event('input', {bubbles: true}));
  }
  function notice(words) {
    const place = root.querySelector('[data-slot="notice"]');
    place.textContent = words;
    place.shown = place.innerHTML;                          // what `show` in instrument.js compares with
  }
  async function take(found) {
    if (!found) return notice(said.nothing);
    const mine = ++takes, was = text;                       // what is drawn or chosen meanwhile stays
    photo = null;
    let taken;
    try { taken = await pictureOf(found, kind); }
    catch (error) { return notice(words[error] || words.file); }
    if (!kind.picture) return read(taken, mine, was);
    if (mine === takes && text === was) lay(kind.write(taken));
  }
  // The picture that the server read last: how it was asked to, and what it made of it. Where `data-read-by` names a field of the state that
  // says how, it is asked again when that is changed.
  let photo = null;
  async function read(picture, mine, was) {
    const how = state[board.dataset.readBy];
    const slots = await onItsWay(() => told('read', {...asked(), picture}).catch(() => ({notice: words.lost})));
    if (mine !== takes || text !== was) return;
    if (slots.notice) {
      if (photo) photo.how = null;                          // asked once more when anything is changed
      return show(slots);
    }
    photo = {picture, how, text: slots[input.name]};
    lay(photo.text);
  }
  function lay(found) {
    keep();
    put(found);
  }

  // --- strokes ---
  const at = event => {
    const box = canvas.getBoundingClientRect();
    return {x: (event.clientX - box.left) / box.width * kind.side, y: (event.clientY - box.top) / box.height * kind.side};
  };
  function draw(points) {
    if (pen.tool === 'box') {                               // from where it began to where the pointer is now
      values = pen.under.slice();
      kind.box(values, pen.from, points.at(-1), value);
    } else for (const point of points) {
      kind.stroke(values, pen.at, point, pen.tool, value);
      pen.at = point;
    }
    const now = kind.write(values);
    if (now === text) return;
    text = now;
    paint();
    say();
  }
  function press(id, from, tool) {
    window.ganAtlasLastBoard = board;
    keep();
    pen = {id, at: from, from, under: values, tool};
    draw([from]);
  }
  function lift() {
    pen = null;
    if (before.at(-1) === text) before.pop();               // it left no trace
    showPoint();
  }
  canvas.addEventListener('pointerdown', event => {
    if (pen?.id === KEYS) lift();
    if (pen || event.button > 0 && event.button !== 5) return;                      // a second finger, or the right button
    press(event.pointerId, at(event), event.button === 5 ? 'eraser' : tool);        // 5: a pen's eraser
    canvas.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  canvas.addEventListener('pointermove', event => {
    if (pen?.id !== event.pointerId) return;
    const all = event.getCoalescedEvents?.() || [];
    draw((all.length ? all : [event]).map(at));
  });
  for (const end of ['pointerup', 'pointercancel', 'lostpointercapture']) canvas.addEventListener(end, event => {
    if (pen?.id === event.pointerId) lift();
  });

  // --- by keys: arrows move a point, which draws from one press of Space or Enter to the next ---
  const point = board.querySelector('[data-point]'), hint = board.querySelector('[data-keys]'), KEYS = 'keys';
  const middle = {x: kind.side / 2, y: kind.side / 2};       // of the point
  function showPoint() {
    point.hidden = !canvas.matches(':focus-visible');
    hint.hidden &&= point.hidden;                           // it stays, or what is beneath would jump from under a pointer
    Object.assign(point.style, {left: `${middle.x / kind.side * 100}%`, top: `${middle.y / kind.side * 100}%`,
      background: pen?.id === KEYS ? 'var(--petal)' : 'none'});
  }
  canvas.addEventListener('focus', showPoint);
  canvas.addEventListener('blur', () => { if (pen?.id === KEYS) lift(); else showPoint(); });
  canvas.addEventListener('keydown', event => {
    const move = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]}[event.key];
    if (!(move || [' ', 'Enter'].includes(event.key)) || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    if (!move && event.repeat) return;                  // held down: it is one press
    const step = Math.max(1, Math.round(kind.side / 56)) * (event.shiftKey ? 4 : 1);
    if (move) [middle.x, middle.y] = [middle.x, middle.y].map((at, i) => Math.min(kind.side - 1, Math.max(1, at + move[i] * step)));
    if (!move && pen?.id === KEYS) lift();
    else if (!move && !pen) press(KEYS, {...middle}, tool);
    else if (move && pen?.id === KEYS) draw([{...middle}]);
    showPoint();
  });

  // --- buttons ---
  const acts = {
    undo() { if (before.length) put(before.pop()); },
    clear() { if (text) { keep(); put(''); } },
    upload() { file.click(); },
    async paste() {
      let found;
      try {
        for (const item of await navigator.clipboard.read()) {
          const type = item.types.find(type => type.startsWith('image/'));
          if (type) found ||= await item.getType(type);
        }
      } catch (error) { return notice(matchMedia('(pointer: coarse)').matches ? said.keyless : said.closed); }      // not allowed, or plain http
      if (found) take(found); else notice(said.nothing);
    },
    surprise() {
      const others = surprises.filter(other => other !== text);
      if (others.length) { keep(); put(others[Math.floor(Math.random() * others.length)]); }
    },
  };
  board.addEventListener('click', event => {
    const {tool: chosen, act, value: coloured} = event.target.closest('button')?.dataset || {};
    window.ganAtlasLastBoard = board;
    if (act) { notice(''); acts[act](); }
    if (coloured) value = Number(coloured);
    if (chosen) tool = chosen;
    for (const button of board.querySelectorAll('[data-tool]')) button.setAttribute('aria-pressed', button.dataset.tool === tool);
    for (const button of board.querySelectorAll('[data-value]')) button.setAttribute('aria-pressed', Number(button.dataset.value) === value);
  });
  file.addEventListener('change', () => { if (file.files[0]) take(file.files[0]); file.value = ''; });
  const reads = kind.picture || server.read;                // else nobody is here who reads pictures
  if (reads) takeDrops(board, take);

  // Ctrl+V anywhere on the plate goes to the board that was used last, or to the first one in sight.
  if (reads) document.addEventListener('paste', event => {
    const found = pasted(event);
    const seen = [...document.querySelectorAll('[data-board]')].filter(other => other.offsetParent);
    if (!found || isText(event) || board !== (seen.includes(window.ganAtlasLastBoard) ? window.ganAtlasLastBoard : seen[0])) return;
    event.preventDefault();
    notice('');
    take(found);
  });

  // --- what others did to the state: a link, back and forward, another control ---
  root.addEventListener('reflected', () => {
    const how = state[board.dataset.readBy];
    if (photo?.text === text && input.value === text && how !== photo.how) {
      photo.how = how;
      read(photo.picture, ++takes, text);
    }
    if (input.value === text) return;
    keep();
    put(input.value, false);
  });
  put(input.value, false);
}
root.querySelectorAll('[data-board]').forEach(placeBoard);

// A link that takes the drawing to another plate (beside.py). Its address says the drawing; where scripts do not follow it, the page opens
// anew and finds it there.
const carriers = [...root.querySelectorAll('a[data-carry]')];
const addressed = () => carriers.forEach(link => {
  const {carry} = link.dataset, to = new URLSearchParams(link.search);
  to.set(carry, root.querySelector(`[name="${carry}"]`).value);
  link.href = `?${to}${window.ganAtlasAsked || ''}`;
});
if (carriers.length) root.addEventListener('reflected', addressed);
addressed();
carriers.forEach(link => link.addEventListener('click', event => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  window.ganAtlasWriteDown?.();                             // of the entry that is left (history.js)
  history.pushState(null, '', link.href);
  window.ganAtlasRestored = false;                          // an instrument that stands up now takes the address as well
  window.dispatchEvent(new PopStateEvent('popstate'));
  requestAnimationFrame(() => requestAnimationFrame(() => {       // when Gradio shows the plate; one that only now stands up goes there itself
    const there = document.getElementById(new URLSearchParams(link.search).get('at'));
    if (there?.offsetParent) there.scrollIntoView(); else scrollTo({top: 0});
  }));
}));
