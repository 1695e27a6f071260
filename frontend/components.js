/**
 * Two elements that show the photos of an image repository on any page:
 *
 *     <script type="module" src="https://PAGE/components.js"></script>
 *     <image-repo-gallery api="https://API" album="Holiday" limit="24"></image-repo-gallery>
 *     <image-repo-random api="https://API" tag="sea" width="640"></image-repo-random>
 *
 * One file without imports: a site has one address to trust, or one file to copy. No markup is parsed, and all style
 * goes in by script, so that even a page that forbids inline styles shows them. docs/embedding.md has all of it.
 */

/** `make run` and a domain of one's own serve this file and the API from one host; a bucket has no API. */
const { origin, hostname } = new URL(import.meta.url);
const HOME = hostname.endsWith("storage.googleapis.com") ? null : origin;

/** The least and the greatest width per height: a row has to hold a tower and a panorama beside the others. */
const [NARROWEST, WIDEST] = [0.6, 2.6];
const TINY = 160; // pixels, below which a picture is shown as it is and not blown up
const PARAMETERS = ["album", "tag", "uploader", "order", "limit"];

const sheet = new CSSStyleSheet();
sheet.replaceSync(`
  :host { display: block; --row: var(--image-repo-row, 13.5rem); --gap: var(--image-repo-gap, 0.6rem) }
  :host([hidden]), [hidden], :host(:not([captions])) figcaption, :host([grid]) ul::after { display: none }
  /* Rows of one height: a photo is as wide as its shape asks, and what is left over in a row is shared out likewise. */
  ul { display: flex; flex-wrap: wrap; gap: var(--gap); margin: 0; padding: 0; list-style: none }
  ul::after { content: ""; flex: 1000000 } /* the last row's rest, so that its photos stay as they are */
  li { --width: calc(var(--shape) * var(--row)); min-inline-size: 0; max-inline-size: calc(var(--width) * 1.8) }
  li { flex: calc(var(--shape) * 100) 1 var(--width) } /* with a sum below 1, flex would share out only a part */
  @media (width < 40rem) {
    :host { --row: var(--image-repo-row, 9.5rem) }
    ul::after { display: none } li { max-inline-size: none }
  }
  [part="photo"], figure { --shape: var(--image-repo-shape, var(--own-shape)); margin: 0 }
  /* Or cells of one size. */
  :host([grid]) ul { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(var(--row), 100%), 1fr)) }
  :host([grid]) :is(li, figure) { --shape: var(--image-repo-shape, 1); max-inline-size: none }
  [part="message"]:not(:empty) { padding-block: 0.75rem; text-align: center; overflow-wrap: anywhere }
  a { display: block; position: relative; overflow: clip; aspect-ratio: var(--shape); outline-offset: 2px }
  a, button { border-radius: var(--image-repo-radius, 6px); color: inherit }
  a { background: rgb(128 128 128 / 18%) }
  img { position: absolute; inset: 0; inline-size: 100%; block-size: 100%; object-fit: cover }
  [part="placeholder"] { margin: -20px; width: calc(100% + 40px); height: calc(100% + 40px); filter: blur(9px) }
  figcaption { margin-block: 0.35rem 0.25rem; font-size: 0.9em; line-height: 1.35; overflow-wrap: anywhere }
  div[aria-busy="true"]:empty { aspect-ratio: var(--image-repo-shape, auto) }
  button { display: block; min-block-size: 2.75rem; margin: 1rem auto 0; padding: 0.4rem 1.2rem; cursor: pointer }
  button { max-inline-size: 100%; border: 1px solid rgb(128 128 128); background: transparent; font: inherit }
  button:hover { background: rgb(128 128 128 / 15%) } [aria-busy="true"] ~ button { opacity: 0.6 }
`);

