// Keeps what came: the page itself when it is installed, networks and pictures when they are first fetched. Their names hold a hash of what
// is in them, so what is kept is never old; documents are asked for anew while there is a network.
// What is neither listed here nor named after its content, as files of the next edition are, is not answered or kept: it is somebody else's.
const NAME = 'gan-atlas-' + __EDITION__, LASTING = 'gan-atlas-lasting';
const CORE = __CORE__, LATER = __LATER__;          // deploy/static.py fills these three in
const FILES = new Set([...CORE, ...LATER]);
const folderOf = name => name.slice(0, name.lastIndexOf('/') + 1), FOLDERS = new Set([...FILES].map(folderOf));
const HASHED = /^(?:drawing\/[0-9a-f]{12}\/|(?:networks\/[^/]+|pictures|answers|plates|scripts)\/(?:[\w-]+-)?[0-9a-f]{16}\.)/;
const OF_ITSELF = /^(?:pictures|answers|plates|scripts)\/([0-9a-f]{16})\./;       // the name is the hash of what is in it as it travels

// Whether this is the file, and no page that a host gives for whatever it has not.
async function genuine(name, found) {
  if (!found.ok || (/\.(?!html$)\w+$/.test(name) && /^text\/html/.test(found.headers.get('content-type')))) return false;
  const told = OF_ITSELF.exec(name);
  if (!told) return true;
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', await found.clone().arrayBuffer()));
  return Array.from(hash.slice(0, 8), byte => byte.toString(16).padStart(2, '0')).join('') === told[1];
}

// Fetched anew, for a host may have told the browser to keep the old document for a while. A new edition waits until no page of the one
// before is open: such a page goes on with what was kept for it.
self.addEventListener('install', event => {
  event.waitUntil(caches.open(NAME).then(cache => Promise.all(CORE.map(async name => {
    const found = await fetch(name, {cache: 'reload'});
    if (!await genuine(name, found)) throw new TypeError(`${name} could not be fetched.`);
    await cache.put(name, found.redirected ? new Response(found.body, {headers: found.headers}) : found);     // no page may be a redirection
  }))));
});

self.addEventListener('activate', event => {
  event.waitUntil(self.clients.claim().then(forget).catch(() => {}));
});

// What was kept for earlier editions, tens of megabytes, makes room. Other folders on this host keep what is theirs, and
// so do those below this one that no edition has: a copy of the page may be there.
async function forget() {
  const names = await (await fetch('files.json', {cache: 'no-store'})).json(), {scope} = self.registration;
  const wanted = new Set(names.map(name => new URL(name, scope).href));
  for (const name of await caches.keys()) {
    if (name === NAME || !name.startsWith('gan-atlas-')) continue;
    const cache = await caches.open(name);
    for (const {url} of await cache.keys()) {
      const file = url.slice(scope.length), ours = url.startsWith(scope) && (HASHED.test(file) || FOLDERS.has(folderOf(file)));
      if (ours && !(name === LASTING && wanted.has(url))) await cache.delete(url);
    }
    if (name !== LASTING && !(await cache.keys()).length) await caches.delete(name);       // that one may be just about to be filled
  }
}

async function answer(event, name) {
  const {request} = event, hashed = HASHED.test(name), how = {ignoreSearch: request.mode === 'navigate'};
  const kept = await caches.match(request, {...how, cacheName: NAME}) || await caches.match(request, how);      // this edition's first
  if (kept && hashed) return kept;
  try {
    const found = await fetch(request, hashed ? {} : {cache: 'no-cache'});       // or an old script would meet a new document
    if (kept && found.type !== 'opaqueredirect' && !await genuine(name, found)) return kept;       // its host is in trouble
    if (!found.redirected) event.waitUntil(keep(hashed ? LASTING : NAME, name, withoutSearch(request), found.clone()));
    return found;
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
}

async function keep(cache, name, address, found) {
  try {
    if (await genuine(name, found)) await (await caches.open(cache)).put(address, found);
  } catch { /* no room: asked for again */ }
}

function withoutSearch(request) {
  const address = new URL(request.url);
  address.search = '';
  return address.href;
}

self.addEventListener('fetch', event => {
  const {request} = event, address = new URL(request.url), scope = new URL(self.registration.scope);
  if (request.method !== 'GET' || address.origin !== scope.origin || !address.pathname.startsWith(scope.pathname)) return;
  const name = address.pathname.slice(scope.pathname.length) || './';
  if (HASHED.test(name) || FILES.has(name) || FILES.has(`${name}.html`)) event.respondWith(answer(event, name));       // some hosts leave the ending out
});
