/** Helpers for the page's elements, which are found by id and by `data-part`. */

/** @import { ElementType } from "./types/elements.js" */

/**
 * The element with that id.
 *
 * Throws TypeError if it is not an element of that type.
 *
 * @template {Element} E
 * @param {string} id
 * @param {ElementType<E>} type
 */
export function byId(id, type) {
  return checked(document.getElementById(id), type, `#${id}`);
}

/**
 * A copy of the element in a template.
 *
 * @param {string} id
 */
export function fromTemplate(id) {
  const content = byId(id, HTMLTemplateElement).content.cloneNode(true);
  return checked(/** @type {DocumentFragment} */ (content).firstElementChild, HTMLElement, `#${id} > *`);
}

/**
 * The descendant of `root` with that `data-part`.
 *
 * Throws TypeError if it is not an element of that type.
 *
 * @template {Element} E
 * @param {Element} root
 * @param {string} name
 * @param {ElementType<E>} type
 */
export function part(root, name, type) {
  const selector = `[data-part="${name}"]`;
  return checked(root.querySelector(selector), type, selector);
}

/**
 * @template {Element} E
 * @param {Element | null} element
 * @param {ElementType<E>} type
 * @param {string} selector
 */
function checked(element, type, selector) {
  if (!(element instanceof type)) throw new TypeError(`${selector} must be an element of type ${type.name}`);
  return element;
}

/**
 * Resolves when the element comes near the viewport.
 *
 * @param {Element} target
 * @returns {Promise<void>}
 */
export function nearViewport(target) {
  return new Promise((resolve) => {
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some((each) => each.isIntersecting)) {
          observer.disconnect();
          resolve();
        }
      },
      { rootMargin: "200px" },
    );
    observer.observe(target);
  });
}

const TOAST_DURATION = 6000;

const toast = byId("toast", HTMLElement);
/** @type {ReturnType<typeof setTimeout> | undefined} */
let toastTimer;

/**
 * Show a message for a few seconds. Screen readers read it out.
 *
 * @param {string} text
 */
export function announce(text) {
  toast.textContent = text;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => {
    toast.textContent = "";
  }, TOAST_DURATION);
}
