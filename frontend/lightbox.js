/**
 * One image, large, with all that is known of it.
 *
 * The address says which one it is (#image=ID), so that it can be shared and the browser's "back" closes it.
 */

import * as api from "./api.js";
import { announce, byId } from "./dom.js";
import { showFacts } from "./facts.js";
import { titleOf } from "./format.js";
import { focusTile } from "./gallery.js";
import { setUpOwner } from "./owner.js";
import { showPicture, whenReady } from "./picture.js";

const SWIPE = 50; // pixels

const dialog = byId("lightbox");
const stage = byId("stage");
const frame = byId("stage-frame");
const stillness = matchMedia("(prefers-reduced-motion: reduce)");

/** Connect the lightbox to the collection whose images it shows. */
export function setUpLightbox(collection) {
  let current = null;
  let lastId = null;
  let cameFromPage = false;

  const owner = setUpOwner({
    onChange: (image) => {
      collection.replace(image);
      show(image);
    },
    onDelete: (image) => {
      lastId = collection.near(image.id)?.id; // the keyboard goes on from there
      dialog.close();
      collection.remove(image.id);
      if (!lastId) byId("choose").focus();
    },
  });

  function show(image) {
    current = image;
    lastId = image.id;
    byId("lightbox-title").textContent = titleOf(image);
    byId("original").href = image.url;
    byId("lightbox-message").textContent = "";
    showStage(image);
    showFacts(image);
    owner.show(image);
    showNeighbours();
    if (image.thumbnails.state === "pending") followUp(image);
  }

  function showStage(image) {
    const shape = image.width / image.height;
    frame.style.setProperty("--shape", shape);
    frame.style.setProperty("--width", `${image.width}px`);
    // Thumbnails stand still, so an animation is shown by itself.
    const moves = image.animated && !stillness.matches;
    showPicture(frame, image, {
      sizes: `min(100vw, ${Math.ceil(100 * shape)}vh)`,
      source: moves ? image.url : undefined,
    });
  }

  async function followUp(image) {
    const ready = await whenReady(image, frame);
    if (!ready) return;
    collection.replace(ready);
    current = ready;
    showStage(ready); // and nothing else: a caption may be in the making
  }

  function showNeighbours() {
    const index = collection.images.findIndex((each) => each.id === current.id);
    const isLast = index === collection.images.length - 1;
    // One that has the focus would lose it when disabled, so these only fade.
    byId("previous").setAttribute("aria-disabled", String(index <= 0));
    byId("next").setAttribute("aria-disabled", String(index < 0 || (isLast && !collection.hasMore)));
  }

  async function step(by) {
    const from = current;
    const image = await collection.neighbour(from.id, by);
    if (current !== from || !dialog.open) return;
    if (!image) {
      byId("lightbox-message").textContent = collection.error?.message ?? "";
      return;
    }
    history.replaceState(history.state, "", `#image=${image.id}`);
    show(image);
  }

  async function followAddress() {
    const id = addressed();
    if (!id) {
      dialog.close();
      focusTile(lastId); // again, now that the browser has restored how far the page was scrolled
      return;
    }
    if (id === current?.id && dialog.open) return;
    try {
      const image = collection.get(id) ?? (await api.details(id));
      if (addressed() !== id) return; // somebody went on, or back, meanwhile
      if (!dialog.open) dialog.showModal();
      show(image);
    } catch (error) {
      if (addressed() !== id) return;
      leaveAddress();
      announce(error.message);
    }
  }

  function leaveAddress() {
    if (!location.hash.startsWith("#image=")) return;
    if (cameFromPage) history.back();
    else history.replaceState(null, "", location.pathname + location.search);
  }

  collection.addEventListener("added", () => current && showNeighbours());
  dialog.addEventListener("close", () => {
    current = null;
    frame.replaceChildren(); // ends an animation, and whatever waits for the picture
    leaveAddress();
    focusTile(lastId);
  });
  dialog.addEventListener("cancel", (event) => {
    if (owner.isBusy()) {
      event.preventDefault();
      owner.cancel();
    }
  });
  dialog.addEventListener("keydown", (event) => {
    if (owner.isBusy() || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "ArrowLeft") step(-1);
    if (event.key === "ArrowRight") step(1);
  });
  byId("lightbox-close").addEventListener("click", () => dialog.close());
  byId("previous").addEventListener("click", () => step(-1));
  byId("next").addEventListener("click", () => step(1));
  stage.addEventListener("click", (event) => event.target === stage && dialog.close());
  setUpSwipe(step);

  addEventListener("hashchange", (event) => {
    cameFromPage = !event.oldURL.includes("#image=");
    followAddress();
  });
  followAddress();
}

/** The id of the image that the address speaks of, or null. */
const addressed = () => new URLSearchParams(location.hash.slice(1)).get("image");

/** A finger that moves sideways turns the page. */
function setUpSwipe(step) {
  let start = null;
  stage.addEventListener("touchstart", (event) => {
    start = event.touches.length === 1 ? event.touches[0].clientX : null;
  }, { passive: true });
  stage.addEventListener("touchend", (event) => {
    if (start === null) return;
    const distance = event.changedTouches[0].clientX - start;
    start = null;
    if (Math.abs(distance) > SWIPE && (visualViewport?.scale ?? 1) === 1) step(distance < 0 ? 1 : -1);
  });
}
