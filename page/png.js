// PNG files with the text chunks of models/provenance.py: one made with a canvas would lose them.

const utf8 = new TextEncoder();
const CRC = Uint32Array.from({length: 256}, (_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});

function chunk(kind, ...parts) {
  const size = parts.reduce((sum, part) => sum + part.length, 0), all = new Uint8Array(size + 12), view = new DataView(all.buffer);
  view.setUint32(0, size);
  all.set(utf8.encode(kind), 4);
  let place = 8;
  for (const part of parts) { all.set(part, place); place += part.length; }
  let crc = 0xffffffff;
  for (let i = 4; i < place; i++) crc = CRC[(crc ^ all[i]) & 255] ^ (crc >>> 8);
  view.setUint32(place, ~crc);
  return all;
}

// pixels: Uint8 [height, width, channels]. record: what the file says of itself, or null.
export async function png(pixels, height, width, channels, record) {
  const rows = new Uint8Array(height * (width * channels + 1));       // each row begins with a 0: no filter
  for (let y = 0; y < height; y++) {
    rows.set(pixels.subarray(y * width * channels, (y + 1) * width * channels), y * (width * channels + 1) + 1);
  }
  const packed = new Uint8Array(await new Response(new Blob([rows]).stream().pipeThrough(new CompressionStream('deflate'))).arrayBuffer());
  const head = new Uint8Array(13), view = new DataView(head.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  head.set([8, channels === 1 ? 0 : 2], 8);
  const texts = record ? [chunk('tEXt', utf8.encode('Software\0GAN Atlas')),
    chunk('iTXt', utf8.encode('gan-atlas\0\0\0\0\0'), utf8.encode(JSON.stringify(record)))] : [];
  const signature = Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10);
  return data_uri('image/png', signature, chunk('IHDR', head), ...texts, chunk('IDAT', packed), chunk('IEND'));
}

export function data_uri(kind, ...parts) {
  let text = '';
  for (const part of parts) {
    for (let i = 0; i < part.length; i += 8192) text += String.fromCharCode(...part.subarray(i, i + 8192));
  }
  return `data:${kind};base64,` + btoa(text);
}