function make(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/** What the two have in common: a question that their attributes ask, and the photos of its answer. */
class Photos extends HTMLElement {
  #status = make("div", { part: "message", role: "status" });
  #alert = make("div", { part: "message", role: "alert" });
  #retry = this.#button("retry", "Try again", () => this.#load(this.#token));
  #more = this.#button("more", "More photos", () => this.#load(this.#next));
  #root = this.attachShadow({ mode: "open" });
  #asked; // what is shown, or on its way: the attributes, as text
  #latest; // aborts the request for it
  #token; // of the page that was asked for last, and of the next one
  #next;

  connectedCallback() {
    if (!this.#root.firstChild) {
      this.#root.adoptedStyleSheets = [sheet];
      this.#root.append(this.photos, this.#status, this.#alert, this.#retry, this.#more);
    }
    this.attributeChangedCallback();
  }

  /** Ask anew, once for all attributes that are changed together; not for an element that was merely moved. */
  attributeChangedCallback() {
    queueMicrotask(() => {
      const question = JSON.stringify(this.constructor.observedAttributes.map((each) => this.getAttribute(each)));
      if (!this.isConnected || question === this.#asked) return;
      this.#asked = question;
      this.refresh();
    });
  }

  /** Ask again from the beginning. */
  refresh = () => this.#load();

  async #load(token) {
    this.#latest?.abort(); // an answer to what is no longer asked comes too late
    const { signal } = (this.#latest = new AbortController());
    const hadFocus = this.#root.activeElement?.localName === "button";
    this.#token = token;
    this.photos.ariaBusy = "true";
    this.photos.style.maxInlineSize = this.hasAttribute("width") ? `${this.getAttribute("width")}px` : "";
    const answer = await this.#ask(token, signal).catch((error) => ({ images: [], error }));
    if (signal.aborted) return;
    const { images = [answer], next_page_token: next, error } = answer;
    const shown = images.filter((each) => this.canShow(each)).map((each) => this.#framed(each));
    if (token) this.photos.append(...shown);
    else this.photos.replaceChildren(...shown);
    this.photos.ariaBusy = "false";
    this.#next = next;
    this.#more.hidden = !next;
    this.#retry.hidden = !error || error.isFinal;
    this.#say(this.#alert, "error", error?.message);
    this.#say(this.#status, "empty", !error && !next && !this.photos.hasChildNodes() && "No photos here yet.");
    const following = error ? this.#retry : shown[0]?.querySelector("a");
    if (hadFocus) following?.focus({ preventScroll: true }); // its button may be gone
    if (!error) this.#tell("image-repo-load", { images });
    else if (error.isFinal) console.warn(error.message);
  }

  async #ask(token, signal) {
    const api = (this.getAttribute("api") || HOME)?.replace(/\/+$/, "");
    const where = `Say where it is: <${this.localName} api="https://…">`;
    if (!api) throw Object.assign(new Error(`No image repository is named. ${where}`), { isFinal: true });
    const values = PARAMETERS.map((each) => [each, this.getAttribute(each)]).concat([["page_token", token]]);
    const query = new URLSearchParams(values.filter(([, value]) => value));
    const response = await fetch(`${api}${this.path}?${query}`, { credentials: "omit", signal }).catch(() => {
      throw new Error("The photos cannot be reached at the moment.");
    });
    const body = await response.json().catch(() => null); // what is not ours is from another server, or from a proxy
    if (response.ok && (body?.images || body?.thumbnails)) return body;
    if (body?.code === "image_not_found") return { images: [] };
    throw new Error(body?.detail ?? `No image repository answers at ${api} (status ${response.status}). ${where}`);
  }

  /** A photo in its shape, its placeholder behind until it is there. Captions are text, whatever they hold. */
  #framed(image) {
    const { id, url, width, height, caption, filename, placeholder, thumbnails } = image;
    const photo = make("img", { part: "image", alt: caption || filename || "Photo", width, height, loading: "lazy" });
    const link = make("a", { part: "link", href: this.getAttribute("href")?.replaceAll("{id}", id) ?? url }, photo);
    if (placeholder) link.prepend(make("img", { part: "placeholder", src: placeholder, alt: "" }));
    const reveal = async () => {
      const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
      await photo.animate({ opacity: [0, 1] }, isCalm ? 0 : 250).finished;
      photo.previousSibling?.remove(); // the placeholder would shine through where the photo is transparent
    };
    photo.addEventListener("load", reveal, { once: true }); // not again where a wider window takes a larger thumbnail
    const isReady = thumbnails.state === "ready";
    const isTiny = Math.max(width, height) < TINY;
    if (isTiny) photo.style.objectFit = "scale-down";
    photo.sizes = isTiny ? `${width}px` : this.sizes(width / height); // before src, when the browser looks at it
    photo.srcset = isReady ? thumbnails.srcset : "";
    photo.src = isReady ? thumbnails.items.at(-1).url : url;
    link.addEventListener("click", (event) => {
      const isForElsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
      if (!isForElsewhere && !this.#tell("image-repo-open", image)) event.preventDefault();
    });
    const figure = make("figure", { role: "none" }, link); // and a caption for the eye: the link is called so already
    if (caption) figure.append(make("figcaption", { part: "caption", dir: "auto", ariaHidden: "true" }, caption));
    const framed = make(this.photos.localName === "ul" ? "li" : "div", { part: "photo" }, figure);
    framed.style.setProperty("--own-shape", this.shape(width / height).toFixed(4));
    return framed;
  }

  /** Say it in the site's words, where its page has some in that slot. Said anew, it is read out anew. */
  #say(place, slot, text) {
    place.replaceChildren(...(text ? [make("slot", { name: slot }, text)] : []));
  }

  #button(name, text, act) {
    const onclick = () => this.photos.ariaBusy === "true" || act();
    return make("button", { part: `button ${name}`, hidden: true, onclick }, make("slot", { name }, text));
  }

  #tell(type, detail) {
    return this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true, cancelable: true }));
  }
}

/** Rows of thumbnails, and a button for more. Photos without thumbnails are left out. */
class Gallery extends Photos {
  static observedAttributes = ["api", "href", "album", "tag", "uploader", "order", "limit"];
  photos = make("ul", { part: "photos", role: "list" }); // Safari takes a list without bullets for none
  path = "/list";
  canShow = (image) => image.thumbnails.state === "ready";
  shape = (own) => Math.min(Math.max(own, NARROWEST), WIDEST);
  /** "auto" knows only of the frame, and what is cut off has to be loaded too. */
  sizes(own) {
    const isCut = own > WIDEST || this.hasAttribute("grid");
    return `${isCut ? "" : "auto, "}min(100vw, ${Math.round(300 * own)}px)`;
  }
}

/** One photo, another with each visit; the whole one where its thumbnails are still being made. */
class Random extends Photos {
  static observedAttributes = ["api", "href", "width", "album", "tag"];
  photos = make("div", { part: "photos" });
  path = "/random";
  canShow = () => true;
  shape = (own) => own;
  sizes = () => `auto, min(100vw, ${Number(this.getAttribute("width")) || 2048}px)`;
}

for (const [name, element] of Object.entries({ "image-repo-gallery": Gallery, "image-repo-random": Random })) {
  if (!customElements.get(name)) customElements.define(name, element); // a page may load the file twice
}
