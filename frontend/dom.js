/** Small helpers around the DOM. Text always goes in as text, never as markup. */

/** The element with that id. */
export const byId = (id) => document.getElementById(id);

/** A fresh copy of the element that the template holds. */
export function fromTemplate(id) {
  return byId(id).content.firstElementChild.cloneNode(true);
}

/** The descendants of `root` that carry a `data-part`, by its value. */
export function partsOf(root) {
  return Object.fromEntries([...root.querySelectorAll("[data-part]")].map((each) => [each.dataset.part, each]));
}

/** A new element with these properties and children; strings become text. */
export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/** Resolves once the element comes near the viewport. */
export function seen(target) {
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

const toast = byId("toast");
let toastEnds;

/** Say something in passing, on the screen and to screen readers. */
export function announce(text) {
  toast.textContent = text;
  clearTimeout(toastEnds);
  toastEnds = setTimeout(() => (toast.textContent = ""), 6000);
}
