
// A picture of the visitor's own: chosen, dropped or pasted. The server gives the key under which it keeps it, and the state holds that. Where
// there is no server, the browser keeps it.
const TAKEN = /^image\/(png|jpeg|webp)$/;      // as they are; what else a browser reads is written anew for the server
const MOST_DECODED = 200e6;  // pixels: more are not decoded, even to be shrunk; telephones take up to 200 million

// What `look` finds in a file's <img>, which knows its size before it is decoded: a small file of a huge picture costs nothing. Rejects for
// what is no picture.
async function undecoded(file, look) {
  const image = new Image(), address = URL.createObjectURL(file);
  try {
    await new Promise((done, fail) => Object.assign(image, {onload: done, onerror: fail, src: address}));
    return await look(image);
  } finally { URL.revokeObjectURL(address); }
}
// A file that is dropped there is taken; words go their usual way.
function takeDrops(place, take) {
  place.addEventListener('dragover', event => { if (event.dataTransfer.types.includes('Files')) event.preventDefault(); });
  place.addEventListener('drop', event => {
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    take(event.dataTransfer.files[0]);
  });
}
// Whether what is pasted is words for a field: some programs lay a picture of them beside.
const isText = event => event.target.matches?.('textarea, input:not([type=range], [type=file])') && event.clipboardData.types.includes('text/plain');
const pasted = event => [...event.clipboardData?.files || []].find(file => file.type.startsWith('image/'));
// A white canvas, on which pictures are shrunk smoothly.
function blank(width, height) {
  const paper = Object.assign(document.createElement('canvas'), {width, height}).getContext('2d');
  paper.fillStyle = '#fff';
  paper.fillRect(0, 0, width, height);
  paper.imageSmoothingQuality = 'high';
  return paper;
}
const pixelsOf = image => image.naturalWidth * image.naturalHeight;

// What `work` gives; the instrument is busy meanwhile, and after a moment a slim bar says that a picture is being read.
let under = 0;             // pictures on their way
async function onItsWay(work) {
  under++;
  root.setAttribute('aria-busy', 'true');
  const bar = slimBar(words.sending), shown = setTimeout(() => root.append(bar), 300);
  try { return await work(); }
  finally {
    clearTimeout(shown);
    bar.remove();
    if (!--under && !busy) root.removeAttribute('aria-busy');
  }
}

const uploadField = root.querySelector('[data-upload]');
// Whether the state holds the key of such a picture, the server's or the browser's own: it does not travel in a link.
const ownPicture = () => !!uploadField && /^([\da-f]{24}|\d+(-\d+){3})$/.test(state[uploadField.dataset.upload]);
if (uploadField) {
  const question = root.querySelector('[data-too-large]');
  const field = uploadField.dataset.upload;
  const bytes = Number(uploadField.dataset.bytes);         // of what the server takes
  let large = null;          // a picture that waits to be cut or shrunk
  let latest = 0;            // counts what is chosen, for a slow picture must not take the place of what was chosen after it
  root.addEventListener('chosen', ({detail}) => { if (field in detail) latest++; });

  const send = async (blob, mine) => {
    const found = await onItsWay(async () => {
      if (!blob) return {notice: words.vast};
      if (blob.size > bytes) return {notice: words.heavy};
      return window.ganAtlasStatic ? keep(blob) : told('upload', {uri: await uriOf(blob), language});
    }).catch(() => ({notice: words.lost}));
    if (mine !== latest) return;
    if (found.notice) show(found);
    else change({...JSON.parse(uploadField.dataset.also), [field]: found.key});
  };

  const keep = async blob => {
    const image = await createImageBitmap(blob).catch(() => null);
    if (!image) return {notice: words.unread};
    const context = onWhite(image.width, image.height, image.width, image.height, image);
    const key = crypto.getRandomValues(new Uint32Array(4)).join('-');       // randomUUID is only for https
    const {data, width, height} = context.getImageData(0, 0, image.width, image.height);
    image.close();
    const pixels = new Uint8Array(3 * width * height);
    for (let at = 0; at < width * height; at++) for (let c = 0; c < 3; c++) pixels[3 * at + c] = data[4 * at + c];
    await openDrawer();
    await drawer.keep(key, pixels.buffer, height, width);
    return {key};
  };

  // A canvas of this size, white, with a picture in its middle in a size of its own.
  const onWhite = (width, height, across, down, image) => {
    const context = blank(width, height);
    context.drawImage(image, (width - across) >> 1, (height - down) >> 1, across, down);
    return context;
  };

  const uriOf = blob => new Promise((done, failed) => {
    const reader = Object.assign(new FileReader(), {onload: () => done(reader.result), onerror: failed});
    reader.readAsDataURL(blob);
  });

  // The middle of a picture, or all of it, with as many pixels as the server takes.
  const fitted = (image, how) => {
    const most = Number(uploadField.dataset.most) * 0.99, share = Math.min(1, Math.sqrt(most / (image.width * image.height)));
    const [width, height] = [image.width, image.height].map(side => Math.max(1, Math.floor(side * share)));
    const {canvas} = onWhite(width, height, ...(how === 'crop' ? [image.width, image.height] : [width, height]), image);
    return new Promise(done => canvas.toBlob(done, 'image/jpeg', 0.96));
  };

  const take = async file => {
    const mine = ++latest;
    show({notice: ''});
    question.hidden = true;
    large?.close();                            // tens of megabytes
    large = null;
    if (await undecoded(file, pixelsOf).catch(() => 0) > MOST_DECODED) return send(null, mine);
    const image = await createImageBitmap(file).catch(() => null);      // a picture that cannot be read goes to the server, which says so
    if (mine !== latest) return image?.close();
    if (!image && !file.type.startsWith('image/')) return show({notice: words.file});
    const pixels = image ? image.width * image.height : 0;
    if (pixels > Number(uploadField.dataset.most)) {
      const said = question.querySelector('[data-said]');
      said.textContent = said.dataset.said.replace('{size}', (pixels / 1e6).toFixed(1));
      large = image;
      question.hidden = false;
    } else {
      const blob = image && (file.size > bytes || !TAKEN.test(file.type)) ? await fitted(image, 'shrink') : file;
      image?.close();
      send(blob, mine);
    }
  };

  uploadField.addEventListener('click', () => { uploadField.value = ''; });      // so that the same file can be chosen again
  uploadField.addEventListener('change', () => { if (uploadField.files[0]) take(uploadField.files[0]); });
  question.addEventListener('click', async event => {
    const how = event.target.closest('[data-fit]')?.dataset.fit;
    if (!how || !large) return;
    uploadField.focus({preventScroll: true});
    question.hidden = true;
    const mine = ++latest, image = large;
    large = null;
    const blob = await fitted(image, how);
    image.close();
    send(blob, mine);
  });
  takeDrops(root, take);
  document.addEventListener('paste', event => {
    const file = pasted(event);
    if (!file || !root.isConnected || !root.offsetParent || isText(event)) return;       // of a tab that is not open
    event.preventDefault();
    take(file);
  });
}

// A picture too large for one answer comes in pieces, which are put together here and downloaded. A second press stops it.
let assembling = null;
async function piece(wanted, number) {
  if (!window.ganAtlasStatic) return told('piece', {...wanted, piece: number});
  await openDrawer();                         // no server stands behind this page
  const found = await drawer?.draw('piece', {...wanted, piece: number});
  if (found?.slots.refused) return refusal(found.slots.refused);
  return found?.slots || {notice: words.lost};
}
root.addEventListener('click', async event => {
  const button = event.target.closest('[data-assemble]');
  if (!button) return;
  if (assembling) { assembling.stopped = true; return; }
  const mine = assembling = {stopped: false}, label = button.textContent, wanted = asked(), canvas = document.createElement('canvas');
  let notice = '', last = {count: 1};
  button.textContent = '0 %';
  for (let number = 0; number < last.count && !notice && !mine.stopped && root.isConnected; number++) {
    try {
      last = await piece(wanted, number);
      notice = last.notice || '';
      if (notice) break;
      if (!number) Object.assign(canvas, {width: Number(last.width), height: Number(last.height)});
      const image = Object.assign(new Image(), {src: last.uri});
      await image.decode();
      canvas.getContext('2d').drawImage(image, Number(last.x), Number(last.y));
    } catch (error) { notice = words.lost; }
    button.textContent = `${Math.round((number + 1) / last.count * 100)} %`;
  }
  if (!notice && !mine.stopped) {
    const blob = await new Promise(done => canvas.toBlob(done, 'image/png'));
    if (!blob) notice = words.vast;
    else {
      const href = URL.createObjectURL(blob);
      Object.assign(document.createElement('a'), {href, download: `${last.name}.png`}).click();
      setTimeout(() => URL.revokeObjectURL(href), 60000);
    }
  }
  assembling = null;
  button.textContent = label;
  show({notice, field: last.field || (notice ? '' : refused)});
});
